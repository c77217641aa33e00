#include "application/measurement.h"

#include <algorithm>

#include "application/effect_runner.h"

namespace sluice::application {
namespace {

/// Both are in the order of time.
void add_log(std::vector<analysis::Slot>& slots, const std::vector<ports::LogSlot>& log) {
  auto next = log.begin();
  for (analysis::Slot& slot : slots) {
    while (next != log.end() && next->start < slot.start) ++next;
    if (next == log.end()) return;
    if (next->start != slot.start) continue;
    slot.log_error_lines = next->error_lines;
    slot.requests_with_log_errors = next->requests_with_errors;
    slot.log_watched = true;
  }
}

/// Likewise.
void add_utilization(std::vector<analysis::Slot>& slots, const std::vector<ports::UtilizationSlot>& used) {
  auto next = used.begin();
  for (analysis::Slot& slot : slots) {
    while (next != used.end() && next->start < slot.start) ++next;
    if (next == used.end()) return;
    if (next->start != slot.start) continue;
    slot.cpu = next->cpu;
    slot.memory = next->memory;
    slot.utilization_watched = true;
  }
}

}  // namespace

bool watches_utilization(const rollout::Plan& plan) {
  return std::ranges::any_of(plan.alarms, analysis::is_utilization, &analysis::Alarm::metric);
}

Result<ports::Measurements> measure(const MeasurementSources& sources, const rollout::Plan& plan,
                                    rollout::Colour colour, TimePoint from) {
  auto measurements = sources.telemetry.read(plan.service, slot_of(plan, colour), from);
  const rollout::Revision* revision = revision_of(plan, colour);
  if (!measurements || revision == nullptr) return measurements;
  const auto log = sources.service_log.read(plan.service, revision->id, from);
  if (log) add_log(measurements->slots, *log);
  if (!watches_utilization(plan)) return measurements;
  const auto used = sources.service_log.read_utilization(plan.service, revision->id, from);
  if (used) add_utilization(measurements->slots, *used);
  return measurements;
}

}  // namespace sluice::application
