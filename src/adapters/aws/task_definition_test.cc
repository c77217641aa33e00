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
  const auto input = with_change(described(), "chatbot", {.image = "repo/chat@sha256:2", .revision = "rev-2"});
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
  const auto input = with_change(described(), "chatbott", {.image = "i", .revision = "r"});
  EXPECT_EQ(input.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(input.error().message.find("it has chatbot, sidecar"), std::string::npos) << input.error().message;
  EXPECT_FALSE(with_change({}, "chatbot", {.image = "i", .revision = "r"}).has_value());
}

TEST(TaskDefinition, TellsImageRevisionAndPort) {
  EXPECT_EQ(image_of(described(), "sidecar"), "repo/chat:1");
  EXPECT_EQ(image_of(described(), "none"), "");
  EXPECT_EQ(revision_of(described()), "old");
  EXPECT_EQ(only_port_of(described(), "chatbot"), 8080);
  EXPECT_EQ(only_port_of(described(), "sidecar"), 0);
}

json::object with_variables() {
  json::object all = described();
  json::object& definition = all.at("taskDefinition").as_object();
  definition["executionRoleArn"] = "arn:aws:iam::1:role/execution";
  json::object& container = definition.at("containerDefinitions").as_array()[0].as_object();
  container["command"] = json::parse(R"(["serve"])");
  container["environment"] = json::parse(R"([{"name": "LEVEL", "value": "info"}, {"name": "OWN", "value": "1"},
                                             {"name": "KEY", "value": "plain"}])");
  container["secrets"] =
      json::parse(R"([{"name": "DATABASE", "valueFrom": "arn:db"}, {"name": "LEFT", "valueFrom": "arn:left"}])");
  return all;
}

rollout::Revision wanted() {
  rollout::Revision revision;
  revision.id = "rev-2";
  revision.image = "i";
  revision.env = {{"LEVEL", "debug"}, {"DATABASE", "memory"}, {"NEW", "1"}};
  revision.secrets["KEY"] = {rollout::AwsSecret{.id = "key", .key = "", .access = {}}, "version 2", "arn:key:::2"};
  return revision;
}

TEST(TaskDefinition, SetsWhatARevisionSaysAndLeavesTheRest) {
  const auto input = with_change(with_variables(), "chatbot", change_of(wanted(), {.variables = {"LEFT"}}));
  ASSERT_TRUE(input) << input.error().message;
  const json::object& container = input->at("containerDefinitions").at(0).as_object();
  EXPECT_EQ(container.at("environment"),
            json::parse(R"([{"name": "LEVEL", "value": "debug"}, {"name": "OWN", "value": "1"},
      {"name": "DATABASE", "value": "memory"}, {"name": "NEW", "value": "1"},
      {"name": "SLUICE_REVISION", "value": "rev-2"}])"));
  EXPECT_EQ(container.at("secrets"), json::parse(R"([{"name": "KEY", "valueFrom": "arn:key:::2"}])"));
  EXPECT_EQ(container.at("command"), json::parse(R"(["serve"])"));
  EXPECT_EQ(input->at("containerDefinitions").at(1),
            with_variables().at("taskDefinition").at("containerDefinitions").at(1));
}

TEST(TaskDefinition, TellsTheContainerItsRevisionUnlessTheUserHasPutSomethingElseThere) {
  rollout::Revision revision = wanted();
  EXPECT_EQ(change_of(revision, {}).env.at("SLUICE_REVISION"), "rev-2");
  revision.env["SLUICE_REVISION"] = "own";
  EXPECT_EQ(change_of(revision, {}).env.at("SLUICE_REVISION"), "own");
  revision.env.erase("SLUICE_REVISION");
  revision.secrets["SLUICE_REVISION"] = revision.secrets.at("KEY");
  EXPECT_FALSE(change_of(revision, {}).env.contains("SLUICE_REVISION"));
}

TEST(TaskDefinition, ReplacesTheCommandAndGivesItBack) {
  rollout::Revision revision;
  EXPECT_FALSE(with_change(with_variables(), "chatbot", change_of(revision, {.variables = {}, .command = true}))
                   ->at("containerDefinitions")
                   .at(0)
                   .as_object()
                   .contains("command"));
  revision.command = {"serve", "--fast"};
  EXPECT_EQ(
      with_change(with_variables(), "chatbot", change_of(revision, {}))->at("containerDefinitions").at(0).at("command"),
      json::parse(R"(["serve", "--fast"])"));
}

TEST(TaskDefinition, NeedsAnExecutionRoleForSecrets) {
  const auto input = with_change(described(), "chatbot", change_of(wanted(), {}));
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(input.error().message.find("has no execution role"), std::string::npos) << input.error().message;
}

TEST(TaskDefinition, TellsWhatTheContainerHasOfWhatIsWanted) {
  const rollout::Revision now = as_it_is(with_variables(), "chatbot", wanted());
  EXPECT_EQ(now.env, (std::map<std::string, std::string>{{"LEVEL", "info"}}));
  EXPECT_TRUE(now.secrets.empty()) << "KEY is a plain variable there";
  EXPECT_TRUE(now.command.empty());
  const auto carried = with_change(with_variables(), "chatbot", change_of(wanted(), {}));
  const rollout::Revision then = as_it_is(json::object{{"taskDefinition", *carried}}, "chatbot", wanted());
  EXPECT_EQ(then.env, wanted().env);
  EXPECT_EQ(then.secrets, wanted().secrets);
}

json::object with_log(const char* configuration) {
  json::object all = described();
  auto& container = all.at("taskDefinition").at("containerDefinitions").as_array()[0].as_object();
  container["logConfiguration"] = json::parse(configuration);
  return all;
}

TEST(TaskDefinition, TellsWhereItsTasksLog) {
  const auto logs = log_place_of(
      with_log(R"({"logDriver":"awslogs","options":{"awslogs-group":"/ecs/chat","awslogs-stream-prefix":"chat"}})"),
      "chatbot", "eu-west-1");
  ASSERT_TRUE(logs) << logs.error().message;
  EXPECT_EQ(*logs, (LogPlace{"eu-west-1", "/ecs/chat", "chat/chatbot/"}));
  const auto elsewhere = log_place_of(
      with_log(R"({"logDriver":"awslogs","options":{"awslogs-group":"/ecs/chat","awslogs-stream-prefix":"chat",
                   "awslogs-region":"eu-central-1"}})"),
      "chatbot", "eu-west-1");
  EXPECT_EQ(elsewhere->region, "eu-central-1");
}

TEST(TaskDefinition, SaysWhyTheLogsOfItsTasksAreNotRead) {
  const auto problem = [](const json::object& all) {
    const auto logs = log_place_of(all, "chatbot", "eu-west-1");
    return logs ? std::string() : logs.error().message;
  };
  EXPECT_EQ(problem(described()),
            "the logs of the container chatbot cannot be read: its task definition "
            "arn:aws:ecs:eu-west-1:1:task-definition/chat:7 has no log driver; awslogs is read");
  EXPECT_NE(problem(with_log(R"({"logDriver":"splunk"})")).find("has the log driver splunk"), std::string::npos);
  EXPECT_NE(problem(with_log(R"({"logDriver":"awslogs"})")).find("has no awslogs-group"), std::string::npos);
  EXPECT_NE(problem(with_log(R"({"logDriver":"awslogs","options":{"awslogs-group":"g"}})"))
                .find("has no awslogs-stream-prefix"),
            std::string::npos);
}

}  // namespace
}  // namespace sluice::aws
