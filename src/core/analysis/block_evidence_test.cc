// The evidence of single blocks, of both families: against values computed with 60 digits, and its expectation.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>

#include "core/analysis/bernoulli_block.h"
#include "core/analysis/exact_chances.h"
#include "core/analysis/one_arm_process.h"
#include "core/analysis/poisson_block.h"

namespace sluice::analysis {
namespace {

const SequentialSettings kSettings;

SequentialMetric metric_of(double ratio, double slack, SequentialKind kind = SequentialKind::Ratio) {
  return {.name = "m", .kind = kind, .ratio = ratio, .slack = slack};
}

PerAlternative evidence(bool is_poisson, double ratio, double slack, double blue, const BlockCounts& counts) {
  if (is_poisson) {
    PoissonBlock block(kSettings, metric_of(ratio, slack, SequentialKind::Count));
    block.fix(blue);
    return block.log_evidence(counts);
  }
  BernoulliBlock block(kSettings, metric_of(ratio, slack));
  block.fix(blue);
  return block.log_evidence(counts);
}

TEST(BlockEvidence, IsWhatSixtyDigitsGive) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/data/analysis/blocks.txt");
  std::string line;
  std::getline(file, line);
  int lines = 0;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string family;
    double ratio = 0, slack = 0, blue = 0;
    BlockCounts counts;
    fields >> family >> ratio >> slack >> blue >> counts.green.requests >> counts.green.events >>
        counts.blue.requests >> counts.blue.events;
    const PerAlternative found = evidence(family == "poisson", ratio, slack, blue, counts);
    const auto requests = static_cast<double>(counts.green.requests + counts.blue.requests);
    for (std::size_t i = 0; i < kAlternatives; ++i) {
      double expected = NAN;
      fields >> expected;
      // Sums of terms that are as large as the counts: each of them is good to about 15 digits.
      EXPECT_NEAR(found[i], expected, 1e-12 * std::abs(expected) + 3e-15 * requests + 1e-13) << line << " #" << i;
    }
    ASSERT_TRUE(fields) << line;
    ++lines;
  }
  EXPECT_GE(lines, 300);
}

TEST(BlockEvidence, IsNothingWithoutRequestsOfBothColours) {
  for (const bool is_poisson : {false, true}) {
    EXPECT_EQ(evidence(is_poisson, 1.5, 0, 0.01, {.green = {5, 5}}), PerAlternative{});
    EXPECT_EQ(evidence(is_poisson, 1.5, 0, 0.01, {.blue = {5, 5}}), PerAlternative{});
  }
}

TEST(BlockEvidence, IsNothingWhereNearlyEverythingIsAllowed) {
  EXPECT_EQ(evidence(false, 1.5, 0, 0.7, {.green = {10, 10}, .blue = {10, 0}}), PerAlternative{});
}

TEST(BlockEvidence, StaysFiniteAtTheEdges) {
  for (const double blue : {0.0, 1e-6, 0.5, 0.6, 1.0}) {
    for (const std::int64_t requests : {std::int64_t{1}, std::int64_t{1'000'000'000}}) {
      for (const std::int64_t green : {std::int64_t{0}, requests}) {
        for (const std::int64_t other : {std::int64_t{0}, requests}) {
          for (const bool is_poisson : {false, true}) {
            const BlockCounts counts{.green = {requests, green}, .blue = {requests, other}};
            for (const double value : evidence(is_poisson, 1.5, 0, blue, counts)) EXPECT_TRUE(std::isfinite(value));
          }
        }
      }
    }
  }
}

double rate() { return *rc::gen::element(0.0, 1e-5, 0.001, 0.01, 0.05, 0.2, 0.5, 0.9, 1.0); }

/// Every outcome of a block under rates of the null hypothesis, BLUE's guessed rate right or wrong.
RC_GTEST_PROP(BlockEvidence, ExpectsAtMostOneWhileGreenIsNoWorseThanAllowed, ()) {
  const double ratio = *rc::gen::element(0.5, 1.0, 1.5, 5.0);
  const double slack = *rc::gen::element(0.0, 0.0025, 0.01, 0.2);
  const double guess = rate();
  const double blue = rate();
  const double green = std::min(1.0, ratio * blue + slack) * *rc::gen::element(0.0, 0.5, 1.0);
  const std::int64_t green_requests = *rc::gen::inRange(1, 12);
  const std::int64_t blue_requests = *rc::gen::inRange(1, 25);
  PerAlternative expectation{};
  for (std::int64_t kg = 0; kg <= green_requests; ++kg) {
    for (std::int64_t kb = 0; kb <= blue_requests; ++kb) {
      const double chance = binomial(green_requests, kg, green) * binomial(blue_requests, kb, blue);
      if (chance == 0) continue;
      const PerAlternative logs =
          evidence(false, ratio, slack, guess, {.green = {green_requests, kg}, .blue = {blue_requests, kb}});
      for (std::size_t i = 0; i < kAlternatives; ++i) expectation[i] += chance * std::exp(logs[i]);
    }
  }
  for (const double value : expectation) RC_ASSERT(value <= 1 + 1e-9);
}

RC_GTEST_PROP(BlockEvidence, OfCountsExpectsAtMostOneWhileGreenIsNoWorseThanAllowed, ()) {
  const double ratio = *rc::gen::element(0.5, 1.0, 5.0);
  const double slack = *rc::gen::element(0.0, 0.01, 0.2);
  const double guess = *rc::gen::element(0.001, 0.05, 0.5);
  const double blue = *rc::gen::element(0.0, 0.001, 0.05, 0.3);
  const double green = (ratio * blue + slack) * *rc::gen::element(0.0, 0.5, 1.0);
  const std::int64_t green_requests = *rc::gen::inRange(1, 6);
  const std::int64_t blue_requests = *rc::gen::inRange(1, 12);
  PerAlternative expectation{};
  // D = 8 multiplies a rate by 3000, so far tails weigh in; the sum is from below, and ends where chance underflows.
  for (std::int64_t kg = 0; kg <= 150; ++kg) {
    for (std::int64_t kb = 0; kb <= 60; ++kb) {
      const double chance = poisson(green * static_cast<double>(green_requests), kg) *
                            poisson(blue * static_cast<double>(blue_requests), kb);
      if (chance == 0) continue;
      const PerAlternative logs =
          evidence(true, ratio, slack, guess, {.green = {green_requests, kg}, .blue = {blue_requests, kb}});
      for (std::size_t i = 0; i < kAlternatives; ++i) expectation[i] += chance * std::exp(logs[i]);
    }
  }
  for (const double value : expectation) RC_ASSERT(value <= 1 + 1e-9);
}

/// The bound is tight where it should be: on the null hypothesis' edge, with one request of each, it is nearly reached.
TEST(BlockEvidence, WastesLittleOnTheEdgeOfTheNullHypothesis) {
  const double blue = 0.01;
  PerAlternative expectation{};
  for (std::int64_t kg = 0; kg <= 1; ++kg) {
    for (std::int64_t kb = 0; kb <= 1; ++kb) {
      const PerAlternative logs = evidence(false, 1.5, 0, blue, {.green = {1, kg}, .blue = {1, kb}});
      for (std::size_t i = 0; i < kAlternatives; ++i) {
        expectation[i] += binomial(1, kg, 1.5 * blue) * binomial(1, kb, blue) * std::exp(logs[i]);
      }
    }
  }
  EXPECT_GT(expectation[0], 0.999);
  EXPECT_LE(expectation[0], 1.0);
}

RC_GTEST_PROP(OneArmProcess, ExpectsAtMostOneUpToTheAllowedRate, ()) {
  const double allowed = *rc::gen::element(0.0025, 0.01, 0.3);
  const double green = allowed * *rc::gen::element(0.0, 0.5, 1.0);
  const std::int64_t requests = *rc::gen::inRange(1, 40);
  SequentialSettings settings;
  settings.cap = 1e6;  // Out of the way.
  double expectation = 0;
  for (std::int64_t k = 0; k <= requests; ++k) {
    OneArmProcess process(settings, SequentialKind::Ratio, allowed);
    process.invest(1);
    process.add({requests, k}, 1);
    expectation += binomial(requests, k, green) * std::exp(process.log_evidence());
  }
  RC_ASSERT(expectation <= 1 + 1e-9);
  // Each request's likelihood ratio has the expectation 1 on the edge.
  if (green == allowed) RC_ASSERT(expectation >= 1 - 1e-9);
}

}  // namespace
}  // namespace sluice::analysis
