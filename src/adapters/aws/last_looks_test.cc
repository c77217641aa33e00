#include "adapters/aws/last_looks.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::aws {
namespace {

using namespace std::chrono_literals;

struct SettableClock final : ports::Clock {
  TimePoint now() const override { return at; }
  TimePoint at{std::chrono::hours{1000}};
};

class Looks : public testing::Test {
 protected:
  /// As one who wants to know each second: how often the world is read while `span` passes.
  int reads_during(Milliseconds span) {
    int reads = 0;
    for (const TimePoint end = clock_.at + span; clock_.at < end; clock_.at += 1s) {
      if (looks_.recent("service")) continue;
      looks_.saw("service", 7);
      ++reads;
    }
    return reads;
  }
  SettableClock clock_;
  LastLooks<std::string, int> looks_{clock_};
};

TEST_F(Looks, CostEverLessWhileNothingChanges) {
  EXPECT_LE(reads_during(3min), 7);
  EXPECT_LE(reads_during(1h), 40);
  EXPECT_LE(reads_during(24h), 40);
  EXPECT_LE(reads_during(24h), 9);
  EXPECT_EQ(reads_during(1h), 0) << "it was looked at within a tenth of two days";
}

TEST_F(Looks, ComeOftenAgainAfterAChange) {
  reads_during(24h);
  looks_.saw("service", 8);
  EXPECT_GE(reads_during(3min), 5);
  reads_during(24h);
  looks_.saw("service", 8, true);
  EXPECT_GE(reads_during(3min), 5) << "it was touched, and looks as before";
}

TEST_F(Looks, KnowNothingOfWhatWasForgotten) {
  looks_.saw("service", 7);
  EXPECT_EQ(looks_.recent("service"), 7);
  looks_.forget("service");
  EXPECT_FALSE(looks_.recent("service"));
  EXPECT_FALSE(looks_.recent("another"));
}

}  // namespace
}  // namespace sluice::aws
