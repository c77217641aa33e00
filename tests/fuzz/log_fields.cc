// Lines of services' logs with any content, read for metrics of each kind: events are never more than requests of a
// ratio, nothing is counted below zero, and times are numbers.
#include "core/analysis/log_fields.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::analysis;
  static const std::vector<MetricSource> sources = {
      {.kind = SequentialKind::Ratio, .field = "ok"},
      {.kind = SequentialKind::Count, .field = "/n/0"},
      {.kind = SequentialKind::Latency, .field = "ms", .unit_milliseconds = 1000},
  };
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const sluice::TimePoint at{std::chrono::seconds{1'700'000'000}};
  std::vector<MetricSeries> series(sources.size());
  for (int i = 0; i < 2; ++i) count_log_fields(line, at, sources, series);
  for (const MetricSeries& one : series) {
    const MetricSlot slot = one.at(at);
    if (slot.counts.requests < 0 || slot.counts.requests > 2 || slot.counts.events < 0) std::abort();
    if (slot.latency.total() > 2) std::abort();
  }
  const ColourCounts ratio = series[0].at(at).counts;
  if (ratio.events > ratio.requests) std::abort();
  return 0;
}
