#include "core/rollout/prometheus_workspace.h"

#include <gtest/gtest.h>

namespace sluice::rollout {
namespace {

constexpr std::string_view kHost = "aps-workspaces.eu-west-1.amazonaws.com";

TEST(PrometheusWorkspace, IsKnownByTheQueryUrlThatAwsShows) {
  const PrometheusWorkspace expected{"ws-1a2b-3c", "eu-west-1", std::string(kHost)};
  for (const char* url : {"https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1a2b-3c/api/v1/query",
                          "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1a2b-3c/",
                          "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1a2b-3c",
                          "https://APS-workspaces.eu-west-1.amazonaws.com:443/workspaces/ws-1a2b-3c"}) {
    const auto found = workspace_at(url);
    ASSERT_TRUE(found) << url;
    EXPECT_EQ(*found, expected) << url;
  }
}

TEST(PrometheusWorkspace, IsKnownOnEachOfTheServicesHosts) {
  const auto region_at = [](const std::string& host) {
    const auto found = workspace_at("https://" + host + "/workspaces/ws-1");
    return found && *found ? (*found)->region : std::string();
  };
  EXPECT_EQ(region_at("aps-workspaces-fips.us-gov-west-1.amazonaws.com"), "us-gov-west-1");
  EXPECT_EQ(region_at("aps-workspaces.us-east-2.api.aws"), "us-east-2");
  EXPECT_EQ(region_at("aps-workspaces.cn-north-1.amazonaws.com.cn"), "cn-north-1");
  EXPECT_EQ(region_at("vpce-0a1b2c-d3e4.aps-workspaces.us-east-1.vpce.amazonaws.com"), "us-east-1");
  EXPECT_EQ(region_at("vpce-0a1b2c"), "");
}

TEST(PrometheusWorkspace, IsNotAnyOtherServer) {
  for (const char* url :
       {"http://127.0.0.1:9090", "https://prometheus.example.com/workspaces/ws-1", "", "aps-workspaces.eu-west-1",
        "https://aps-workspaces.eu-west-1.amazonaws.com.example.com/workspaces/ws-1", "https://aps-workspaces.",
        "https://aps.eu-west-1.amazonaws.com/workspaces/ws-1",
        "https://x.aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1",
        "https://aps-workspaces..amazonaws.com/workspaces/ws-1", "https://vpce-.", "https://vpce-"}) {
    const auto found = workspace_at(url);
    ASSERT_TRUE(found) << url;
    EXPECT_FALSE(found->has_value()) << url;
  }
}

TEST(PrometheusWorkspace, IsRefusedWhereTheAddressIsNoneOfItsQueries) {
  for (const char* path : {"", "/", "/workspaces/", "/workspaces/ws-1/api/v1/remote_write", "/api/v1/query",
                           "/workspaces/ws-1/api/v1/query?query=up", "/workspaces/ws%2F1", "/workspaces/-ws"}) {
    const auto refused = workspace_at("https://" + std::string(kHost) + path);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().kind, ErrorKind::InvalidInput);
    EXPECT_TRUE(refused.error().message.ends_with(
        "write its query URL, https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ID/api/v1/query"))
        << refused.error().message;
  }
  EXPECT_FALSE(workspace_at("http://" + std::string(kHost) + "/workspaces/ws-1"));
  EXPECT_FALSE(workspace_at("https://" + std::string(kHost) + ":8443/workspaces/ws-1"));
}

}  // namespace
}  // namespace sluice::rollout
