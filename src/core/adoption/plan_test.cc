#include "core/adoption/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace sluice::adoption {
namespace {

using std::chrono::minutes;

const std::string kBlue = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-blue/1";
const std::string kGreen = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-green/2";

Weight percent(int share) { return *Weight::from_basis_points(share * 100); }

Wanted wanted() {
  return {.cluster = "shop",
          .service = "web",
          .container = "web",
          .from = "",
          .steps = {{percent(10), minutes{5}}, {percent(100), minutes{1}}},
          .drain = std::chrono::seconds{30}};
}

/// A service with rolling updates behind one rule, and a second group that is not there yet.
Facts at_first() {
  Facts facts;
  facts.rules = {{"rule-http", {{kBlue, 1}}}, {"rule-https", {{kBlue, 1}}}};
  facts.groups = {{.name = "shop-blue", .arn = kBlue, .targets = 2, .healthy = 2}, {.name = "shop-green", .arn = ""}};
  facts.groups_of_today = {{.name = kBlue, .arn = kBlue, .targets = 2, .healthy = 2}};
  facts.candidates = {{.name = "web-rolling",
                       .controller = "ECS",
                       .task_definition = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:7",
                       .container = "web",
                       .port = 8080,
                       .target_group = kBlue,
                       .desired = 2,
                       .running = 2,
                       .is_moving = false,
                       .uncarriable = {}}};
  return facts;
}

/// With the new tasks healthy and all requests still with the old ones.
Facts ready() {
  Facts facts = at_first();
  for (Rule& rule : facts.rules) rule.groups = {{kBlue, 100}, {kGreen, 0}};
  facts.groups[1] = {.name = "shop-green", .arn = kGreen, .targets = 2, .healthy = 2};
  facts.beside = {.status = "ACTIVE",
                  .controller = "EXTERNAL",
                  .task_sets = {{.id = "ecs-svc/1",
                                 .external_id = external_id_of("web-rolling"),
                                 .target_group = kGreen,
                                 .is_primary = false,
                                 .is_steady = true,
                                 .desired = 2,
                                 .running = 2,
                                 .failures = 0,
                                 .last_failure = ""}}};
  return facts;
}

void weigh(Facts& facts, int blue, int green) {
  for (Rule& rule : facts.rules) rule.groups = {{kBlue, blue}, {kGreen, green}};
}

std::vector<std::string> kinds(const Plan& plan) {
  constexpr std::array<const char*, 8> kNames{"group", "rules", "service", "task set",
                                              "await", "shift", "primary", "delete"};
  std::vector<std::string> found;
  for (const Step& step : plan.steps) found.emplace_back(kNames.at(step.index()));
  return found;
}

std::string refusal(const Wanted& wanted, const Facts& facts) {
  const auto plan = plan_adoption(wanted, facts);
  return plan ? "" : plan.error().message;
}

using Kinds = std::vector<std::string>;

TEST(Adoption, PlansAllStepsFromTheServiceBehindTheRules) {
  const auto plan = plan_adoption(wanted(), at_first());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->from, "web-rolling");
  EXPECT_EQ(kinds(*plan), (Kinds{"group", "rules", "service", "task set", "await", "shift", "shift", "primary"}));
  EXPECT_EQ(plan->steps[0], Step(MakeGroup{"shop-green", kBlue}));
  EXPECT_EQ(plan->steps[3], Step(MakeTaskSet{"adopted-from-web-rolling", "web-rolling",
                                             "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-web:7",
                                             "shop-green", "web", 8080}));
  EXPECT_EQ(plan->steps[5], Step(Shift{"shop-green", kBlue, percent(10), minutes{5}}));
}

TEST(Adoption, GoesOnWhereItWasEnded) {
  Facts facts = at_first();
  facts.groups[1].arn = kGreen;
  EXPECT_EQ(kinds(*plan_adoption(wanted(), facts)).front(), "rules");
  EXPECT_EQ(kinds(*plan_adoption(wanted(), ready())), (Kinds{"shift", "shift", "primary"}));
  facts = ready();
  facts.groups[1].healthy = 1;
  EXPECT_EQ(kinds(*plan_adoption(wanted(), facts)), (Kinds{"await", "shift", "shift", "primary"}));
  facts = ready();
  weigh(facts, 0, 100);
  EXPECT_EQ(kinds(*plan_adoption(wanted(), facts, percent(100))), Kinds{"primary"});
  facts.beside.task_sets[0].is_primary = true;
  EXPECT_EQ(kinds(*plan_adoption(wanted(), facts)), Kinds{});
}

TEST(Adoption, BakesTheStepThatTheRulesAreAtAnewAndNeverGoesToASmallerOne) {
  Facts facts = ready();
  weigh(facts, 90, 10);
  EXPECT_EQ(plan_adoption(wanted(), facts)->steps.front(), Step(Shift{"shop-green", kBlue, percent(10), minutes{5}}));
  EXPECT_EQ(plan_adoption(wanted(), facts, percent(10))->steps.front(),
            Step(Shift{"shop-green", kBlue, percent(100), minutes{1}}));
  weigh(facts, 50, 50);
  EXPECT_EQ(plan_adoption(wanted(), facts)->steps.front(), Step(Shift{"shop-green", kBlue, percent(100), minutes{1}}));
}

TEST(Adoption, WritesTheRulesAgainWhenOnlySomeWereWritten) {
  Facts facts = ready();
  facts.rules[0].groups = {{kBlue, 90}, {kGreen, 10}};
  EXPECT_EQ(shares_of(wanted(), facts)->least, Weight::none());
  EXPECT_EQ(shares_of(wanted(), facts)->most, percent(10));
  EXPECT_EQ(plan_adoption(wanted(), facts)->steps.front(), Step(Shift{"shop-green", kBlue, percent(10), minutes{5}}));
}

TEST(Adoption, TakesTwoNewGroupsWhereTheOldOneIsNeither) {
  Facts facts = at_first();
  facts.groups = {{.name = "a", .arn = ""}, {.name = "b", .arn = ""}};
  const auto plan = plan_adoption(wanted(), facts);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(kinds(*plan),
            (Kinds{"group", "group", "rules", "service", "task set", "await", "shift", "shift", "primary"}));
  EXPECT_EQ(plan->steps[2], Step(NameInRules{"a", kBlue}));
}

TEST(Adoption, SaysWhyAServiceCannotBeTakenOver) {
  Facts facts = at_first();
  facts.candidates[0].uncarriable = {"it uses Service Connect, …"};
  EXPECT_EQ(refusal(wanted(), facts), "the service web-rolling cannot be taken over: it uses Service Connect, …");
  facts = at_first();
  facts.candidates[0].is_moving = true;
  EXPECT_EQ(refusal(wanted(), facts),
            "a deployment of the service web-rolling is under way: let it end, then say it again");
  facts = at_first();
  facts.candidates[0].desired = 0;
  EXPECT_NE(refusal(wanted(), facts).find("wants no task"), std::string::npos);
  facts = at_first();
  facts.candidates[0].container = "nginx";
  EXPECT_NE(refusal(wanted(), facts).find("has the container nginx behind the load balancer, not web"),
            std::string::npos);
  facts = at_first();
  facts.candidates[0].controller = "EXTERNAL";
  EXPECT_NE(refusal(wanted(), facts).find("has the deployment controller EXTERNAL already"), std::string::npos);
}

TEST(Adoption, NamesTheServiceToTakeOverOrAsksForIt) {
  Facts facts = at_first();
  facts.candidates.push_back(facts.candidates[0]);
  facts.candidates[1].name = "web-other";
  EXPECT_NE(refusal(wanted(), facts).find("the services web-rolling and web-other have their tasks"),
            std::string::npos);
  Wanted named = wanted();
  named.from = "web-other";
  EXPECT_EQ(plan_adoption(named, facts)->from, "web-other");
  named.from = "nowhere";
  EXPECT_EQ(refusal(named, facts), "the cluster shop has no service nowhere behind a load balancer");
  facts.candidates.clear();
  EXPECT_NE(refusal(wanted(), facts).find("no service of the cluster shop has its tasks"), std::string::npos);
}

TEST(Adoption, NeverTakesTheServiceOfTodayItself) {
  Facts facts = at_first();
  facts.candidates[0].name = "web";
  facts.beside = {.status = "ACTIVE", .controller = "ECS", .task_sets = {}};
  EXPECT_NE(refusal(wanted(), facts).find("such as web-sluice, which is made, and say --from web"), std::string::npos);
}

TEST(Adoption, TouchesNoServiceOrRuleOfSomebodyElse) {
  Facts facts = ready();
  facts.beside.task_sets[0].external_id = "sluice-12345678-01kb";
  EXPECT_NE(refusal(wanted(), facts).find("which is no adoption's"), std::string::npos);
  facts = ready();
  facts.beside.controller = "ECS";
  EXPECT_NE(refusal(wanted(), facts).find("there is a service web already, with the deployment controller ECS"),
            std::string::npos);
  facts = ready();
  facts.rules[1].groups.push_back({"arn:third", 3});
  EXPECT_NE(refusal(wanted(), facts).find("gives weight 3 to the target group arn:third"), std::string::npos);
  facts = at_first();
  facts.rules[1].groups.clear();
  EXPECT_NE(refusal(wanted(), facts).find("rule-https forwards to no target group"), std::string::npos);
  facts = at_first();
  facts.groups[1] = {.name = "shop-green", .arn = kGreen, .targets = 1, .healthy = 0};
  EXPECT_NE(refusal(wanted(), facts).find("has 1 targets of somebody else's"), std::string::npos);
}

TEST(AdoptionBack, MovesAllRequestsBackBeforeTheServiceIsDeleted) {
  Facts facts = ready();
  weigh(facts, 0, 100);
  facts.beside.task_sets[0].is_primary = true;
  EXPECT_EQ(kinds(*plan_way_back(wanted(), facts)), (Kinds{"shift", "delete"}));
  EXPECT_EQ(plan_way_back(wanted(), facts)->steps.front(),
            Step(Shift{"shop-green", kBlue, Weight::none(), std::chrono::seconds{30}}));
  weigh(facts, 100, 0);
  EXPECT_EQ(kinds(*plan_way_back(wanted(), facts)), Kinds{"delete"});
  facts.beside.status = "DRAINING";
  EXPECT_EQ(kinds(*plan_way_back(wanted(), facts)), Kinds{});
  EXPECT_EQ(kinds(*plan_way_back(wanted(), at_first())), Kinds{});
}

TEST(AdoptionBack, GoesToNoServiceThatCannotServe) {
  Facts facts = ready();
  weigh(facts, 0, 100);
  facts.groups_of_today[0].healthy = 0;
  const auto back = plan_way_back(wanted(), facts);
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().message.find("nothing goes back to it"), std::string::npos);
  facts = ready();
  facts.beside.task_sets[0].external_id = "sluice-12345678-01kb";
  EXPECT_FALSE(plan_way_back(wanted(), facts));
}

TEST(AdoptionText, NamesWhatIamMustAllowForTheStepsThatAreLeft) {
  const auto all = actions_of(plan_adoption(wanted(), at_first())->steps);
  for (const char* action :
       {"ecs:CreateService", "ecs:CreateTaskSet", "ecs:UpdateServicePrimaryTaskSet",
        "elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:ModifyRule", "iam:PassRole"}) {
    EXPECT_TRUE(std::ranges::count(all, action) == 1) << action;
  }
  EXPECT_TRUE(std::ranges::is_sorted(all));
  const auto rest = actions_of(plan_adoption(wanted(), ready())->steps);
  EXPECT_EQ(std::ranges::count(rest, "ecs:CreateService"), 0);
}

TEST(AdoptionText, NotesWhatStaysBehind) {
  Facts facts = at_first();
  facts.scaling = "Application Auto Scaling (2 to 8 tasks)";
  facts.other_rules = {"rule-test"};
  const auto notes = plan_adoption(wanted(), facts)->notes;
  const auto any_has = [&](const std::string& text) {
    return std::ranges::any_of(notes, [&](const std::string& note) { return note.find(text) != std::string::npos; });
  };
  EXPECT_TRUE(any_has("aws ecs delete-service --cluster shop --service web-rolling --force"));
  EXPECT_TRUE(any_has("Application Auto Scaling (2 to 8 tasks). Register service/shop/web likewise"));
  EXPECT_TRUE(any_has("the rule rule-test forwards to shop-blue, too"));
  EXPECT_TRUE(any_has("is refused while tasks of web-rolling are there"));
}

}  // namespace
}  // namespace sluice::adoption
