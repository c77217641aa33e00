#include "adapters/aws/router.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using rollout::Slot;
using test::Answer;
using test::AwsSurroundings;

const std::string kRules = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/50dc/f2f7/";
const std::string kGroups = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-";
const std::string kFirst = kRules + "1";
const std::string kSecond = kRules + "2";
const std::string kBlue = kGroups + "blue/1";
const std::string kGreen = kGroups + "green/2";
const std::string kThird = kGroups + "third/3";
const rollout::ServiceKey kService{"shop", "staging", "web"};
const rollout::EcsTarget kPlace{.region = "eu-west-1", .target_groups = {kBlue, kGreen}, .rules = {kFirst, kSecond}};
const ports::RoutedService kRouted{.service = kService, .listen = "", .route = {}, .health = {}, .target = kPlace};
const rollout::TrafficSplit kBack{.open = true, .slot_b = Weight::none()};

rollout::TrafficSplit split(const char* slot_b) { return {.open = true, .slot_b = *Weight::parse(slot_b)}; }

std::string refusal(const std::string& code) {
  return fmt::format("<ErrorResponse><Error><Code>{0}</Code><Message>{0}</Message></Error></ErrorResponse>", code);
}

/// The load balancer's rules with the weights of their groups, and a router that moves them.
struct TwoRules {
  using Groups = std::map<std::string, int>;
  std::map<std::string, Groups> rules = {{kFirst, {{kBlue, 100}, {kGreen, 0}}}, {kSecond, {{kBlue, 100}, {kGreen, 0}}}};
  std::map<std::string, std::string> refused;  ///< Codes that writes to a rule are answered with.
  std::string gone;                            ///< A target group that nothing can name.

  AwsSurroundings around{[this](const std::string& request) { return answer(request); }};
  ClientPool clients{test::at_once(), around.with_keys()};
  KeptInFolder files{around.home()};
  Router router{
      {.pause = [](Milliseconds, const std::stop_token&) -> Status { return {}; }}, files, clients, around.clock};

  TwoRules() {
    EXPECT_TRUE(router.ensure(kRouted));
    EXPECT_TRUE(router.set_split(kService, split("10%")));
  }

  static std::map<std::string, std::string> form_of(const std::string& request) {
    std::map<std::string, std::string> form;
    std::string text;
    const std::string body = request.substr(request.find("\r\n\r\n") + 4);
    for (std::size_t i = 0; i < body.size(); ++i) {
      if (body[i] == '%') {
        text += static_cast<char>(std::stoi(body.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        text += body[i];
      }
    }
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('&', at), text.size());
      const std::size_t equals = text.find('=', at);
      form[text.substr(at, equals - at)] = text.substr(equals + 1, end - equals - 1);
      at = end + 1;
    }
    return form;
  }

  Answer answer(const std::string& request) {
    const auto form = form_of(request);
    return form.at("Action") == "DescribeRules" ? describe(form) : modify(form);
  }

  Answer describe(const std::map<std::string, std::string>& form) {
    std::string shown;
    for (int i = 1; form.contains(fmt::format("RuleArns.member.{}", i)); ++i) {
      const std::string& arn = form.at(fmt::format("RuleArns.member.{}", i));
      if (!rules.contains(arn)) return {400, refusal("RuleNotFound")};
      std::string groups;
      for (const auto& [group, weight] : rules.at(arn)) {
        groups += fmt::format("<member><TargetGroupArn>{}</TargetGroupArn><Weight>{}</Weight></member>", group, weight);
      }
      shown += fmt::format(
          "<member><RuleArn>{}</RuleArn><IsDefault>false</IsDefault><Actions><member><Type>forward</Type>"
          "<ForwardConfig><TargetGroups>{}</TargetGroups></ForwardConfig></member></Actions></member>",
          arn, groups);
    }
    return {200, fmt::format("<DescribeRulesResponse><DescribeRulesResult><Rules>{}</Rules></DescribeRulesResult>"
                             "</DescribeRulesResponse>",
                             shown)};
  }

  Answer modify(const std::map<std::string, std::string>& form) {
    const std::string& arn = form.at("RuleArn");
    if (refused.contains(arn)) return {403, refusal(refused.at(arn))};
    Groups groups;
    const std::string place = "Actions.member.1.ForwardConfig.TargetGroups.member.";
    for (int i = 1; form.contains(fmt::format("{}{}.TargetGroupArn", place, i)); ++i) {
      groups[form.at(fmt::format("{}{}.TargetGroupArn", place, i))] =
          std::stoi(form.at(fmt::format("{}{}.Weight", place, i)));
    }
    if (groups.contains(gone)) return {400, refusal("TargetGroupNotFound")};
    rules.at(arn) = groups;
    return {200, "<ModifyRuleResponse><ModifyRuleResult/></ModifyRuleResponse>"};
  }
};

TEST(Router, GoesBackInTheOtherRulesWhenOneIsGone) {
  TwoRules there;
  there.rules.erase(kFirst);
  const auto back = there.router.restore_split(kRouted, kBack);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  ASSERT_EQ(back->size(), 1U);
  EXPECT_NE(back->front().find(kFirst + " is gone"), std::string::npos) << back->front();
  EXPECT_EQ(there.rules.at(kSecond), (TwoRules::Groups{{kBlue, 100}, {kGreen, 0}}));
  EXPECT_TRUE(there.router.clear_slot(kService, Slot::B, true));
}

TEST(Router, GoesBackInAllRulesThatCanBeWrittenAndTellsOfTheOthers) {
  TwoRules there;
  there.rules.at(kFirst) = {{kBlue, 50}, {kGreen, 20}, {kThird, 30}};
  auto back = there.router.restore_split(kRouted, kBack);
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().kind, ErrorKind::Conflict);
  EXPECT_NE(back.error().message.find("take that target group out of it"), std::string::npos) << back.error().message;
  EXPECT_EQ(there.rules.at(kSecond), (TwoRules::Groups{{kBlue, 100}, {kGreen, 0}}));

  there.refused[kSecond] = "AccessDenied";
  there.rules.at(kSecond) = {{kBlue, 90}, {kGreen, 10}};
  back = there.router.restore_split(kRouted, kBack);
  ASSERT_FALSE(back.has_value());
  EXPECT_NE(back.error().message.find(kFirst), std::string::npos) << back.error().message;
  EXPECT_NE(back.error().message.find(kSecond), std::string::npos) << back.error().message;
}

TEST(Router, LeavesARuleThatGivesTheNewRevisionNothing) {
  TwoRules there;
  there.rules.at(kFirst) = {{kThird, 100}};
  const auto back = there.router.restore_split(kRouted, kBack);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_NE(back->front().find("was left as it is"), std::string::npos) << back->front();
  EXPECT_EQ(there.rules.at(kFirst), (TwoRules::Groups{{kThird, 100}}));
  EXPECT_EQ(*there.router.look(kService), kBack);
  EXPECT_TRUE(there.router.clear_slot(kService, Slot::B, true));
  EXPECT_EQ(there.router.clear_slot(kService, Slot::A, true).error().kind, ErrorKind::Conflict);
}

TEST(Router, GoesForwardInAllRulesOrNone) {
  TwoRules there;
  there.rules.at(kSecond) = {{kBlue, 90}, {kThird, 10}};
  auto forward = there.router.set_split(kService, split("50%"));
  EXPECT_EQ(forward.error().kind, ErrorKind::Conflict);
  there.rules.erase(kSecond);
  forward = there.router.set_split(kService, split("50%"));
  EXPECT_EQ(forward.error().kind, ErrorKind::Conflict);
  EXPECT_NE(forward.error().message.find(kSecond + " is gone"), std::string::npos) << forward.error().message;
  EXPECT_EQ(there.rules.at(kFirst), (TwoRules::Groups{{kBlue, 90}, {kGreen, 10}}));
}

TEST(Router, NamesNoTargetGroupThatIsGoneOnTheWayBack) {
  TwoRules there;
  there.gone = kGreen;
  there.rules = {{kFirst, {{kBlue, 1}}}, {kSecond, {{kBlue, 0}}}};
  const auto back = there.router.restore_split(kRouted, kBack);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->size(), 2U);
  EXPECT_EQ(there.rules.at(kFirst), (TwoRules::Groups{{kBlue, 1}}));
  EXPECT_EQ(there.rules.at(kSecond), (TwoRules::Groups{{kBlue, 100}}));
  const auto forward = there.router.set_split(kService, split("50%"));
  EXPECT_EQ(forward.error().kind, ErrorKind::Conflict);
  EXPECT_NE(forward.error().message.find("TargetGroupNotFound"), std::string::npos) << forward.error().message;
}

TEST(Router, KeepsTheTrafficWhereItIsWhenThereIsNoWayBack) {
  TwoRules there;
  there.gone = kBlue;
  there.rules = {{kFirst, {{kGreen, 1}}}, {kSecond, {{kGreen, 1}}}};
  EXPECT_EQ(there.router.restore_split(kRouted, kBack).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(there.rules.at(kFirst), (TwoRules::Groups{{kGreen, 1}}));
  there.gone.clear();
  EXPECT_TRUE(there.router.restore_split(kRouted, kBack).has_value());
  EXPECT_EQ(there.rules.at(kFirst), (TwoRules::Groups{{kBlue, 100}, {kGreen, 0}}));
}

TEST(Router, TakesTheTestTrafficAwayBeforeTheTasksGo) {
  TwoRules there;
  const std::string test_rule = kRules + "9";
  there.rules[test_rule] = {{kBlue, 0}, {kGreen, 100}};
  ports::RoutedService with_test = kRouted;
  std::get<rollout::EcsTarget>(with_test.target).test_rule = test_rule;
  ASSERT_TRUE(there.router.ensure(with_test));
  ASSERT_TRUE(there.router.restore_split(with_test, kBack).has_value());
  EXPECT_TRUE(there.router.clear_slot(kService, Slot::B, true));
  EXPECT_EQ(there.rules.at(test_rule), (TwoRules::Groups{{kBlue, 100}, {kGreen, 0}}));
  there.rules.erase(test_rule);
  EXPECT_TRUE(there.router.clear_slot(kService, Slot::B, true));
}

TEST(Router, TakesNoAnswerForNoRule) {
  TwoRules there;
  there.refused[kFirst] = "AccessDenied";
  EXPECT_EQ(there.router.restore_split(kRouted, kBack).error().kind, ErrorKind::Denied);
  EXPECT_EQ(there.rules.at(kSecond), (TwoRules::Groups{{kBlue, 100}, {kGreen, 0}}));
  there.refused.clear();
  EXPECT_TRUE(there.router.restore_split(kRouted, kBack).has_value());
}

}  // namespace
}  // namespace sluice::aws
