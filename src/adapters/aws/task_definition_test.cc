#include "adapters/aws/task_definition.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws {
namespace {

namespace json = boost::json;

json::object described() {
  return json::parse(R"({"taskDefinition": {
      "taskDefinitionArn": "arn:aws:ecs:eu-west-1:1:task-definition/chat:7", "family": "chat", "revision": 7,
      "status": "ACTIVE", "requiresAttributes": [{"name": "x"}], "compatibilities": ["FARGATE"], "registeredAt": 1.5,
      "registeredBy": "arn:aws:iam::1:root", "networkMode": "awsvpc", "someFutureMember": {"deep": [1, 2.5, null]},
      "volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}],
      "containerDefinitions": [
        {"name": "chatbot", "image": "repo/chat:1", "portMappings": [{"containerPort": 8080}], "environment": []},
        {"name": "sidecar", "image": "repo/chat:1", "portMappings": [{"containerPort": 1}, {"containerPort": 2}]}]},
    "tags": [{"key": "team", "value": "a"}, {"key": "sluice:revision", "value": "old"}]})")
      .as_object();
}

TEST(TaskDefinition, CarriesEverythingOverButTheImageOfOneContainer) {
  const auto input = with_image(described(), "chatbot", "repo/chat@sha256:2", "rev-2");
  ASSERT_TRUE(input.has_value()) << input.error().message;
  json::object expected = described().at("taskDefinition").as_object();
  for (const char* name : {"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
                           "registeredAt", "registeredBy"}) {
    expected.erase(name);
  }
  expected.at("containerDefinitions").as_array()[0].as_object()["image"] = "repo/chat@sha256:2";
  expected["tags"] = json::parse(R"([{"key":"team","value":"a"},{"key":"sluice:revision","value":"rev-2"}])");
  EXPECT_EQ(*input, expected);
}

TEST(TaskDefinition, NamesTheContainersThatThereAre) {
  const auto input = with_image(described(), "chatbott", "i", "r");
  EXPECT_EQ(input.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(input.error().message.find("it has chatbot, sidecar"), std::string::npos) << input.error().message;
  EXPECT_FALSE(with_image({}, "chatbot", "i", "r").has_value());
}

TEST(TaskDefinition, TellsImageRevisionAndPort) {
  EXPECT_EQ(image_of(described(), "sidecar"), "repo/chat:1");
  EXPECT_EQ(image_of(described(), "none"), "");
  EXPECT_EQ(revision_of(described()), "old");
  EXPECT_EQ(only_port_of(described(), "chatbot"), 8080);
  EXPECT_EQ(only_port_of(described(), "sidecar"), 0);
}

}  // namespace
}  // namespace sluice::aws
