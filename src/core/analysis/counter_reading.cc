#include "core/analysis/counter_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace sluice::analysis {
namespace {

constexpr double kMostIncrease = 4e9;  ///< What a histogram's bucket holds.

Error unknown(std::string what) { return {ErrorKind::NotFound, std::move(what)}; }
Error wrong(std::string what) { return {ErrorKind::InvalidInput, std::move(what)}; }

/// Of a query that gives one series or none.
Result<std::optional<double>> single(const std::vector<CounterSample>& samples, std::string_view query) {
  if (samples.empty()) return std::optional<double>();
  if (samples.size() > 1) {
    return wrong(fmt::format("'{}' gives {} series where one is meant: put sum() around it", query, samples.size()));
  }
  const double value = samples.front().value;
  if (!std::isfinite(value)) return unknown(fmt::format("'{}' gives {}, which is no count", query, value));
  if (value < 0) return wrong(fmt::format("'{}' gives {:g}: a counter is never below 0", query, value));
  return std::optional(value);
}

Result<double> edge_of(const std::string& text, double unit) {
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  double edge = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, edge);
  if (text.empty() || failed != std::errc{} || stop != end) {
    return wrong(fmt::format("'buckets' gives a series whose label le is '{}': keep it with sum by (le) (…)", text));
  }
  return edge * unit;
}

std::optional<double> rise(double before, double after) {
  const double risen = after - before;
  if (!(risen >= 0) || risen > kMostIncrease) return std::nullopt;
  return std::round(risen);
}

Error fell() { return unknown("its counters fell: they were reset, or a series went away"); }

/// The rise of the requests up to each edge.
Result<std::vector<double>> bucket_rises(const CounterReading& before, const CounterReading& after) {
  if (before.buckets.size() != after.buckets.size()) return unknown("its histogram has other buckets than before");
  std::vector<double> rises;
  for (std::size_t i = 0; i < after.buckets.size(); ++i) {
    if (before.buckets[i].milliseconds != after.buckets[i].milliseconds) {
      return unknown("its histogram has other buckets than before");
    }
    const auto risen = rise(before.buckets[i].count, after.buckets[i].count);
    if (!risen) return fell();
    rises.push_back(rises.empty() ? *risen : std::max(*risen, rises.back()));
  }
  return rises;
}

}  // namespace

Result<CounterReading> read_counts(const std::vector<CounterSample>& events,
                                   const std::vector<CounterSample>& requests) {
  CounterReading reading;
  TRY_ASSIGN(reading.requests, single(requests, "requests"));
  TRY_ASSIGN(const auto counted, single(events, "events"));
  reading.events = counted.value_or(0);
  return reading;
}

Result<CounterReading> read_buckets(const std::vector<CounterSample>& buckets, double unit_milliseconds) {
  CounterReading reading;
  for (const CounterSample& sample : buckets) {
    if (!std::isfinite(sample.value))
      return unknown(fmt::format("'buckets' gives {}, which is no count", sample.value));
    if (sample.value < 0) return wrong(fmt::format("'buckets' gives {:g}: a counter is never below 0", sample.value));
    TRY_ASSIGN(const double edge, edge_of(sample.edge, unit_milliseconds));
    reading.buckets.push_back({edge, sample.value});
  }
  std::ranges::sort(reading.buckets, {}, &CounterReading::Bucket::milliseconds);
  for (std::size_t i = 1; i < reading.buckets.size(); ++i) {
    if (reading.buckets[i].milliseconds == reading.buckets[i - 1].milliseconds) {
      return wrong("'buckets' gives several series of one edge: put sum by (le) (…) around it");
    }
  }
  if (reading.buckets.empty()) return reading;
  if (std::isfinite(reading.buckets.back().milliseconds)) return wrong("'buckets' gives no series with le=\"+Inf\"");
  reading.requests = reading.buckets.back().count;
  return reading;
}

Result<MetricSlot> increase(const CounterReading& before, const CounterReading& after, TimePoint start,
                            Between between) {
  if (!before.requests || !after.requests) return unknown("there is no such series");
  MetricSlot slot{.start = start};
  if (after.buckets.empty()) {
    const auto requests = rise(*before.requests, *after.requests);
    const auto events = rise(before.events, after.events);
    if (!requests || !events) return fell();
    slot.counts = {.requests = std::llround(*requests), .events = std::llround(*events)};
    return slot;
  }
  TRY_ASSIGN(const std::vector<double> rises, bucket_rises(before, after));
  const double total = rises.back();
  std::vector<PercentileRank> ranks;
  for (std::size_t i = 0; total > 0 && i + 1 < rises.size(); ++i) {
    ranks.push_back({.milliseconds = after.buckets[i].milliseconds, .share = rises[i] / total});
  }
  TRY_ASSIGN(slot.latency, histogram_of_ranks(std::llround(total), ranks, between));
  slot.counts.requests = std::llround(total);
  return slot;
}

}  // namespace sluice::analysis
