#include "adapters/podman/image_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/posix/processes.h"
#include "support/base_image.h"
#include "support/machine.h"

namespace sluice::podman {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing_support::eventually;
using testing_support::Machine;

constexpr Milliseconds kShort{5000};
constexpr const char* kImage = "localhost/python:3.11-slim";

class PodmanImageSandbox : public testing::Test {
 protected:
  void SetUp() override {
    if (!testing_support::have_base_image()) GTEST_SKIP() << "podman or mmdebstrap is not installed";
    machine_ = Machine::create();
    ASSERT_NE(machine_, nullptr);
    const auto folder = machine_->home();
    owner_ = folder.substr(folder.size() - 6);
    sandbox_ = std::make_unique<ImageSandbox>(owner_, machine_->api(), machine_->http(), processes_);
  }

  ports::SandboxRequest request(std::vector<std::string> command) const {
    return {
        .image_id = kImage, .name = "sluice-sandbox-test", .env = {{"GIVEN", "yes"}}, .command = std::move(command)};
  }
  static std::vector<std::string> server() { return {"python", "-m", "http.server", "8080", "--directory", "/etc"}; }

  std::unique_ptr<Machine> machine_;
  posix::Processes processes_;
  std::string owner_;
  std::unique_ptr<ImageSandbox> sandbox_;
};

TEST_F(PodmanImageSandbox, AnswersHttpFromInsideItsOwnNetwork) {
  auto started = sandbox_->start(request(server()), {});
  ASSERT_TRUE(started.has_value()) << started.error().message;
  Result<ports::Sandbox::Answer> answer = Error{ErrorKind::Failed, ""};
  EXPECT_TRUE(eventually([&] {
    answer = (*started)->get(8080, "/debian_version", kShort, {});
    return answer.has_value();
  }));
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, HasSubstr("12."));
  EXPECT_EQ((*started)->get(8080, "/nothing-there", kShort, {})->status, 404);
  const auto closed = (*started)->get(8081, "/", kShort, {});
  ASSERT_FALSE(closed.has_value());
  EXPECT_EQ(closed.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ((*started)->ended().value(), std::nullopt);
  EXPECT_TRUE(eventually([&] { return (*started)->log_tail(5)->find("GET /debian_version") != std::string::npos; }));
}

TEST_F(PodmanImageSandbox, HasNoNetworkAndSeesOnlyTheVariablesGiven) {
  ASSERT_EQ(setenv("HTTP_PROXY", "http://secret-proxy:1", 1), 0);
  auto started = sandbox_->start(request(server()), {});
  unsetenv("HTTP_PROXY");
  ASSERT_TRUE(started.has_value()) << started.error().message;
  const auto seen = (*started)->run({"sh", "-c", "env; ls /sys/class/net"}, kShort, {});
  ASSERT_TRUE(seen.has_value()) << seen.error().message;
  EXPECT_EQ(seen->exit_code, 0);
  EXPECT_THAT(seen->output, AllOf(HasSubstr("GIVEN=yes"), HasSubstr("lo\n"), Not(HasSubstr("eth0")),
                                  Not(HasSubstr("proxy")), Not(HasSubstr("SLUICE"))));
}

TEST_F(PodmanImageSandbox, TellsTheOutcomeOfACommandInside) {
  auto started = sandbox_->start(request(server()), {});
  ASSERT_TRUE(started.has_value()) << started.error().message;
  const auto failed = (*started)->run({"sh", "-c", "echo out; echo err >&2; exit 3"}, kShort, {});
  ASSERT_TRUE(failed.has_value()) << failed.error().message;
  EXPECT_EQ(failed->exit_code, 3);
  EXPECT_THAT(failed->output, AllOf(HasSubstr("out\n"), HasSubstr("err\n")));
  const auto absent = (*started)->run({"curl", "http://localhost"}, kShort, {});
  ASSERT_TRUE(absent.has_value()) << absent.error().message;
  EXPECT_EQ(absent->exit_code, 127);
  EXPECT_THAT(absent->output, HasSubstr("curl"));
  const auto endless = (*started)->run({"sleep", "1000"}, Milliseconds(300), {});
  ASSERT_FALSE(endless.has_value());
  EXPECT_EQ(endless.error().kind, ErrorKind::TimedOut) << endless.error().message;
}

TEST_F(PodmanImageSandbox, TellsHowTheStartCommandEnded) {
  auto started = sandbox_->start(request({"sh", "-c", "echo last words; exit 5"}), {});
  ASSERT_TRUE(started.has_value()) << started.error().message;
  EXPECT_TRUE(eventually([&] { return (*started)->ended().value() == 5; }));
  EXPECT_EQ((*started)->log_tail(5).value(), "last words\n");
  const auto dead = (*started)->run({"true"}, kShort, {});
  ASSERT_FALSE(dead.has_value());
  EXPECT_EQ(dead.error().kind, ErrorKind::Unavailable) << dead.error().message;
  EXPECT_FALSE((*started)->get(8080, "/", kShort, {}).has_value());
}

TEST_F(PodmanImageSandbox, NamesAStartCommandThatIsNotThere) {
  const auto started = sandbox_->start(request({"uvicorn", "src.main:app"}), {});
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().kind, ErrorKind::Failed);
  EXPECT_THAT(started.error().message, AllOf(HasSubstr("uvicorn"), HasSubstr("not found in $PATH")));
}

TEST_F(PodmanImageSandbox, RunsOneCommandAlone) {
  const auto absent = sandbox_->run_alone(request({}), {"sh", "-c", "curl -f http://localhost || exit 9"}, kShort, {});
  ASSERT_TRUE(absent.has_value()) << absent.error().message;
  EXPECT_EQ(absent->exit_code, 9);
  EXPECT_THAT(absent->output, HasSubstr("curl: not found"));
  const auto unknown = sandbox_->run_alone(request({}), {"nothing-like-that"}, kShort, {});
  ASSERT_TRUE(unknown.has_value()) << unknown.error().message;
  EXPECT_EQ(unknown->exit_code, 127);
  const auto endless = sandbox_->run_alone(request({}), {"sleep", "1000"}, Milliseconds(200), {});
  ASSERT_FALSE(endless.has_value());
  EXPECT_EQ(endless.error().kind, ErrorKind::TimedOut);
}

TEST_F(PodmanImageSandbox, LeavesNoContainerBehindAndClearsWhatAKilledCheckLeft) {
  Containers containers(machine_->api());
  const auto name = "sluice-sandbox-test-" + owner_;
  ASSERT_TRUE(containers.create({.name = name, .image = kImage, .command = {"sleep", "1000"}}).has_value());
  ASSERT_TRUE(containers.start(name).has_value());
  {
    auto started = sandbox_->start(request(server()), {});
    ASSERT_TRUE(started.has_value()) << started.error().message;
    EXPECT_TRUE(containers.inspect(name).value().has_value());
  }
  EXPECT_FALSE(containers.inspect(name).value().has_value());
}

TEST_F(PodmanImageSandbox, ReadsTheFilesOfAnImage) {
  const auto files = sandbox_->files(kImage);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  EXPECT_TRUE(files->find_program("python", "/usr/local/bin:/usr/bin", "/").has_value());
  EXPECT_TRUE(files->is_program("/bin/sh"));
  EXPECT_FALSE(files->find_program("curl", "/usr/local/bin:/usr/bin", "/").has_value());
  EXPECT_EQ(files->resolve("/usr/local/lib/python3.11/site-packages"), "/usr/local/lib/python3.11/site-packages");
  const auto absent = sandbox_->files("localhost/sluice-no-such-image");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().kind, ErrorKind::NotFound) << absent.error().message;
}

TEST(FileTreeOfAFolder, KeepsLinksAndExecuteBits) {
  const testing_support::TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() + "/bin");
  std::ofstream(folder.path() + "/bin/tool") << "#!";
  std::filesystem::permissions(folder.path() + "/bin/tool", std::filesystem::perms(0755));
  std::ofstream(folder.path() + "/bin/note") << "text";
  std::filesystem::create_symlink("/bin/tool", folder.path() + "/link");
  const auto tree = read_file_tree(folder.path());
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(tree->size(), 4U);
  EXPECT_TRUE(tree->is_program("/link"));
  EXPECT_FALSE(tree->is_program("/bin/note"));
  EXPECT_FALSE(read_file_tree(folder.path() + "/absent").has_value());
}

}  // namespace
}  // namespace sluice::podman
