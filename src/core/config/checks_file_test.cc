#include "core/config/checks_file.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

constexpr std::string_view kWhole = R"(version: 1
project: shop
strategy: {steps: [{weight: 10%, bake: 4m}, {weight: 50%, bake: 2m}, {weight: 100%}]}
services:
  web: {image: web, analysis: {alpha: 0.5%}}
  api: {image: api, route: {path: /api}, analysis: off}
environments:
  local: {}
  edge: {listen: "127.0.0.1:20081", analysis: {errors: {margin: 3x}}}
alarms: {http_5xx: {metric: error_rate, above: 2%}}
analysis: {errors: {margin: 2x, floor: 0.5%}}
)";

std::string told(const ParsedChecks& parsed) {
  std::string text;
  for (const Finding& finding : parsed.findings) text += to_string(finding) + "\n";
  return text;
}

TEST(ChecksFile, ReadsAFileThatHoldsNothingButChecks) {
  const auto parsed = parse_checks(
      "alarms: {http_5xx: {metric: error_rate, above: 1%, every: 5s}}\n"
      "analysis: {alpha: 2%, errors: {margin: 2x}, latency: off}\n",
      "checks.yaml", "", "");
  ASSERT_TRUE(parsed.checks) << told(parsed);
  ASSERT_EQ(parsed.checks->alarms.size(), 1U);
  EXPECT_EQ(parsed.checks->alarms[0].name, "http_5xx");
  EXPECT_EQ(parsed.checks->analysis->sequential.alpha, 0.02);
  EXPECT_EQ(parsed.checks->analysis->sequential.errors.ratio, 2);
  EXPECT_EQ(parsed.checks->analysis->sequential.latency.share, 0);
}

TEST(ChecksFile, IsTheDefaultsWhenItSaysNothing) {
  const auto parsed = parse_checks("analysis: {}\n", "checks.yaml", "", "");
  ASSERT_TRUE(parsed.checks) << told(parsed);
  EXPECT_TRUE(parsed.checks->alarms.empty());
  EXPECT_EQ(parsed.checks->analysis->sequential.planned, std::chrono::minutes{8});
}

TEST(ChecksFile, TakesTheChecksOfOneServiceOfAWholeFile) {
  const auto web = parse_checks(kWhole, "sluice.yaml", "", "web");
  ASSERT_TRUE(web.checks) << told(web);
  EXPECT_EQ(web.checks->analysis->sequential.alpha, 0.005);
  EXPECT_EQ(web.checks->analysis->sequential.errors.ratio, 2);
  EXPECT_EQ(web.checks->analysis->sequential.errors.floor, 0.005);
  EXPECT_EQ(web.checks->analysis->sequential.planned, std::chrono::minutes{6});
  EXPECT_EQ(web.checks->alarms.size(), 1U);
  const auto edge = parse_checks(kWhole, "sluice.yaml", "edge", "web");
  ASSERT_TRUE(edge.checks) << told(edge);
  EXPECT_EQ(edge.checks->analysis->sequential.errors.ratio, 3);
  EXPECT_EQ(edge.checks->analysis->sequential.errors.floor, 0.005);
  const auto api = parse_checks(kWhole, "sluice.yaml", "", "api");
  ASSERT_TRUE(api.checks) << told(api);
  EXPECT_FALSE(api.checks->analysis.has_value());
}

TEST(ChecksFile, SaysWhichNamesThereAre) {
  EXPECT_EQ(told(parse_checks(kWhole, "f", "", "")),
            "f: error: say with --service whose checks are meant: there are web, api\n");
  EXPECT_EQ(told(parse_checks(kWhole, "f", "", "wbe")), "f: error: there is no service 'wbe': did you mean 'web'?\n");
  EXPECT_EQ(told(parse_checks(kWhole, "f", "production", "web")),
            "f: error: there is no environment 'production': there are edge, local\n");
}

TEST(ChecksFile, TellsMistakesWithTheirPlaces) {
  EXPECT_EQ(told(parse_checks("analysis: {alpha: 80%, errors: {margn: 2x}}\nalarm: {}\n", "f", "", "")),
            "f:1:33: error: 'margn' is not a key of the comparison of errors: did you mean 'margin'?\n"
            "f:2:1: error: 'alarm' is not a key of the file: did you mean 'alarms'?\n"
            "f:1:19: error: 'alpha' must lie between 1e-07% and 50%, not '80%'\n");
  EXPECT_EQ(told(parse_checks("- 1\n", "f", "", "")), "f:1:1: error: 'the file' must be a mapping, not a list\n");
}

}  // namespace
}  // namespace sluice::config
