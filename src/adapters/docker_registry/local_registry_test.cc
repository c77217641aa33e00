#include "adapters/docker_registry/local_registry.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/curl/http_client.h"
#include "adapters/linux/daemons.h"
#include "adapters/posix/processes.h"
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
  posix::Processes processes_;
  std::string address_;
  LocalRegistry registry_{folder_.path(), daemons_, http_, processes_};
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
  LocalRegistry next(folder_.path(), daemons_, http_, processes_);
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

TEST_F(DockerRegistry, ForgetsAnImageAndFreesItsDiskAndKeepsTheOthers) {
  ASSERT_TRUE(registry_.ensure(address_).has_value());
  EXPECT_TRUE(registry_.is_own(address_));
  const auto push = [&](const std::string& content, const std::string& tag) {
    std::filesystem::create_directories(folder_.path() + "/context");
    std::ofstream(folder_.path() + "/context/file") << content << std::string(1u << 20, content[0]);
    std::ofstream(folder_.path() + "/context/Containerfile") << "FROM scratch\nCOPY file /file\n";
    const std::string script = fmt::format(
        "set -e; id=$(buildah bud --isolation chroot --format docker --timestamp 0 --quiet {0}/context);"
        "skopeo --insecure-policy copy --quiet --dest-tls-verify=false --digestfile {0}/digest "
        "containers-storage:$id docker://{1}/web:{2}; podman rmi --force $id >/dev/null; cat {0}/digest",
        folder_.path(), address_, tag);
    const auto pushed = processes_.run({.argv = {"sh", "-c", script}}, {});
    EXPECT_TRUE(pushed.has_value() && pushed->exit_code == 0) << (pushed.has_value() ? pushed->err : "");
    return fmt::format("{}/web@{}", address_, pushed->out);
  };
  const auto has = [&](const std::string& tag) {
    const auto answer = http_.send({.method = "HEAD",
                                    .url = fmt::format("http://{}/v2/web/manifests/{}", address_, tag),
                                    .headers = {{"Accept", "application/vnd.docker.distribution.manifest.v2+json"}}},
                                   {});
    return answer.has_value() && answer->status == 200;
  };
  const auto blobs = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             fmt::format("{}/registry/{}/data/docker/registry/v2/blobs", folder_.path(),
                         address_.substr(address_.rfind(':') + 1)))) {
      count += entry.path().filename() == "data" ? 1 : 0;
    }
    return count;
  };
  const std::string old = push("1", "old");
  const int one_image = blobs();
  push("2", "kept");
  ASSERT_TRUE(has("old") && has("kept"));
  EXPECT_EQ(blobs(), 2 * one_image);
  EXPECT_TRUE(registry_.has(old).value());
  const auto removed = registry_.remove(old);
  ASSERT_TRUE(removed.has_value()) << removed.error().message;
  EXPECT_TRUE(*removed);
  const Status collected = registry_.collect(address_);
  ASSERT_TRUE(collected.has_value()) << collected.error().message;
  EXPECT_FALSE(has("old"));
  EXPECT_TRUE(has("kept"));
  EXPECT_EQ(blobs(), one_image);
  EXPECT_FALSE(registry_.has(old).value());
  EXPECT_FALSE(registry_.remove(old).value()) << "it was there once more";
  push("1", "again");
  const auto pulled =
      processes_.run({.argv = {"skopeo", "--insecure-policy", "copy", "--quiet", "--src-tls-verify=false",
                               fmt::format("docker://{}/web:again", address_), "dir:" + folder_.path() + "/pulled"}},
                     {});
  ASSERT_TRUE(pulled.has_value());
  EXPECT_EQ(pulled->exit_code, 0) << "what was collected can be pushed again whole: " << pulled->err;
}

TEST_F(DockerRegistry, OfSomebodyElseIsNoneOfItsOwn) {
  testing_support::TemporaryFolder elsewhere;
  testing_support::Registry other(elsewhere.path(), daemons_, http_);
  EXPECT_TRUE(registry_.ensure(other.address()).has_value());
  EXPECT_FALSE(registry_.is_own(other.address()));
  EXPECT_FALSE(registry_.is_own("registry.example.com"));
}

TEST_F(DockerRegistry, LeavesRegistriesElsewhereAlone) {
  EXPECT_TRUE(registry_.ensure("registry.example.com").has_value());
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/registry"));
}

}  // namespace
}  // namespace sluice::docker_registry
