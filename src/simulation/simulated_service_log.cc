#include "simulation/simulated_service_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::simulation {

void SimulatedServiceLog::add(const rollout::ServiceKey& service, const std::string& revision_id,
                              const ports::LogSlot& slot) {
  std::vector<ports::LogSlot>& slots = slots_[{service, revision_id}];
  if (slots.empty() || slots.back().start < slot.start) {
    slots.push_back(slot);
    return;
  }
  slots.back().error_lines += slot.error_lines;  // the revision is in both router slots
}

void SimulatedServiceLog::add_fields(const rollout::ServiceKey& service, const std::string& revision_id,
                                     const analysis::MetricSlot& slot) {
  std::vector<analysis::MetricSlot>& slots = fields_[{service, revision_id}];
  if (slots.empty() || slots.back().start < slot.start) {
    slots.push_back(slot);
    return;
  }
  slots.back().counts += slot.counts;  // the revision is in both router slots
}

Result<std::vector<analysis::MetricSlot>> SimulatedServiceLog::read_metric(const rollout::ServiceKey& service,
                                                                           const std::string& revision_id, std::size_t,
                                                                           TimePoint from) const {
  const auto found = fields_.find({service, revision_id});
  if (found == fields_.end()) return Error{ErrorKind::NotFound, fmt::format("no log of {} has been seen", revision_id)};
  const auto first = std::ranges::lower_bound(found->second, from, {}, &analysis::MetricSlot::start);
  return std::vector(first, found->second.end());
}

Result<std::vector<ports::LogSlot>> SimulatedServiceLog::read(const rollout::ServiceKey& service,
                                                              const std::string& revision_id, TimePoint from) const {
  const auto found = slots_.find({service, revision_id});
  if (found == slots_.end()) return Error{ErrorKind::NotFound, fmt::format("no log of {} has been seen", revision_id)};
  const auto first = std::ranges::lower_bound(found->second, from, {}, &ports::LogSlot::start);
  return std::vector(first, found->second.end());
}

Result<std::vector<ports::ErrorLine>> SimulatedServiceLog::first_error_lines(const rollout::ServiceKey& service,
                                                                             const std::string& revision_id,
                                                                             TimePoint from, int most) const {
  std::vector<ports::ErrorLine> lines;
  const auto slots = read(service, revision_id, from);
  if (!slots) return lines;
  for (const ports::LogSlot& slot : *slots) {
    if (slot.error_lines == 0) continue;
    if (lines.size() == static_cast<std::size_t>(most)) break;
    lines.push_back({.at = slot.start, .replica = 0, .text = "ERROR: the bug"});
  }
  return lines;
}

}  // namespace sluice::simulation
