#include "core/analysis/sequential_test.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds{1'700'000'000}};

/// A canary request by request, from one seed.
class Canary {
 public:
  explicit Canary(std::uint64_t seed, SequentialSettings settings = {})
      : random_(seed), test_(SequentialTest::create(std::move(settings)).value()) {}

  struct Rates {
    double requests_a_second = 100;
    double green_share = 0.1;
    double green_errors = 0.0005;
    double blue_errors = 0.0005;
    double green_slower = 1;  ///< Times.
  };

  Slot answers(double mean, double errors, double slower) {
    Slot slot{.start = now_};
    slot.requests = std::poisson_distribution<int>(mean)(random_);
    slot.server_errors = std::binomial_distribution<int>(static_cast<int>(slot.requests), errors)(random_);
    std::lognormal_distribution<double> latency(5.8, 0.8);
    for (int i = 0; i < slot.requests; ++i) slot.latency.add(slower * latency(random_));
    return slot;
  }

  /// Stops at a decision; the seconds that passed.
  double run(seconds length, const Rates& rates) {
    const TimePoint from = now_;
    while (now_ < from + length && test_.decision() == SequentialDecision::None) {
      const double mean = rates.requests_a_second / 10;
      const Slot green = answers(mean * rates.green_share, rates.green_errors, rates.green_slower);
      const Slot blue = answers(mean * (1 - rates.green_share), rates.blue_errors, 1);
      EXPECT_EQ(test_.observe(green, blue), Observed::Counted);
      now_ += kSlotLength;
    }
    return std::chrono::duration<double>(now_ - from).count();
  }

  void weight(int percent) { test_.weight_changed(Weight::from_basis_points(percent * 100).value()); }
  SequentialTest& test() { return test_; }

 private:
  std::mt19937_64 random_;
  TimePoint now_ = kStart;
  SequentialTest test_;
};

TEST(SequentialTest, LeavesAGreenAloneThatIsLikeBlue) {
  Canary canary(1);
  canary.run(seconds{60}, {.green_share = 0});
  canary.weight(10);
  canary.run(seconds{240}, {});
  canary.weight(50);
  canary.run(seconds{240}, {.green_share = 0.5});
  EXPECT_EQ(canary.test().decision(), SequentialDecision::None);
  EXPECT_LT(canary.test().assess().log_evidence, 2);
}

TEST(SequentialTest, RollsBackAGreenThatFailsMore) {
  Canary canary(2);
  canary.run(seconds{60}, {.green_share = 0});
  canary.weight(10);
  canary.run(seconds{20}, {});
  const double took = canary.run(seconds{240}, {.green_errors = 0.2});
  EXPECT_EQ(canary.test().decision(), SequentialDecision::Rollback);
  EXPECT_LT(took, 20);
  const Assessment assessment = canary.test().assess();
  EXPECT_GE(assessment.log_evidence, assessment.log_threshold);
  ASSERT_FALSE(assessment.metrics.empty());
  EXPECT_EQ(assessment.metrics[0].name, "errors");
  EXPECT_GT(assessment.metrics[0].window.green.rate(), 0.1);
  EXPECT_GT(assessment.at_most_worse.value(), 0.0);
}

TEST(SequentialTest, RollsBackAGreenThatIsSlower) {
  Canary canary(3);
  canary.run(seconds{60}, {.green_share = 0});
  canary.weight(10);
  canary.run(seconds{240}, {.green_slower = 4});
  EXPECT_EQ(canary.test().decision(), SequentialDecision::Rollback);
}

TEST(SequentialTest, GoesOnFromItsKeptStateAsIfNothingHadHappened) {
  Canary canary(4);
  canary.run(seconds{30}, {.green_share = 0});
  canary.weight(10);
  canary.run(seconds{37}, {.green_errors = 0.003});
  const std::string kept = canary.test().serialize();
  EXPECT_LT(kept.size(), 8192U);
  auto restored = SequentialTest::parse({}, kept);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->serialize(), kept);
  Canary other = canary;
  other.test() = *std::move(restored);
  canary.run(seconds{60}, {.green_errors = 0.003});
  other.run(seconds{60}, {.green_errors = 0.003});
  EXPECT_EQ(other.test().serialize(), canary.test().serialize());
}

}  // namespace
}  // namespace sluice::analysis
