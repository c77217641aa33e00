#include "core/analysis/sequential_sentence.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::analysis {
namespace {

TEST(SequentialSentence, TellsErrorsOfBothColours) {
  EXPECT_EQ(describe(MetricEvidence{
                .name = "errors", .log_evidence = std::log(200.5), .window = {.green = {103, 6}, .blue = {930, 1}}}),
            "GREEN answers 5xx to 5.8% of requests, BLUE to 0.1% (6 of 103 against 1 of 930); were GREEN no worse than "
            "allowed, evidence this strong would come in fewer than 1 of 200 deployments");
}

TEST(SequentialSentence, RoundsTheStrengthOfEvidenceDown) {
  const auto strength = [](double log_evidence) {
    const std::string text = describe(MetricEvidence{.name = "errors", .log_evidence = log_evidence});
    return text.substr(text.rfind("1 of"));
  };
  EXPECT_EQ(strength(std::log(9.9)), "1 of 9 deployments");
  EXPECT_EQ(strength(std::log(1399)), "1 of 1300 deployments");
  EXPECT_EQ(strength(1000), "1 of 1 million deployments");
}

TEST(SequentialSentence, TellsThatThereIsNoEvidence) {
  EXPECT_EQ(
      describe(MetricEvidence{.name = "errors", .log_evidence = -2, .window = {.green = {103, 0}}}),
      "GREEN answers 5xx to 0% of requests, BLUE to 0% (0 of 103 against 0 of 0); nothing says that this is worse "
      "than allowed");
}

TEST(SequentialSentence, TellsLatenciesWithQuantilesOfBoth) {
  EXPECT_EQ(describe(MetricEvidence{.name = "latency",
                                    .kind = SequentialKind::Latency,
                                    .log_evidence = std::log(250),
                                    .window = {.green = {52, 40}, .blue = {469, 231}},
                                    .quantiles = {{0.5, 1080, 331}, {0.95, 4030, 1220.4}},
                                    .blue_slower_than = 331,
                                    .green_slower_than = 419}),
            "GREEN's latencies against BLUE's: p50 1.1s against 331ms, p95 4s against 1.2s (40 of 52 took longer than "
            "419ms; BLUE: 231 of 469 longer than 331ms); were GREEN no worse than allowed, evidence this strong would "
            "come in fewer than 1 of 250 deployments");
  EXPECT_EQ(describe(MetricEvidence{.name = "latency", .kind = SequentialKind::Latency}),
            "GREEN's latencies against BLUE's: not known yet; nothing says that this is worse than allowed");
}

TEST(SequentialSentence, TellsTheErrorLog) {
  MetricEvidence evidence{.name = "error_log", .log_evidence = 5, .window = {.green = {100, 20}, .blue = {900, 3}}};
  EXPECT_TRUE(describe(evidence).starts_with("GREEN logs errors in 20% of requests, BLUE in 0.3% (20 of 100 against"));
  evidence.kind = SequentialKind::Count;
  EXPECT_TRUE(describe(evidence).starts_with("GREEN logs 20 error lines in 100 requests, BLUE 3 in 900; were"));
}

TEST(SequentialSentence, TellsAMetricOfTheUsersByItsName) {
  MetricEvidence evidence{
      .name = "payments refused", .log_evidence = 5, .window = {.green = {100, 20}, .blue = {900, 9}}};
  EXPECT_TRUE(describe(evidence).starts_with("payments refused is 20% on GREEN, 1% on BLUE (20 of 100 against 9 of"));
  evidence.kind = SequentialKind::Count;
  EXPECT_TRUE(describe(evidence).starts_with("payments refused is 20 in 100 on GREEN, 9 in 900 on BLUE; were"));
  evidence.kind = SequentialKind::Latency;
  EXPECT_TRUE(describe(evidence).starts_with("GREEN's payments refused against BLUE's: not known yet; were"));
}

TEST(SequentialSentence, SaysThatTheHistoricalTestLooksAtThePast) {
  EXPECT_TRUE(
      describe(
          MetricEvidence{
              .name = "errors", .historical = true, .log_evidence = 9, .window = {.green = {400, 21}}, .allowed = 0.01})
          .starts_with("GREEN answers 5xx to 5.2% of requests (21 of 400) with all the traffic; BLUE's past "
                       "allows 1%; were"));
}

TEST(SequentialSentence, TellsTheBoundRoundedUp) {
  EXPECT_EQ(describe_bound(0.00201, 0.05),
            "GREEN answers 5xx to at most 0.3 points more of its requests than BLUE, on average over this traffic step "
            "(95% sure)");
  EXPECT_EQ(describe_bound(-0.0206, 0.01),
            "GREEN answers 5xx to at least 2 points fewer of its requests than BLUE, on average over this traffic step "
            "(99% sure)");
  EXPECT_TRUE(describe_bound(7, 0.05).starts_with("GREEN answers 5xx to at most 100 points more"));
}

TEST(SequentialSentence, IsAboutTheMetricThatSpeaksLoudest) {
  Assessment assessment;
  EXPECT_EQ(leading(assessment, Action::Rollback), nullptr);
  assessment.metrics = {{.name = "errors", .log_evidence = 3, .log_needed = 5},
                        {.name = "latency", .log_evidence = 6, .log_needed = 5.3},
                        {.name = "error_log", .then = Action::Hold, .log_evidence = 20, .log_needed = 4.6}};
  EXPECT_EQ(leading(assessment, Action::Rollback)->name, "latency");
  EXPECT_EQ(leading(assessment, Action::Hold)->name, "error_log");
}

}  // namespace
}  // namespace sluice::analysis
