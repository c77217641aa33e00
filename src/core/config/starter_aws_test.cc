#include "core/config/starter_aws.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

#include "core/config/configuration.h"

namespace sluice::config {
namespace {

constexpr const char* kRules =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/a/1/2/3, "
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/a/1/4/5";

std::string told(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_string(finding) + "\n";
  return text;
}

RepositoryFacts facts(const std::string& name = "shop") {
  return for_aws(facts_of(name, std::nullopt, {{"Dockerfile", "EXPOSE 3000\n"}}));
}

/// As the outputs of the infrastructure do it.
std::string filled_in(std::string text) {
  const std::pair<std::string, std::string> outputs[] = {{"region", "eu-west-1"},
                                                         {"role", "arn:aws:iam::123456789012:role/shop-sluice"},
                                                         {"registry", "123456789012.dkr.ecr.eu-west-1.amazonaws.com"},
                                                         {"rules", kRules}};
  for (const auto& [name, value] : outputs) {
    const std::string placeholder = std::string(kPlaceholder) + name;
    for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += value.size()) {
      text.replace(at, placeholder.size(), value);
    }
  }
  return text;
}

std::string file(const RepositoryFacts& of, const std::string& name) {
  for (const StarterFile& one : starter_infrastructure(of)) {
    if (one.path == "infrastructure/" + name) return one.text;
  }
  ADD_FAILURE() << "no " << name;
  return "";
}

TEST(StarterForAws, ItsNameFitsATargetGroupAndARepository) {
  EXPECT_EQ(facts("a").name, "app-a");
  EXPECT_EQ(facts("orchestrator-of-the-whole-shop").name, "orchestrator-of-the-whole");
  EXPECT_LE((facts(std::string(60, 'x')).name + "-green").size(), 32u);
}

TEST(StarterForAws, TheConfigurationIsRightOnceItIsFilledIn) {
  const auto parsed = parse(filled_in(starter_configuration_for_aws(facts())), "sluice.yaml");
  ASSERT_TRUE(parsed.configuration) << told(parsed.findings);
  EXPECT_TRUE(parsed.findings.empty()) << told(parsed.findings);
  const Environment& production = parsed.configuration->environments.at("production");
  EXPECT_TRUE(production.is_aws);
  const auto& target = std::get<rollout::EcsTarget>(production.services.at(0).target);
  EXPECT_EQ(target.target_groups, (std::vector<std::string>{"shop-blue", "shop-green"}));
  EXPECT_EQ(target.rules.size(), 2u);
  EXPECT_EQ(production.services.at(0).alarms.size(), 4u);
}

TEST(StarterForAws, WhatIsNotFilledInIsToldWithWhatBelongsThere) {
  const auto parsed = parse(starter_configuration_for_aws(facts()), "sluice.yaml");
  EXPECT_FALSE(parsed.configuration);
  EXPECT_EQ(parsed.findings.size(), 4u) << told(parsed.findings);
  for (const char* output : {"registry", "region", "role", "rules"}) {
    EXPECT_NE(told(parsed.findings).find("the output '" + std::string(output) + "' of infrastructure/ belongs here"),
              std::string::npos)
        << output;
  }
}

TEST(StarterForAws, TheInfrastructureHasWhatWasSeen) {
  EXPECT_EQ(starter_infrastructure(facts()).size(), 8u);
  EXPECT_NE(file(facts(), "variables.tf").find("default     = 3000"), std::string::npos);
  EXPECT_NE(file(facts(), "cloudformation.yaml").find("Default: 3000"), std::string::npos);
  EXPECT_NE(file(facts(), "cloudformation.yaml").find("Default: \"/health\""), std::string::npos);
}

TEST(StarterForAws, TextsOfTheRepositoryStayTextsInBothLanguages) {
  RepositoryFacts odd = facts();
  odd.health_path = R"(/"a\${b}%{c}@PORT@)";
  odd.branch = "it's";
  EXPECT_NE(file(odd, "variables.tf").find(R"(default     = "/\"a\\$${b}%%{c}@PORT@")"), std::string::npos);
  EXPECT_NE(file(odd, "cloudformation.yaml").find(R"(Default: "/\"a\\${b}%{c}@PORT@")"), std::string::npos);
  EXPECT_NE(file(odd, "cloudformation.yaml").find(R"(Default: "it's")"), std::string::npos);
  odd.branch = "a${b}";
  EXPECT_NE(file(odd, "cloudformation.yaml").find(R"(Default: "main")"), std::string::npos) << "nobody trusts that one";
}

TEST(StarterForAws, TheStackPolicyNamesResourcesOfTheTemplate) {
  const std::string stack = file(facts(), "cloudformation.yaml");
  const boost::json::value policy = boost::json::parse(file(facts(), "stack-policy.json"));
  int denied = 0;
  for (const boost::json::value& statement : policy.at("Statement").as_array()) {
    if (statement.at("Effect") != "Deny") continue;
    for (const boost::json::value& resource : statement.at("Resource").as_array()) {
      const std::string name(resource.as_string().subview(std::string_view("LogicalResourceId/").size()));
      EXPECT_NE(stack.find("\n  " + name + ":\n    Type: "), std::string::npos) << name;
      ++denied;
    }
  }
  EXPECT_EQ(denied, 9);
}

// Whatever the repository is like.
RC_GTEST_PROP(StarterForAws, WritesOnlyWhatIsValid, ()) {
  const auto folder = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  const auto dockerfile = *rc::gen::element<std::string>("", "EXPOSE 80\nHEALTHCHECK CMD x http://a/\\x{b}: #c");
  const RepositoryFacts seen = for_aws(facts_of(folder, "trunk", {{"Dockerfile", dockerfile}}));
  const auto parsed = parse(filled_in(starter_configuration_for_aws(seen)), "sluice.yaml");
  if (!parsed.findings.empty()) RC_FAIL(told(parsed.findings));
  for (const StarterFile& one : starter_infrastructure(seen)) {
    for (const char* left : {"@NAME@", "@PORT@", "@HEALTH_PATH@", "@BRANCH@"}) {
      RC_ASSERT(one.text.find(left) == std::string::npos);
    }
  }
}

}  // namespace
}  // namespace sluice::config
