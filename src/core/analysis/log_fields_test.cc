#include "core/analysis/log_fields.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

constexpr TimePoint kStart{Milliseconds{1'795'450'685'000}};

class LogFields : public testing::Test {
 protected:
  void count(std::string_view line, Milliseconds after = Milliseconds{0}) {
    count_log_fields(line, kStart + after, sources_, series_);
  }
  MetricSlot of(std::size_t metric, Milliseconds after = Milliseconds{0}) const {
    return series_[metric].at(kStart + after);
  }

  std::vector<MetricSource> sources_{{.field = "empty"},
                                     {.kind = SequentialKind::Count, .field = "/model/retries"},
                                     {.kind = SequentialKind::Latency, .field = "seconds", .unit_milliseconds = 1000}};
  std::vector<MetricSeries> series_{3};
};

TEST_F(LogFields, CountARatioACountAndALatency) {
  count(R"({"empty": true, "model": {"retries": 2}, "seconds": 1.5})");
  count(R"({"empty": false, "model": {"retries": 0}})", Milliseconds{50});
  count(R"({"empty": 1, "seconds": 3})", Milliseconds{100});
  EXPECT_EQ(of(0).counts, (ColourCounts{.requests = 2, .events = 1}));
  EXPECT_EQ(of(1).counts, (ColourCounts{.requests = 2, .events = 2}));
  EXPECT_EQ(of(2).latency.quantile_bucket(0.5), latency_bucket(1500));
  EXPECT_EQ(of(0, Milliseconds{100}).counts, (ColourCounts{.requests = 1, .events = 1}));
}

TEST_F(LogFields, CountNothingOfAnotherType) {
  for (
      const char* line :
      {R"({"empty": "true"})", R"({"empty": null})", R"({"empty": 2})", R"({"empty": -1})", R"({"empty": [true]})",
       R"({"model": {"retries": -1}})", R"({"model": 5})", R"({"model": {"retries": 1e300}})", R"({"seconds": "1s"})",
       R"({"seconds": true})", R"({"other": 1})", "empty=true", "{", "[]", "", "null",
       R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"empty":true}}}}}}}}}}}}}}}})"}) {
    count(line);
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(of(i), (MetricSlot{.start = kStart})) << i;
}

TEST_F(LogFields, AreForgottenInTime) {
  count(R"({"empty": true})");
  series_[0].forget_before(kStart + Milliseconds{100});
  EXPECT_EQ(of(0).counts.requests, 0);
}

}  // namespace
}  // namespace sluice::analysis
