#include "core/config/starter.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "core/config/configuration.h"
#include "core/workflow/workflow.h"

namespace sluice::config {
namespace {

using Files = std::map<std::string, std::string, std::less<>>;

std::string told(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_string(finding) + "\n";
  return text;
}

TEST(Starter, SeesWhatTheDockerfileSays) {
  const auto facts = facts_of("My_Shop.git", "trunk",
                              {{"Dockerfile",
                                "FROM x\nexpose 3000/tcp\nHEALTHCHECK --interval=5s \\\n  CMD curl -f "
                                "http://localhost:3000/ready?deep=1 || exit 1\n"},
                               {"package.json", R"({"scripts": {"test": "vitest"}})"}});
  EXPECT_EQ(facts.name, "my-shop");
  EXPECT_EQ(facts.branch, "trunk");
  EXPECT_EQ(facts.port, 3000);
  EXPECT_EQ(facts.health_path, "/ready?deep=1");
  EXPECT_EQ(facts.language, Language::Node);
  EXPECT_TRUE(facts.has_tests);
}

TEST(Starter, KeepsItsDefaultsWhereItSeesNothing) {
  const auto facts = facts_of("---", std::nullopt, {{"Dockerfile", "FROM x\nEXPOSE $PORT\nHEALTHCHECK NONE\n"}});
  EXPECT_EQ(facts.name, "app");
  EXPECT_EQ(facts_of("2048", std::nullopt, {}).name, "app-2048");
  EXPECT_EQ(facts_of("True", std::nullopt, {}).name, "app-true");
  EXPECT_EQ(facts.branch, "main");
  EXPECT_EQ(facts.port, 8080);
  EXPECT_EQ(facts.health_path, "/health");
  EXPECT_FALSE(facts_of("a", std::nullopt, {{"package.json", "no json"}}).has_tests);
  EXPECT_FALSE(facts_of("a", std::nullopt, {{"requirements.txt", "flask"}}).has_tests);
  EXPECT_TRUE(facts_of("a", std::nullopt, {{"requirements.txt", "flask"}, {"tests/", ""}}).has_tests);
}

TEST(Starter, TheConfigurationHasWhatWasSeen) {
  const auto facts = facts_of("shop", std::nullopt, {{"Dockerfile", "EXPOSE 3000\n"}});
  const auto parsed = parse(starter_configuration(facts), "sluice.yaml");
  ASSERT_TRUE(parsed.configuration) << told(parsed.findings);
  EXPECT_TRUE(parsed.findings.empty()) << told(parsed.findings);
  const Environment& local = parsed.configuration->environments.at("local");
  EXPECT_EQ(local.services.at(0).name, "shop");
  EXPECT_EQ(local.services.at(0).port, 3000);
  EXPECT_EQ(local.services.at(0).alarms.size(), 2u);
}

TEST(Starter, WritesTheScanGateWhereItCanPassAndSaysHowToTurnItOnElsewhere) {
  auto facts = facts_of("shop", std::nullopt, {{"Dockerfile", "EXPOSE 3000\n"}});
  for (const bool scanner : {true, false}) {
    facts.has_scanner = scanner;
    const std::string text = starter_configuration(facts);
    const auto parsed = parse(text, "sluice.yaml");
    ASSERT_TRUE(parsed.configuration) << told(parsed.findings);
    EXPECT_TRUE(parsed.findings.empty()) << told(parsed.findings);
    EXPECT_EQ(parsed.configuration->environments.at("local").services.at(0).scan.off, !scanner);
    EXPECT_NE(text.find("scan: {block: [CRITICAL, HIGH]}"), std::string::npos) << text;
  }
}

// Whatever the repository is like, what is written passes sluice's own checks.
RC_GTEST_PROP(Starter, WritesOnlyWhatIsValid, ()) {
  const auto any_text = rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  Files files;
  for (const std::string_view name : kTellingFiles) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    const auto text =
        rc::gen::oneOf(any_text, rc::gen::element<std::string>("EXPOSE 80\nHEALTHCHECK CMD x http://a/\"'{b}: #c",
                                                               R"({"scripts": {"test": ""}})", "pytest"));
    files.emplace(name, *text);
  }
  const auto branch = *rc::gen::element<std::string>("main", "release/1.0", "it's", "a#b");
  const RepositoryFacts facts = facts_of(*any_text, branch, files);
  const auto configuration = parse(starter_configuration(facts), "sluice.yaml");
  if (!configuration.findings.empty()) RC_FAIL(told(configuration.findings));
  const auto workflow = workflow::parse_workflow(starter_workflow(facts), "deploy.yml");
  if (has_errors(workflow.findings)) RC_FAIL(told(workflow.findings));
}

TEST(Starter, TheWorkflowTestsFirstWhereThereAreTests) {
  const std::string with = starter_workflow(facts_of("a", "main", {{"go.mod", "module a"}}));
  EXPECT_NE(with.find("needs: test"), std::string::npos);
  EXPECT_NE(with.find("go test ./..."), std::string::npos);
  const std::string without = starter_workflow(facts_of("a", "main", {}));
  EXPECT_EQ(without.find("test"), std::string::npos);
}

}  // namespace
}  // namespace sluice::config
