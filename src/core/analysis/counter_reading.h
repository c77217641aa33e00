// Counters that a source of aggregates keeps, as they stand at a moment, and what they rose by between two moments.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/analysis/metric_series.h"
#include "core/analysis/metric_source.h"
#include "core/analysis/rank_histogram.h"

namespace sluice::analysis {

/// One series of a query's answer.
struct CounterSample {
  double value = 0;
  std::string edge;  ///< Of a histogram's bucket (`le`); empty where the series has none.
  friend bool operator==(const CounterSample&, const CounterSample&) = default;
};

/// One colour's counters at a moment.
struct CounterReading {
  struct Bucket {
    double milliseconds = 0;  ///< Its upper edge; infinite for the last one.
    double count = 0;         ///< Of all requests up to it.
  };
  std::optional<double> requests;  ///< Nothing while there is no such series.
  double events = 0;               ///< A series that is absent has not counted any.
  std::vector<Bucket> buckets;     ///< By rising edges.
};

/// Errors: NotFound (a value that is no number says nothing), InvalidInput (several series where one was meant, a
/// counter below 0, a bucket without an edge): what must be mended is in the query, which is named.
Result<CounterReading> read_counts(const std::vector<CounterSample>& events,
                                   const std::vector<CounterSample>& requests);
Result<CounterReading> read_buckets(const std::vector<CounterSample>& buckets, double unit_milliseconds);

/// What was counted from one reading to a later one, rounded to whole requests; `start` becomes the slot's. For BLUE
/// what lies between two edges is taken to be slow, for GREEN fast (rank_histogram.h). Error: NotFound, when a series
/// was absent, or fell (its counter was reset): then nothing is known of the time between.
Result<MetricSlot> increase(const CounterReading& before, const CounterReading& after, TimePoint start,
                            Between between);

}  // namespace sluice::analysis
