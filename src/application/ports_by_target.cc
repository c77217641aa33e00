#include "application/ports_by_target.h"

#include <fmt/format.h>

namespace sluice::application {
namespace {

using rollout::ServiceKey;

}  // namespace

// --- fleet

ports::Fleet& FleetByTarget::of(const ServiceKey& service) const { return fleets_.of(targets_.of(service)); }

Result<std::vector<ports::Replica>> FleetByTarget::start(const ports::FleetStart& request, std::stop_token stop) {
  return of(request.service).start(request, stop);
}

Result<std::vector<ports::Replica>> FleetByTarget::observe(const ServiceKey& service, const std::string& revision_id) {
  return of(service).observe(service, revision_id);
}

Result<ports::Replica> FleetByTarget::restart(const ports::FleetStart& request, int index, std::stop_token stop) {
  return of(request.service).restart(request, index, stop);
}

Status FleetByTarget::stop(const ServiceKey& service, const std::string& revision_id, Milliseconds grace) {
  return of(service).stop(service, revision_id, grace);
}

Status FleetByTarget::run_once(const ports::FleetStart& request, const std::vector<std::string>& argv,
                               const std::string& token, Milliseconds within, std::stop_token stop) {
  return of(request.service).run_once(request, argv, token, within, stop);
}

Result<std::vector<std::string>> FleetByTarget::log_tail(const ServiceKey& service, const std::string& revision_id,
                                                         int lines) {
  return of(service).log_tail(service, revision_id, lines);
}

Result<std::vector<std::pair<ServiceKey, std::string>>> FleetByTarget::list() {
  std::vector<std::pair<ServiceKey, std::string>> all;
  std::optional<Error> failed;
  bool was_told = false;
  for (ports::Fleet* const fleet :
       {&fleets_.machine, &fleets_.ecs, &fleets_.lambda, &fleets_.gateway, &fleets_.flags}) {
    auto listed = fleet->list();
    if (!listed) {
      if (!failed) failed = std::move(listed.error());
      continue;
    }
    was_told = true;
    all.insert(all.end(), listed->begin(), listed->end());
  }
  if (!was_told) return std::move(*failed);
  return all;
}

Result<std::optional<ports::Serving>> FleetByTarget::serving(const ServiceKey& service,
                                                             const rollout::Revision& wanted) {
  TRY_ASSIGN(auto found, fleets_.of(wanted.target).serving(service, wanted));
  if (std::holds_alternative<rollout::MachineTarget>(wanted.target)) return found;
  targets_.learn_if_new(service, wanted.target);
  if (!targets_.is_machine(service)) TRY(about_to_judge_(service, found ? found->revision.id : std::string()));
  return found;
}

// --- router

ports::TrafficRouter& RouterByTarget::of(const ServiceKey& service) const { return routers_.of(targets_.of(service)); }

Status RouterByTarget::ensure(const ports::RoutedService& service) {
  targets_.learn(service.service, service.target);
  return of(service.service).ensure(service);
}

Status RouterByTarget::set_endpoints(const ServiceKey& service, rollout::Slot slot,
                                     const std::vector<ports::Endpoint>& own,
                                     const std::vector<ports::Endpoint>& fallback) {
  return of(service).set_endpoints(service, slot, own, fallback);
}

Status RouterByTarget::set_split(const ServiceKey& service, const rollout::TrafficSplit& split) {
  return of(service).set_split(service, split);
}

Result<std::vector<std::string>> RouterByTarget::restore_split(const ports::RoutedService& service,
                                                               const rollout::TrafficSplit& split) {
  targets_.learn(service.service, service.target);
  return of(service.service).restore_split(service, split);
}

Result<rollout::TrafficSplit> RouterByTarget::read_split(const ServiceKey& service) {
  return of(service).read_split(service);
}

Result<ports::OpenSessions> RouterByTarget::open_sessions(const ServiceKey& service, rollout::Slot slot) {
  return of(service).open_sessions(service, slot);
}

Status RouterByTarget::clear_slot(const ServiceKey& service, rollout::Slot slot, bool cut) {
  return of(service).clear_slot(service, slot, cut);
}

Result<RouterByTarget::Entrance> RouterByTarget::entrance(const ServiceKey& service, const rollout::Slot* slot) {
  return of(service).entrance(service, slot);
}

// --- telemetry

ports::Telemetry& TelemetryByTarget::of(const ServiceKey& service) const {
  return telemetries_.of(targets_.of(service));
}

Result<ports::Measurements> TelemetryByTarget::read(const ServiceKey& service, rollout::Slot slot,
                                                    TimePoint from) const {
  return of(service).read(service, slot, from);
}

Result<std::vector<ports::BadAnswer>> TelemetryByTarget::first_bad_answers(const ServiceKey& service,
                                                                           rollout::Slot slot, TimePoint from,
                                                                           int most) const {
  return of(service).first_bad_answers(service, slot, from, most);
}

Result<analysis::NotedSpan> TelemetryByTarget::notes(const ServiceKey& service, rollout::Slot slot, TimePoint from,
                                                     TimePoint to) const {
  return of(service).notes(service, slot, from, to);
}

void TelemetryByTarget::count_answers(const ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) {
  of(service).count_answers(service, metrics);
}

Result<std::vector<analysis::MetricSlot>> TelemetryByTarget::read_metric(const ServiceKey& service, rollout::Slot slot,
                                                                         std::size_t metric, TimePoint from) const {
  return of(service).read_metric(service, slot, metric, from);
}

// --- log

ports::ServiceLog& ServiceLogByTarget::of(const ServiceKey& service) const { return logs_.of(targets_.of(service)); }

Result<std::vector<ports::LogSlot>> ServiceLogByTarget::read(const ServiceKey& service, const std::string& revision_id,
                                                             TimePoint from) const {
  return of(service).read(service, revision_id, from);
}

Result<std::vector<ports::ErrorLine>> ServiceLogByTarget::first_error_lines(const ServiceKey& service,
                                                                            const std::string& revision_id,
                                                                            TimePoint from, int most) const {
  return of(service).first_error_lines(service, revision_id, from, most);
}

void ServiceLogByTarget::count_fields(const ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) {
  of(service).count_fields(service, metrics);
}

Result<std::vector<analysis::MetricSlot>> ServiceLogByTarget::read_metric(const ServiceKey& service,
                                                                          const std::string& revision_id,
                                                                          std::size_t metric, TimePoint from) const {
  return of(service).read_metric(service, revision_id, metric, from);
}

Result<std::vector<ports::UtilizationSlot>> ServiceLogByTarget::read_utilization(const ServiceKey& service,
                                                                                 const std::string& revision_id,
                                                                                 TimePoint from) const {
  return of(service).read_utilization(service, revision_id, from);
}

Status ServiceLogByTarget::look_at_utilization(const ServiceKey& service, const std::string& revision_id,
                                               const std::stop_token& stop) {
  return of(service).look_at_utilization(service, revision_id, stop);
}

}  // namespace sluice::application
