#include "adapters/docker_registry/local_registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "adapters/curl/http_client.h"
#include "adapters/linux/daemons.h"
#include "support/machine.h"
#include "support/registry.h"

namespace sluice::docker_registry {
namespace {

using testing::HasSubstr;

class DockerRegistry : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/bin/docker-registry")) {
      ASSERT_EQ(getenv("CI"), nullptr) << "docker-registry is not installed";
      GTEST_SKIP() << "docker-registry is not installed";
    }
    address_ = fmt::format("127.0.0.1:{}", testing_support::free_tcp_port());
  }
  void TearDown() override { EXPECT_TRUE(registry_.end(address_).has_value()); }

  bool answers() {
    const auto answer = http_.send({.url = fmt::format("http://{}/v2/", address_)}, {});
    return answer.has_value() && answer->status == 200;
  }

  testing_support::TemporaryFolder folder_;
  curl::HttpClient http_;
  linux_host::Daemons daemons_{folder_.path()};
  std::string address_;
  LocalRegistry registry_{folder_.path(), daemons_, http_};
};

TEST_F(DockerRegistry, StartsWhereNothingAnswersAndIsKeptAfterwards) {
  EXPECT_FALSE(answers());
  const auto first = registry_.ensure(address_);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_TRUE(answers());
  EXPECT_TRUE(registry_.ensure(address_).has_value());
  EXPECT_EQ(registry_.explain(address_), "");
}

TEST_F(DockerRegistry, OfAnEarlierSluiceIsKeptAndSupervised) {
  ASSERT_TRUE(registry_.ensure(address_).has_value());
  LocalRegistry next(folder_.path(), daemons_, http_);
  ASSERT_TRUE(next.ensure(address_).has_value());
  EXPECT_TRUE(answers());
  EXPECT_TRUE(next.end(address_).has_value());
  EXPECT_FALSE(answers()) << "the one that was kept is the one that ended";
}

TEST_F(DockerRegistry, OfSomebodyElseIsUsedAsItIs) {
  testing_support::TemporaryFolder elsewhere;
  testing_support::Registry other(elsewhere.path(), daemons_, http_);
  EXPECT_TRUE(registry_.ensure(other.address()).has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/registry"));
}

TEST_F(DockerRegistry, SaysThatAPortIsTakenBySomethingElse) {
  auto server = daemons_.supervise(
      {.name = "something",
       .argv = {"python3", "-m", "http.server", "--bind", "127.0.0.1", address_.substr(address_.rfind(':') + 1)},
       .answers = [this] { return http_.send({.url = "http://" + address_}, {}).has_value(); }});
  ASSERT_TRUE(server.has_value()) << server.error().message;
  const auto refused = registry_.ensure(address_);
  EXPECT_TRUE((*server)->end(Milliseconds(0)).has_value());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_THAT(refused.error().message, HasSubstr(address_ + " is taken by something that is no registry"));
}

TEST_F(DockerRegistry, LeavesRegistriesElsewhereAlone) {
  EXPECT_TRUE(registry_.ensure("registry.example.com").has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/registry"));
}

}  // namespace
}  // namespace sluice::docker_registry
