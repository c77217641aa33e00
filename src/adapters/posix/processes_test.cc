#include "adapters/posix/processes.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "adapters/posix/process_cgroup.h"
#include "base/descriptor.h"

namespace sluice::posix {
namespace {

using ports::Leftovers;
using ports::ProcessRequest;
using ports::Stream;

ProcessRequest bash(std::string script) {
  ProcessRequest request;
  request.argv = {"bash", "-c", std::move(script)};
  return request;
}

/// True once no process of that number runs (waits up to 10 s; a zombie counts as ended).
bool ends(pid_t pid) {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.is_open()) return true;
  pollfd waited{process.number(), POLLIN, 0};
  return ::poll(&waited, 1, 10'000) == 1;
}

pid_t number_in(const std::string& text) {
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  return pid;
}

class ProcessesTest : public ::testing::TestWithParam<Containment> {
 protected:
  void SetUp() override {
    if (processes_.containment() == GetParam()) return;
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no cgroup with cgroup.kill can be made here";
    GTEST_SKIP() << "no cgroup with cgroup.kill can be made here";
  }
  Processes processes_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(All, ProcessesTest, ::testing::Values(Containment::Cgroup, Containment::ProcessGroup),
                         [](const auto& tested) {
                           return tested.param == Containment::Cgroup ? "Cgroup" : "ProcessGroup";
                         });

TEST_P(ProcessesTest, KeepsBothStreamsApartAndTellsTheExitCode) {
  const auto result = processes_.run(bash("echo out; echo err >&2; exit 7"), {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->out, "out\n");
  EXPECT_EQ(result->err, "err\n");
  EXPECT_EQ(result->exit_code, 7);
}

TEST_P(ProcessesTest, TellsASignalAs128AndItsNumber) {
  const auto result = processes_.run(bash("kill -KILL $$"), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 128 + SIGKILL);
}

TEST_P(ProcessesTest, GivesInputFolderAndWholeEnvironment) {
  ProcessRequest request = bash("cat; pwd; env | sort");
  request.input = "given\n";
  request.directory = "/";
  request.env = std::map<std::string, std::string>{{"PATH", "/usr/bin:/bin"}, {"A-B", "hyphen"}};
  const auto result = processes_.run(request, {});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->out.substr(0, 8), "given\n/\n");
  EXPECT_NE(result->out.find("A-B=hyphen\n"), std::string::npos);
  EXPECT_EQ(result->out.find("HOME="), std::string::npos);
}

TEST_P(ProcessesTest, PassesMoreInputThanAPipeHoldsToAProgramThatIgnoresIt) {
  ProcessRequest request = bash("exit 0");
  request.input.assign(1u << 20, 'x');
  EXPECT_EQ(processes_.run(request, {})->exit_code, 0);
}

TEST_P(ProcessesTest, StreamsOutputToTheCaller) {
  std::string out;
  std::string err;
  ProcessRequest request = bash("for i in 1 2 3; do echo $i; echo e$i >&2; done");
  request.on_output = [&](Stream stream, std::string_view piece) { (stream == Stream::Out ? out : err) += piece; };
  const auto result = processes_.run(request, {});
  EXPECT_EQ(out, "1\n2\n3\n");
  EXPECT_EQ(err, "e1\ne2\ne3\n");
  EXPECT_TRUE(result->out.empty());
}

TEST_P(ProcessesTest, KeepsTheEndOfOutputThatIsTooLong) {
  const auto result = processes_.run(bash("head -c 20000000 /dev/zero | tr '\\0' x; echo end"), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out.size(), ports::kKeptOutputBytes);
  EXPECT_TRUE(result->out.ends_with("xend\n"));
}

TEST_P(ProcessesTest, NamesAProgramOrFolderThatIsNotThere) {
  ProcessRequest request;
  request.argv = {"no-such-program-at-all"};
  auto result = processes_.run(request, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::NotFound);
  EXPECT_NE(result.error().message.find("no-such-program-at-all"), std::string::npos);

  request.argv = {"/no/such/program"};
  EXPECT_EQ(processes_.run(request, {}).error().kind, ErrorKind::NotFound);

  request = bash("true");
  request.directory = "/no/such/folder";
  result = processes_.run(request, {});
  EXPECT_EQ(result.error().kind, ErrorKind::NotFound);
  EXPECT_NE(result.error().message.find("/no/such/folder"), std::string::npos);
}

TEST_P(ProcessesTest, SaysThatAFileMayNotBeExecuted) {
  std::string pattern = (std::filesystem::temp_directory_path() / "sluice-processes-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  std::ofstream(folder / "tool") << "#!/bin/sh\n";
  ProcessRequest request;
  request.argv = {"tool"};
  request.env = std::map<std::string, std::string>{{"PATH", folder.string()}};
  EXPECT_EQ(processes_.run(request, {}).error().kind, ErrorKind::Denied);
  ::chmod((folder / "tool").c_str(), 0755);
  EXPECT_EQ(processes_.run(request, {})->exit_code, 0);
  std::filesystem::remove_all(folder);
}

TEST_P(ProcessesTest, EndsAProgramThatRunsTooLong) {
  ProcessRequest request = bash("exec tail -f /dev/null");
  request.timeout = Milliseconds(100);
  const auto result = processes_.run(request, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::TimedOut);
  EXPECT_NE(result.error().message.find("100ms"), std::string::npos);
}

TEST_P(ProcessesTest, KillsAProgramThatIgnoresTerm) {
  ProcessRequest request = bash("trap '' TERM; while true; do read -t 1 < <(tail -f /dev/null); done");
  request.timeout = Milliseconds(100);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(processes_.run(request, {}).error().kind, ErrorKind::TimedOut);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
}

TEST_P(ProcessesTest, LetsAProgramCleanUpOnTerm) {
  std::string out;
  std::stop_source stop;
  ProcessRequest request = bash("trap 'echo bye; exit 0' TERM; echo ready; while true; do read -t 1 <> <(:); done");
  request.on_output = [&](Stream, std::string_view piece) {
    out += piece;
    if (out == "ready\n") stop.request_stop();
  };
  const auto result = processes_.run(request, stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::Cancelled);
  EXPECT_EQ(out, "ready\nbye\n");
}

TEST_P(ProcessesTest, StartsNothingAfterAStop) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(processes_.run(bash("true"), stop.get_token()).error().kind, ErrorKind::Cancelled);
}

TEST_P(ProcessesTest, EndsWhatWasLeftInTheBackgroundEvenWhenItHoldsTheOutputOpen) {
  const auto result = processes_.run(bash("tail -f /dev/null & echo $!"), {});
  ASSERT_TRUE(result);
  EXPECT_TRUE(ends(number_in(result->out)));
}

TEST_P(ProcessesTest, WaitsForTheLastWordsOfAFilterThatOutlivesTheShell) {
  const auto result = processes_.run(bash("echo words > >(cat)"), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->out, "words\n");
}

TEST_P(ProcessesTest, KeepsADaemonThatIsMeantToLiveOn) {
  ProcessRequest request = bash("setsid tail -f /dev/null >/dev/null 2>&1 & echo $!");
  request.leftovers = Leftovers::Keep;
  const auto result = processes_.run(request, {});
  ASSERT_TRUE(result);
  const pid_t daemon = number_in(result->out);
  EXPECT_EQ(::kill(daemon, 0), 0);
  ::kill(daemon, SIGKILL);
}

TEST_P(ProcessesTest, GivesTheProgramDefaultSignalHandling) {
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  struct sigaction before{};
  ::sigaction(SIGPIPE, &ignore, &before);
  ProcessRequest request;
  request.argv = {"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"};
  const auto result = processes_.run(request, {});
  ::sigaction(SIGPIPE, &before, nullptr);
  EXPECT_EQ(result->out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_P(ProcessesTest, PassesNoDescriptorOfOurs) {
  const int leaked = ::dup(0);  // Without close-on-exec on purpose.
  ProcessRequest request;
  request.argv = {"ls", "/proc/self/fd"};
  const auto result = processes_.run(request, {});
  ::close(leaked);
  EXPECT_EQ(result->out, "0\n1\n2\n3\n") << "3 is the folder that ls reads";
}

TEST_P(ProcessesTest, RunsSeveralAtOnceWithoutEndingEachOthersChildren) {
  std::string pattern = (std::filesystem::temp_directory_path() / "sluice-processes-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  auto slow = std::async(std::launch::async, [&] {
    ProcessRequest request = bash(
        "setsid tail -f /dev/null & p=$!; until [ -e done ]; do read -t 0.05 -r _ <> <(:); done; kill -0 $p && echo "
        "alive");
    request.directory = folder.string();
    return processes_.run(request, {});
  });
  for (int i = 0; i < 50; ++i) {
    const auto result = processes_.run(bash("echo x & wait; echo y"), {});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->out, "x\ny\n");
  }
  std::ofstream(folder / "done") << "";
  const auto result = slow.get();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->out, "alive\n");
  std::filesystem::remove_all(folder);
}

class CgroupProcessesTest : public ProcessesTest {};
INSTANTIATE_TEST_SUITE_P(Cgroup, CgroupProcessesTest, ::testing::Values(Containment::Cgroup));

TEST_P(CgroupProcessesTest, EndsADaemonThatLeftTheSession) {
  const auto result = processes_.run(bash("setsid tail -f /dev/null >/dev/null 2>&1 & echo $!"), {});
  ASSERT_TRUE(result);
  EXPECT_TRUE(ends(number_in(result->out)));
}

TEST_P(CgroupProcessesTest, EndsDaemonsOnATimeoutToo) {
  std::string out;
  ProcessRequest request = bash("setsid tail -f /dev/null & echo $!; wait");
  request.timeout = Milliseconds(300);
  request.on_output = [&](Stream, std::string_view piece) { out += piece; };
  EXPECT_EQ(processes_.run(request, {}).error().kind, ErrorKind::TimedOut);
  EXPECT_TRUE(ends(number_in(out)));
}

TEST_P(CgroupProcessesTest, KeepsWhatAProgramOfAGroupLeavesUntilTheGroupIsEnded) {
  ProcessRequest request = bash("setsid tail -f /dev/null >/dev/null 2>&1 & echo $!");
  request.group = "job";
  const auto first = processes_.run(request, {});
  ASSERT_TRUE(first);
  const pid_t daemon = number_in(first->out);
  request = bash("kill -0 " + std::to_string(daemon) + " && echo alive");
  request.group = "job";
  EXPECT_EQ(processes_.run(request, {})->out, "alive\n");
  processes_.end_group("other");
  EXPECT_EQ(::kill(daemon, 0), 0);
  processes_.end_group("job");
  EXPECT_TRUE(ends(daemon));
}

TEST_P(CgroupProcessesTest, LeavesNoFolderBehind) {
  ASSERT_TRUE(processes_.run(bash("setsid tail -f /dev/null & true"), {}));
  const auto parent = ProcessCgroup::find_parent();
  ASSERT_TRUE(parent);
  const std::string mine = "sluice-" + std::to_string(::getpid()) + "-";
  for (const auto& entry : std::filesystem::directory_iterator(*parent)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(mine)) << entry.path();
  }
}

TEST_P(CgroupProcessesTest, EndsWhatACrashedProcessLeft) {
  const auto parent = ProcessCgroup::find_parent();
  ASSERT_TRUE(parent);
  // A process number that has just become free stands for the crashed owner.
  const auto gone = processes_.run(bash("echo $$"), {});
  const std::string folder = *parent + "/sluice-" + std::to_string(number_in(gone->out)) + "-0";
  std::filesystem::create_directory(folder);
  ProcessRequest request = bash("(echo $BASHPID > " + folder +
                                "/cgroup.procs; exec tail -f /dev/null >/dev/null 2>&1) "
                                "& until grep -qx $! " +
                                folder + "/cgroup.procs; do :; done; echo $!");
  request.leftovers = Leftovers::Keep;
  const auto result = processes_.run(request, {});
  ASSERT_TRUE(result);
  ProcessCgroup::end_abandoned(*parent);
  EXPECT_TRUE(ends(number_in(result->out)));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace sluice::posix
