#include "application/app_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::application {
namespace {

using testing::HasSubstr;

appspec::AppSpec spec_of(const std::string& text) {
  auto parsed = appspec::parse(text, "appspec.yaml");
  EXPECT_TRUE(parsed.spec) << text;
  return parsed.spec ? std::move(*parsed.spec) : appspec::AppSpec{};
}

appspec::AppSpec of_service(const std::string& hooks) {
  return spec_of("{version: 0.0, Hooks: [" + hooks +
                 "], Resources: [{S: {Type: AWS::ECS::Service, Properties: {TaskDefinition: <TASK_DEFINITION>, "
                 "PlatformVersion: LATEST, LoadBalancerInfo: {ContainerName: web, ContainerPort: 80}}}}]}");
}

appspec::AppSpec of_function() {
  return spec_of(
      "{version: 0.0, Resources: [{F: {Type: AWS::Lambda::Function, Properties: {Name: overflow, Alias: live, "
      "CurrentVersion: 1, TargetVersion: 2}}}]}");
}

rollout::EcsTarget ecs() {
  rollout::EcsTarget target;
  target.container = "web";
  return target;
}

rollout::LambdaTarget lambda(const std::string& alias) {
  rollout::LambdaTarget target;
  target.function = "arn:aws:lambda:eu-west-1:123456789012:function:overflow";
  target.alias = alias;
  return target;
}

rollout::Plan plan_for(rollout::Target target) {
  rollout::Plan plan;
  plan.service.service = "web";
  plan.hooks = {{rollout::HookPoint::AfterInstall, rollout::HookCommand{{"true"}}}};
  plan.green.target = std::move(target);
  return plan;
}

/// Says what serves, and keeps what it was asked with.
struct Account final : ports::Fleet {
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey&, const rollout::Revision& wanted) override {
    asked = wanted;
    return answer;
  }
  Result<std::vector<ports::Replica>> start(const ports::FleetStart&, std::stop_token) override { return unused(); }
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey&, const std::string&) override {
    return unused();
  }
  Result<ports::Replica> restart(const ports::FleetStart&, int, std::stop_token) override { return unused(); }
  Status stop(const rollout::ServiceKey&, const std::string&, Milliseconds) override { return unused(); }
  Status run_once(const ports::FleetStart&, const std::vector<std::string>&, const std::string&, Milliseconds,
                  std::stop_token) override {
    return unused();
  }
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey&, const std::string&, int) override {
    return unused();
  }
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override { return unused(); }

  static Error unused() { return {ErrorKind::Failed, "not asked here"}; }
  rollout::Revision asked;
  std::optional<ports::Serving> answer;
};

TEST(AppSpecOfADeployment, PutsItsHooksBehindThoseOfTheService) {
  rollout::Plan plan = plan_for(ecs());
  ASSERT_TRUE(apply_app_spec(of_service("{BeforeAllowTraffic: check}"), plan));
  ASSERT_EQ(plan.hooks.size(), 2U);
  EXPECT_EQ(describe(plan.hooks[1]), "BeforeAllowTraffic: the function check");
  const auto& terms = std::get<rollout::EcsTarget>(plan.green.target).terms;
  EXPECT_EQ((std::tuple{terms.port, terms.platform_version, terms.task_definition}),
            (std::tuple<int, std::string, std::string>{80, "LATEST", ""}));
}

TEST(AppSpecOfADeployment, LeavesItsHooksToCodeDeployWhereThatIsTheEngine) {
  rollout::EcsTarget target = ecs();
  target.codedeploy.emplace();
  rollout::Plan plan = plan_for(target);
  ASSERT_TRUE(apply_app_spec(of_service("{AfterAllowTestTraffic: check}"), plan));
  EXPECT_EQ(plan.hooks.size(), 1U);
  const auto& hooks = std::get<rollout::EcsTarget>(plan.green.target).codedeploy->hooks;
  EXPECT_EQ(hooks, (std::vector<std::pair<std::string, std::string>>{{"AfterAllowTestTraffic", "check"}}));
}

TEST(AppSpecOfADeployment, IsRefusedWithItsPlace) {
  rollout::Plan of_ecs = plan_for(ecs());
  EXPECT_THAT(apply_app_spec(of_service("{AfterAllowTestTraffic: check}"), of_ecs).error().message,
              HasSubstr("appspec.yaml:1:48: error: 'AfterAllowTestTraffic' needs test traffic"));
  EXPECT_THAT(apply_app_spec(of_function(), of_ecs).error().message, HasSubstr("'web' of sluice.yaml is none"));
  rollout::Plan of_lambda = plan_for(lambda("other"));
  EXPECT_THAT(apply_app_spec(of_service(""), of_lambda).error().message, HasSubstr("the file is of an ECS service"));
  EXPECT_THAT(apply_app_spec(of_function(), of_lambda).error().message, HasSubstr("'Alias' is live, and the alias of"));
}

TEST(AppSpecOfADeployment, NamesTheVersionAndNoOtherCodeBeside) {
  config::Service service;
  service.name = "web";
  service.target = lambda("live");
  EXPECT_EQ((*version_named_by(of_function(), service, ""))->number, "2");
  EXPECT_THAT(version_named_by(of_function(), service, "f.zip").error().message, HasSubstr("leave one of both out"));
  service.target = ecs();
  EXPECT_FALSE(*version_named_by(of_service(""), service, "sha-1"));
}

TEST(AppSpecOfADeployment, IsHeldAgainstWhatServes) {
  Account fleet;
  rollout::Plan plan = plan_for(lambda("live"));
  fleet.answer.emplace().revision.image = "version 1 CodeSha256=x";
  EXPECT_TRUE(serving_for_app_spec(of_function(), plan, fleet));
  fleet.answer->revision.image = "version 3 CodeSha256=x";
  const auto moved = serving_for_app_spec(of_function(), plan, fleet);
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().kind, ErrorKind::Conflict);
  EXPECT_THAT(moved.error().message, HasSubstr("'CurrentVersion' is 1, and the alias live points at 3"));

  rollout::EcsTarget other = ecs();
  other.container = "side";
  plan.green.target = other;
  EXPECT_THAT(serving_for_app_spec(of_service(""), plan, fleet).error().message, HasSubstr("'ContainerName' is web"));
  EXPECT_EQ(std::get<rollout::EcsTarget>(fleet.asked.target).container, "web")
      << "the file's, for the fleet to look up";
}

}  // namespace
}  // namespace sluice::application
