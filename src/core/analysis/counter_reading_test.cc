#include "core/analysis/counter_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sluice::analysis {
namespace {

using testing::HasSubstr;

constexpr TimePoint kStart{Milliseconds{1'795'450'680'000}};

CounterReading counts(double events, double requests) { return read_counts({{events}}, {{requests}}).value(); }
CounterReading buckets(double first, double second, double all) {
  return read_buckets({{all, "+Inf"}, {first, "0.1"}, {second, "1"}}, 1000).value();
}

TEST(CounterReading, CountsByHowMuchItRose) {
  const auto slot = increase(counts(5, 100), counts(8, 150), kStart, Between::Fast);
  ASSERT_TRUE(slot);
  EXPECT_EQ(slot->start, kStart);
  EXPECT_EQ(slot->counts, (ColourCounts{.requests = 50, .events = 3}));
}

TEST(CounterReading, TakesAnEventThatNeverHappenedForNone) {
  const CounterReading before = read_counts({}, {{100}}).value();
  const auto slot = increase(before, counts(2, 130), kStart, Between::Fast);
  ASSERT_TRUE(slot) << "a label appears with its first event";
  EXPECT_EQ(slot->counts, (ColourCounts{.requests = 30, .events = 2}));
}

TEST(CounterReading, KnowsNothingOfATimeInWhichASeriesWasAbsentOrWasReset) {
  const CounterReading absent = read_counts({}, {}).value();
  for (const auto& [before, after] : {std::pair{absent, counts(1, 9)},
                                      {counts(1, 9), absent},
                                      {counts(5, 100), counts(0, 120)},
                                      {counts(5, 100), counts(6, 20)}}) {
    const auto slot = increase(before, after, kStart, Between::Fast);
    ASSERT_FALSE(slot);
    EXPECT_EQ(slot.error().kind, ErrorKind::NotFound) << slot.error().message;
  }
}

TEST(CounterReading, SaysNothingForWhatIsNoNumberAndRefusesWhatIsNoCounter) {
  const double nan = std::nan("");
  EXPECT_EQ(read_counts({{nan}}, {{1}}).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(read_counts({{1}}, {{std::numeric_limits<double>::infinity()}}).error().kind, ErrorKind::NotFound);
  const auto several = read_counts({{1}, {2}}, {{1}});
  EXPECT_EQ(several.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(several.error().message, HasSubstr("'events' gives 2 series where one is meant"));
  EXPECT_EQ(read_counts({{1}}, {{-1}}).error().kind, ErrorKind::InvalidInput);
}

TEST(CounterReading, ReadsAHistogramByItsEdges) {
  const auto fast = increase(buckets(10, 20, 20), buckets(40, 60, 70), kStart, Between::Fast);
  ASSERT_TRUE(fast) << fast.error().message;
  EXPECT_EQ(fast->counts.requests, 50);
  EXPECT_EQ(fast->latency.total(), 50);
  EXPECT_EQ(fast->latency.count_above(latency_bucket(100)), 10) << "those beyond 1 s; the rest may have taken 100 ms";
  const auto slow = increase(buckets(10, 20, 20), buckets(40, 60, 70), kStart, Between::Slow);
  EXPECT_EQ(slow->latency.count_above(latency_bucket(100)), 20);
}

TEST(CounterReading, RefusesAHistogramThatCannotBeReadByItsEdges) {
  EXPECT_THAT(read_buckets({{1, ""}}, 1).error().message, HasSubstr("sum by (le)"));
  EXPECT_THAT(read_buckets({{1, "0.1"}, {2, "0.1"}, {2, "+Inf"}}, 1).error().message, HasSubstr("several series"));
  EXPECT_THAT(read_buckets({{1, "0.1"}}, 1).error().message, HasSubstr("+Inf"));
  EXPECT_EQ(read_buckets({{std::nan(""), "+Inf"}}, 1).error().kind, ErrorKind::NotFound);
  const CounterReading other = read_buckets({{1, "0.2"}, {2, "+Inf"}}, 1000).value();
  EXPECT_EQ(increase(buckets(1, 2, 3), other, kStart, Between::Fast).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(increase(buckets(9, 9, 9), buckets(1, 9, 9), kStart, Between::Fast).error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace sluice::analysis
