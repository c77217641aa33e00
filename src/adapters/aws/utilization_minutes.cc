#include "adapters/aws/utilization_minutes.h"

#include "adapters/aws/performance_events.h"
#include "core/analysis/slot.h"

namespace sluice::aws {
namespace {

constexpr Milliseconds kMinute = std::chrono::minutes{1};

void add(analysis::Utilization& sum, const analysis::Utilization& sample) {
  sum.reserved += sample.reserved;
  sum.used += sample.used;
}

}  // namespace

void UtilizationMinutes::take(TimePoint from, TimePoint until, const std::vector<LogEvent>& events) {
  for (TimePoint at = from; at < until; at += kMinute) minutes_[at] = {};
  for (const LogEvent& event : events) {
    const auto minute = minutes_.find(std::chrono::floor<std::chrono::minutes>(event.at));
    if (event.at < from || event.at >= until || minute == minutes_.end()) continue;
    const auto sample = read_task_sample(event.text);
    if (!sample) continue;
    add(minute->second.cpu, sample->cpu);
    add(minute->second.memory, sample->memory);
  }
  minutes_.erase(minutes_.begin(), minutes_.lower_bound(until - kLogMinutesKept));
}

std::vector<ports::UtilizationSlot> UtilizationMinutes::slots(TimePoint from) const {
  std::vector<ports::UtilizationSlot> slots;
  for (auto minute = minutes_.lower_bound(from); minute != minutes_.end(); ++minute) {
    const auto& [start, sums] = *minute;
    slots.push_back({.start = start, .cpu = sums.cpu, .memory = sums.memory});
    for (TimePoint at = start + analysis::kSlotLength; at < start + kMinute; at += analysis::kSlotLength) {
      slots.push_back({.start = at});
    }
  }
  return slots;
}

}  // namespace sluice::aws
