#include "adapters/podman/api_client.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "adapters/curl/http_client.h"
#include "adapters/linux/daemons.h"

namespace sluice::podman {
namespace {

TEST(PodmanApiError, TellsPodmansOwnMessageAndKind) {
  const auto absent =
      api_error({.status = 404, .body = R"({"cause":"x","message":"no such container"})"}, "removing c");
  EXPECT_EQ(absent.kind, ErrorKind::NotFound);
  EXPECT_EQ(absent.message, "removing c: podman answered 404: no such container");
  EXPECT_EQ(api_error({.status = 409, .body = "{}"}, "x").kind, ErrorKind::Conflict);
  EXPECT_EQ(api_error({.status = 500, .body = "no JSON"}, "x").message, "x: podman answered 500: no JSON");
}

class PodmanApi : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    daemons_ = std::make_unique<linux_host::Daemons>(folder_);
    auto client = ApiClient::create({.run_directory = folder_ + "/run"}, http_, *daemons_);
    if (!client.has_value() && client.error().kind == ErrorKind::NotFound && getenv("CI") == nullptr) {
      GTEST_SKIP() << client.error().message;
    }
    ASSERT_TRUE(client.has_value()) << client.error().message;
    client_ = std::move(*client);
  }
  void TearDown() override {
    if (client_) {
      EXPECT_TRUE(client_->service().end(Milliseconds(1000)).has_value());
    }
    std::filesystem::remove_all(folder_);
  }

  std::string folder_;
  curl::HttpClient http_;
  std::unique_ptr<linux_host::Daemons> daemons_;
  std::unique_ptr<ApiClient> client_;
};

TEST_F(PodmanApi, AnswersAndNamesWhatIsAbsent) {
  const auto info = client_->call({.path = "/version"}, "asking for the version");
  ASSERT_TRUE(info.has_value()) << info.error().message;
  EXPECT_NE(info->find("Version"), std::string::npos);
  const auto absent = client_->call({.path = "/containers/sluice-no-such-container/json"}, "inspecting");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().kind, ErrorKind::NotFound);
}

TEST_F(PodmanApi, ServesAgainAfterItsServiceWasKilled) {
  ASSERT_EQ(kill(client_->service().pid(), SIGKILL), 0);
  const auto version = client_->call({.path = "/version"}, "asking for the version");
  // The request may have been on its way when the service died: then its outcome is unknown, and the next one passes.
  if (!version.has_value()) {
    EXPECT_EQ(version.error().kind, ErrorKind::UnknownOutcome) << version.error().message;
  }
  const auto again = client_->call({.path = "/version"}, "asking for the version");
  EXPECT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(client_->service().starts(), 2);
}

}  // namespace
}  // namespace sluice::podman
