#include "adapters/skopeo/registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/curl/http_client.h"
#include "adapters/docker_registry/local_registry.h"
#include "adapters/posix/processes.h"
#include "support/machine.h"
#include "support/registry.h"

namespace sluice::skopeo {
namespace {

using testing::HasSubstr;
using testing_support::Machine;

class SkopeoRegistry : public testing::Test {
 protected:
  void SetUp() override {
    machine_ = Machine::create();
    if (!machine_) GTEST_SKIP() << "podman is not installed";
    for (const char* program : {"/usr/bin/skopeo", "/usr/bin/docker-registry"}) {
      if (std::filesystem::exists(program)) continue;
      ASSERT_EQ(getenv("CI"), nullptr) << program << " is not installed";
      GTEST_SKIP() << program << " is not installed";
    }
    name_ = {.registry = fmt::format("127.0.0.1:{}", testing_support::free_tcp_port()),
             .repository = "sluice/responder",
             .tag = "sha-1"};
    local_ = std::make_unique<docker_registry::LocalRegistry>(machine_->home(), machine_->daemons(), machine_->http(),
                                                              processes_);
    registry_ = std::make_unique<Registry>(
        Registry::Hooks{.ready = [this](const std::string& address) { return local_->ensure(address); },
                        .explain = [this](const std::string& address) { return local_->explain(address); }},
        processes_, machine_->http());
    const auto id =
        processes_.run({.argv = {"podman", "image", "inspect", "--format", "{{.Id}}", Machine::image()}}, {});
    ASSERT_TRUE(id.has_value());
    image_id_ = id->out.substr(0, 64);
  }
  void TearDown() override {
    if (local_) {
      EXPECT_TRUE(local_->end(name_.registry).has_value());
    }
  }

  std::unique_ptr<Machine> machine_;
  posix::Processes processes_;
  ports::RegistryName name_;
  std::string image_id_;
  std::unique_ptr<docker_registry::LocalRegistry> local_;
  std::unique_ptr<Registry> registry_;
};

TEST_F(SkopeoRegistry, APushedImageIsFoundByItsTagUnderTheSameDigest) {
  const auto before = registry_->digest(name_, {});
  ASSERT_FALSE(before.has_value());
  EXPECT_EQ(before.error().kind, ErrorKind::NotFound) << before.error().message;
  const auto pushed = registry_->push(image_id_, name_, {});
  ASSERT_TRUE(pushed.has_value()) << pushed.error().message;
  EXPECT_EQ(registry_->digest(name_, {}).value(), *pushed);
  EXPECT_EQ(registry_->push(image_id_, name_, {}).value(), *pushed);
}

class NoProcesses final : public ports::Processes {
 public:
  Result<ports::ProcessResult> run(const ports::ProcessRequest& request, std::stop_token) override {
    return Error{ErrorKind::Failed, "started " + request.argv[0]};
  }
};

TEST_F(SkopeoRegistry, ThatNeedsNoLoginIsAskedForADigestWithoutAProgram) {
  const auto pushed = registry_->push(image_id_, name_, {});
  ASSERT_TRUE(pushed.has_value()) << pushed.error().message;
  NoProcesses none;
  Registry direct({}, none, machine_->http());
  EXPECT_EQ(direct.digest(name_, {}).value(), *pushed);
  // Whatever else it answers, skopeo tells why.
  name_.tag = "absent";
  const auto absent = direct.digest(name_, {});
  ASSERT_FALSE(absent.has_value());
  EXPECT_THAT(absent.error().message, HasSubstr("started skopeo"));
}

TEST_F(SkopeoRegistry, NamesAnAbsentImage) {
  const auto pushed = registry_->push(std::string(64, '0'), name_, {});
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().kind, ErrorKind::NotFound) << pushed.error().message;
}

TEST_F(SkopeoRegistry, ThatDoesNotAnswerIsUnavailable) {
  Registry nobody({}, processes_, machine_->http());
  const auto pushed = nobody.push(image_id_, name_, {});
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().kind, ErrorKind::Unavailable);
  EXPECT_THAT(pushed.error().message, HasSubstr("pushing " + name_.to_string()));
  EXPECT_THAT(pushed.error().message, HasSubstr("connection refused"));
}

TEST_F(SkopeoRegistry, WithAFullDiskSaysSo) {
  const std::string data = fmt::format("{}/registry/{}", machine_->home(), name_.registry.substr(10));
  std::filesystem::create_directories(data);
  if (mount("tmpfs", data.c_str(), "tmpfs", 0, "size=128k") != 0) {
    ASSERT_EQ(getenv("CI"), nullptr) << "this test mounts a small file system and needs root";
    GTEST_SKIP() << "this test mounts a small file system and needs root";
  }
  const auto pushed = registry_->push(image_id_, name_, {});
  EXPECT_TRUE(local_->end(name_.registry).has_value());
  umount2(data.c_str(), MNT_DETACH);
  ASSERT_FALSE(pushed.has_value());
  EXPECT_EQ(pushed.error().kind, ErrorKind::Unavailable) << pushed.error().message;
  EXPECT_THAT(pushed.error().message, HasSubstr("no space left on the disk of " + data));
}

/// Programs that hang until their time is over.
struct Hanging final : ports::Processes {
  Result<ports::ProcessResult> run(const ports::ProcessRequest& request, std::stop_token) override {
    waited += request.timeout.value();
    return Error{ErrorKind::TimedOut, "skopeo was ended"};
  }
  Milliseconds waited{};
};

TEST(SkopeoLimits, EndWhatARegistryNeverAnswers) {
  const ports::RegistryName elsewhere{.registry = "registry.test", .repository = "shop", .tag = "sha-1"};
  Hanging processes;
  curl::HttpClient http;
  Registry registry({}, processes, http);
  EXPECT_EQ(registry.digest(elsewhere, {}).error().kind, ErrorKind::TimedOut);
  EXPECT_EQ(processes.waited, ports::kLongestLookup);
  EXPECT_EQ(registry.push("1234", elsewhere, {}).error().kind, ErrorKind::TimedOut);
  EXPECT_EQ(processes.waited, ports::kLongestLookup + ports::kLongestPush);
}

TEST(SkopeoFailure, IsTheMessageOfItsLastLogLine) {
  EXPECT_EQ(
      cause_of_failure("time=\"x\" level=info msg=\"driver\"\ntime=\"x\" level=fatal msg=\"no \\\"a\\\" there\"\n"),
      "no \"a\" there");
  EXPECT_EQ(cause_of_failure("FATA[0000] plain\n"), "FATA[0000] plain");
  EXPECT_EQ(cause_of_failure("msg=\"cut"), "cut");
}

TEST(SkopeoFailure, HasTheKindThatItsTextTells) {
  EXPECT_EQ(kind_of_failure("reading manifest x: manifest unknown: manifest unknown"), ErrorKind::NotFound);
  EXPECT_EQ(kind_of_failure("unauthorized: authentication required"), ErrorKind::Denied);
  EXPECT_EQ(kind_of_failure("received unexpected HTTP status: 503 Service Unavailable"), ErrorKind::Unavailable);
  EXPECT_EQ(kind_of_failure("something new"), ErrorKind::Failed);
}

}  // namespace
}  // namespace sluice::skopeo
