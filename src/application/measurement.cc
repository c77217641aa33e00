#include "application/measurement.h"

#include <algorithm>

#include "application/effect_runner.h"

namespace sluice::application {
namespace {

/// Calls `add` with each slot and what was told of the same time. Both are in the order of time.
template <typename Told, typename Add>
void add_told(std::vector<analysis::Slot>& slots, const std::vector<Told>& told, Add add) {
  auto next = told.begin();
  for (analysis::Slot& slot : slots) {
    while (next != told.end() && next->start < slot.start) ++next;
    if (next == told.end()) return;
    if (next->start == slot.start) add(slot, *next);
  }
}

void add_log(analysis::Slot& slot, const ports::LogSlot& log) {
  slot.log_error_lines = log.error_lines;
  slot.requests_with_log_errors = log.requests_with_errors;
  slot.log_watched = true;
}

void add_utilization(analysis::Slot& slot, const ports::UtilizationSlot& used) {
  slot.cpu = used.cpu;
  slot.memory = used.memory;
  slot.utilization_watched = true;
}

}  // namespace

bool watches_replicas(const rollout::Plan& plan) {
  return std::ranges::any_of(plan.alarms, analysis::is_of_replicas, &analysis::Alarm::metric);
}

Result<ports::Measurements> measure(const MeasurementSources& sources, const rollout::Plan& plan,
                                    rollout::Colour colour, TimePoint from) {
  auto measurements = sources.telemetry.read(plan.service, slot_of(plan, colour), from);
  const rollout::Revision* revision = revision_of(plan, colour);
  if (!measurements || revision == nullptr) return measurements;
  const auto log = sources.service_log.read(plan.service, revision->id, from);
  if (log) add_told(measurements->slots, *log, add_log);
  if (!watches_replicas(plan)) return measurements;
  const auto used = sources.service_log.read_utilization(plan.service, revision->id, from);
  if (used) add_told(measurements->slots, *used, add_utilization);
  return measurements;
}

}  // namespace sluice::application
