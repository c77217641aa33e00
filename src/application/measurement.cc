#include "application/measurement.h"

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

}  // namespace

Result<ports::Measurements> measure(const MeasurementSources& sources, const rollout::Plan& plan,
                                    rollout::Colour colour, TimePoint from) {
  auto measurements = sources.telemetry.read(plan.service, slot_of(plan, colour), from);
  const rollout::Revision* revision = revision_of(plan, colour);
  if (!measurements || revision == nullptr) return measurements;
  const auto log = sources.service_log.read(plan.service, revision->id, from);
  if (log) add_log(measurements->slots, *log);
  return measurements;
}

}  // namespace sluice::application
