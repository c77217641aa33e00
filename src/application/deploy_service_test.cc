#include "application/deploy_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::application {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

config::Service service(const std::string& name, std::vector<std::string> depends_on = {}) {
  config::Service result;
  result.name = name;
  result.depends_on = std::move(depends_on);
  return result;
}

std::vector<std::string> names(const std::vector<config::Service>& services) {
  std::vector<std::string> result;
  for (const config::Service& each : services) result.push_back(each.name);
  return result;
}

TEST(DeployService, DeploysWhatAServiceDependsOnFirst) {
  EXPECT_THAT(names(in_dependency_order(
                  {service("web", {"rag", "guard"}), service("rag", {"store"}), service("guard"), service("store")})),
              ElementsAre("guard", "store", "rag", "web"));
  EXPECT_THAT(names(in_dependency_order({service("web", {"rag"})})), ElementsAre("web"))
      << "a dependency that is not deployed now holds nothing up";
}

TEST(DeployService, NamesTheNearestServiceAndEnvironment) {
  config::Environment environment;
  environment.services = {service("orchestrator"), service("rag")};
  EXPECT_THAT(choose_service(environment, "orchestratr").error().message, HasSubstr("did you mean 'orchestrator'?"));
  EXPECT_THAT(choose_service(environment, "").error().message, HasSubstr("orchestrator, rag"));
  config::Configuration configuration;
  configuration.file = "sluice.yaml";
  configuration.environments["local"] = environment;
  EXPECT_THAT(choose_environment(configuration, "locl").error().message, HasSubstr("did you mean 'local'?"));
}

TEST(DeployService, GoesBackWithoutTheReleaseOfWhichTheLastDeploymentWas) {
  rollout::Plan last;
  last.deployment = "d.2";
  last.strategy.steps = {{Weight::full(), Milliseconds{1000}}};
  last.release = rollout::Release{.id = "d", .members = {{"d", "rag", {}}, {"d.2", "web", {"rag"}}}, .patience = {}};
  EXPECT_FALSE(revert_request({}, rollout::Revision{}, last, "ana").plan.release);
}

TEST(DeployService, TellsRevisionsApartByTheirContentOnly) {
  rollout::Revision a;
  a.id = "1";
  a.env = {{"LOG_LEVEL", "info"}};
  rollout::Revision b = a;
  b.id = "2";
  b.label = "sha-2";
  EXPECT_TRUE(same_content(a, b));
  b.env["LOG_LEVEL"] = "debug";
  EXPECT_FALSE(same_content(a, b));
  EXPECT_THAT(differences(a, b), ElementsAre(R"(env.LOG_LEVEL: "info" → "debug")", R"(label: "" → "sha-2")"));
}

}  // namespace
}  // namespace sluice::application
