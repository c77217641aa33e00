// The agent as it is, by a real shell: a folder stands for the bucket, which curl reads and writes as it does S3.
#include "adapters/aws/runner/agent.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "adapters/posix/pause.h"
#include "adapters/posix/processes.h"

namespace sluice::aws::runner {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = Message::Kind;

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

class Agent : public ::testing::Test {
 protected:
  Agent() {
    fs::create_directories(bucket_);
    write(folder_ / "agent", agent_program(addresses(1), job_.string()));
    thread_ = std::jthread([this](const std::stop_token& stop) {
      ports::ProcessRequest request;
      request.argv = {"sh", (folder_ / "agent").string()};
      const auto ended = processes_.run(request, stop);
      exit_code_ = ended ? ended->exit_code : -1;
    });
  }
  ~Agent() override {
    thread_.request_stop();
    thread_.join();
    fs::remove_all(folder_);
  }

  static void write(const fs::path& path, const std::string& text) {
    std::ofstream(path.string() + ".new", std::ios::binary) << text;
    fs::rename(path.string() + ".new", path);
  }
  std::string url(const std::string& name) const { return "file://" + (bucket_ / name).string(); }
  NextTurn addresses(int turn) const { return {url(fmt::format("to-{}", turn)), url(fmt::format("from-{}", turn))}; }

  Message heard() {
    const fs::path path = bucket_ / fmt::format("from-{}", turn_);
    for (int looks = 0; looks < 3000; ++looks) {
      // What is being written is no message yet.
      if (fs::exists(path)) {
        if (auto message = parse_message(read_file(path))) return *std::move(message);
      }
      (void)posix::pause_for(Milliseconds(10), {});
    }
    ADD_FAILURE() << "the agent says nothing in turn " << turn_;
    return {.kind = Kind::Failed};
  }
  template <typename Make>
  Message converse(Make make) {
    const std::string command = make(addresses(turn_ + 1));
    write(bucket_ / fmt::format("to-{}", turn_), command);
    ++turn_;
    return heard();
  }
  Message run(const ports::ScriptOrder& order) {
    Message message = converse([&](const NextTurn& next) { return start_step(next, order); });
    while (message.kind == Kind::Running) {
      said_ += message.output;
      message = converse([](const NextTurn& next) { return go_on(next); });
    }
    said_ += message.output;
    return message;
  }
  ports::ScriptOrder script(const std::string& text) const {
    return {.argv = {"sh", "-e", (job_ / "temp/step.sh").string()},
            .env = {},
            .path = {},
            .directory = job_.string(),
            .files = {{(job_ / "temp/step.sh").string(), text}},
            .read_back = {},
            .timeout = {},
            .on_output = {}};
  }

  static fs::path make_folder() {
    std::string pattern = (fs::temp_directory_path() / "sluice-agent-test-XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }
  fs::path folder_ = make_folder();
  fs::path bucket_ = folder_ / "bucket";
  fs::path job_ = folder_ / "job it's";
  posix::Processes processes_;
  int turn_ = 1;
  std::string said_;
  int exit_code_ = -1;
  std::jthread thread_;
};

TEST_F(Agent, RunsScriptsWithTheirEnvironmentAndBringsFilesBack) {
  ASSERT_EQ(heard().kind, Kind::Hello);
  ports::ScriptOrder order =
      script("printf 'a=%s\\n' \"$QUOTE\" > \"$OUT\"; echo \"to err\" >&2; tool; echo \"$PWD\"\n");
  order.env = {{"QUOTE", "it's \"$HOME\"\nand `more` \\"}, {"OUT", (job_ / "temp/out file").string()}};
  order.path = {(job_ / "first").string(), (job_ / "second").string()};
  order.files.emplace_back((job_ / "first/tool").string(), "#!/bin/sh\necho tool of first\n");
  order.files.emplace_back((job_ / "second/tool").string(), "#!/bin/sh\necho tool of second\n");
  order.files.emplace_back((job_ / "temp/out file").string(), "");
  order.read_back = {(job_ / "temp/out file").string(), (job_ / "temp/none").string()};
  // Files are written without the right to be run: the step gives it, as steps do.
  order.argv = {"sh", "-c", "chmod +x first/tool second/tool; exec sh -e temp/step.sh"};
  const Message ended = run(order);
  ASSERT_EQ(ended.kind, Kind::Ended);
  EXPECT_EQ(ended.exit_code, 0) << said_;
  EXPECT_THAT(ended.files, ElementsAre("a=it's \"$HOME\"\nand `more` \\\n", ""));
  EXPECT_EQ(said_, fmt::format("to err\ntool of first\n{}\n", job_.string()));
}

TEST_F(Agent, GivesProgramsVariablesWhoseNamesNoShellKnows) {
  heard();
  ports::ScriptOrder order = script("");
  order.argv = {"env"};
  order.env = {{"odd-name", "it's"}, {"plain", "x"}};
  EXPECT_EQ(run(order).exit_code, 0);
  EXPECT_THAT("\n" + said_, HasSubstr("\nodd-name=it's\n"));
  EXPECT_THAT("\n" + said_, HasSubstr("\nplain=x\n"));
}

TEST_F(Agent, TellsExitCodesAndFoldersThatAreNotThere) {
  heard();
  EXPECT_EQ(run(script("exit 3\n")).exit_code, 3);
  EXPECT_EQ(run(script("kill -9 $$\n")).exit_code, 137);
  ports::ScriptOrder nowhere = script("echo never\n");
  nowhere.directory = (job_ / "nowhere").string();
  EXPECT_EQ(run(nowhere).exit_code, 1);
  EXPECT_EQ(said_, fmt::format("the working directory {}/nowhere is not there\n", job_.string()));
}

TEST_F(Agent, TellsAllOfALongOutputInOrder) {
  heard();
  std::string wanted;
  for (int i = 1; i <= 200'000; ++i) wanted += fmt::format("{}\n", i);
  EXPECT_EQ(run(script("seq 1 200000\n")).exit_code, 0);
  EXPECT_EQ(said_, wanted);
}

TEST_F(Agent, EndsAStepWithAllThatItStartedAndTakesTheNextOne) {
  heard();
  const auto pid_file = (job_ / "pid").string();
  Message message = converse([&](const NextTurn& next) {
    return start_step(next,
                      script(fmt::format("(trap '' TERM; sleep 600) & echo $! > '{}'; echo begun; wait\n", "pid")));
  });
  while (message.kind == Kind::Running && message.output.empty()) {
    message = converse([](const NextTurn& next) { return go_on(next); });
  }
  EXPECT_EQ(message.output, "begun\n");
  const int child = std::stoi(read_file(pid_file));
  EXPECT_EQ(::kill(child, 0), 0);
  message = converse([](const NextTurn& next) { return send_signal(next, "KILL"); });
  while (message.kind == Kind::Running) message = converse([](const NextTurn& next) { return go_on(next); });
  EXPECT_EQ(message.exit_code, 137);
  for (int looks = 0; looks < 1000 && ::kill(child, 0) == 0; ++looks) {
    const std::string stat = read_file(fmt::format("/proc/{}/stat", child));
    if (stat.find(") Z") != std::string::npos) break;
    (void)posix::pause_for(Milliseconds(10), {});
  }
  EXPECT_EQ(run(script("echo next\n")).exit_code, 0);
  EXPECT_THAT(said_, HasSubstr("next"));
}

TEST_F(Agent, MovesAFolderBothWaysAndLeavesNothing) {
  heard();
  const fs::path given = folder_ / "given";
  fs::create_directories(given / "sub");
  write(given / "sub/file", "content");
  ports::ProcessRequest tar;
  tar.argv = {"tar", "-czf", (bucket_ / "sent").string(), "-C", given.string(), "."};
  ASSERT_EQ(processes_.run(tar, {})->exit_code, 0);
  fs::create_directories(job_ / "work");
  write(job_ / "work/old", "");
  const Message unpacked =
      converse([&](const NextTurn& next) { return unpack(next, url("sent"), (job_ / "work").string()); });
  EXPECT_EQ(unpacked.kind, Kind::Done) << unpacked.output;
  EXPECT_EQ(read_file(job_ / "work/sub/file"), "content");
  EXPECT_FALSE(fs::exists(job_ / "work/old"));
  const Message packed =
      converse([&](const NextTurn& next) { return pack(next, (job_ / "work").string(), url("back")); });
  EXPECT_EQ(packed.kind, Kind::Done) << packed.output;
  EXPECT_TRUE(fs::exists(bucket_ / "back"));
  const Message none =
      converse([&](const NextTurn& next) { return unpack(next, url("none"), (job_ / "work").string()); });
  EXPECT_EQ(none.kind, Kind::Failed);
  EXPECT_FALSE(none.output.empty());
  write(bucket_ / fmt::format("to-{}", turn_), quit());
  thread_.join();
  EXPECT_EQ(exit_code_, 0);
  EXPECT_FALSE(fs::exists(job_));
  thread_ = std::jthread([] {});
}

TEST(AgentMessage, IsTakenOnlyWhole) {
  const auto ended = parse_message("ended 3 2 0 1\nhix");
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 3);
  EXPECT_EQ(ended->output, "hi");
  EXPECT_THAT(ended->files, ElementsAre("", "x"));
  for (const char* wrong : {"", "hello", "running\n", "running 3\nhi", "running 1\nhi", "ended\n", "ended x 0\n",
                            "ended 0\n", "ended 0 99999999999999999999\n", "other 1\nx", "running -1\n"}) {
    EXPECT_FALSE(parse_message(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace sluice::aws::runner
