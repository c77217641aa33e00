#include "simulation/simulated_telemetry.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::simulation {
namespace {

/// Takes the whole number out of what is due.
std::int64_t take_whole(double& due) {
  const auto whole = static_cast<std::int64_t>(due);
  due -= static_cast<double>(whole);
  return whole;
}

/// How many come where `mean` are expected (Knuth's product of uniform numbers, for small means).
std::int64_t poisson(Chance& chance, double mean) {
  constexpr double kUnit = 1e9;
  const double least = std::exp(-mean);
  std::int64_t count = 0;
  for (double product = 1;; ++count) {
    product *= static_cast<double>(chance.between(1, static_cast<std::int64_t>(kUnit))) / kUnit;
    if (product <= least) return count;
  }
}

std::int64_t binomial(Chance& chance, std::int64_t requests, double share) {
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < requests; ++i) count += chance.happens(share) ? 1 : 0;
  return count;
}

}  // namespace

void SimulatedTelemetry::begin(const rollout::ServiceKey& service, int requests_per_second,
                               std::optional<Chance> chance) {
  const bool counts_already = !services_.empty();
  services_[service].requests_per_second = requests_per_second;
  services_[service].chance = chance;
  if (counts_already) return;
  const auto since_epoch = world_.now().time_since_epoch();
  const TimePoint next{since_epoch - since_epoch % analysis::kSlotLength + analysis::kSlotLength};
  world_.executor.in_world(next, [this] { tick(); });
}

void SimulatedTelemetry::disturb(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint until,
                                 double error_share) {
  services_[service].sides[index_of(slot)].disturbance = {until, error_share};
}

void SimulatedTelemetry::tick() {
  world_.executor.in_world(world_.now() + analysis::kSlotLength, [this] { tick(); });
  for (auto& [service, counted] : services_) {
    if (const SimulatedRouter::Routed* routed = router_.find(service)) look(counted, *routed);
  }
  if (world_.now() < blind_until_) return;
  for (auto& [service, counted] : services_) tick(service, counted);
}

/// What both sides are like at this moment, whoever counts.
void SimulatedTelemetry::look(Counted& counted, const SimulatedRouter::Routed& routed) {
  for (const rollout::Slot slot : kSlots) {
    Side& side = counted.sides[index_of(slot)];
    side.error_share = error_share(side, routed, slot);
    const auto& own = routed.own[index_of(slot)];
    const Quality quality = own.empty() ? Quality{} : world_.quality(fleet_.revision_at(own.front().port));
    side.answers_in = quality.answers_in;
    side.log_errors = quality.log_errors;
  }
  for (const rollout::Slot slot : kSlots) {
    Side& side = counted.sides[index_of(slot)];
    const Side& other = counted.sides[1 - index_of(slot)];
    const bool is_worse = side.error_share > other.error_share || side.answers_in > other.answers_in ||
                          side.log_errors > other.log_errors;
    if (is_worse && share_of(routed.split, slot) != Weight::none()) side.worse_at = world_.now();
  }
}

int SimulatedTelemetry::requests_per_second(const rollout::ServiceKey& service) const {
  return services_.at(service).requests_per_second;
}

double SimulatedTelemetry::error_share(const rollout::ServiceKey& service, rollout::Slot slot) const {
  return services_.at(service).sides[index_of(slot)].error_share;
}

std::optional<TimePoint> SimulatedTelemetry::worse_at(const rollout::ServiceKey& service, rollout::Slot slot) const {
  return services_.at(service).sides[index_of(slot)].worse_at;
}

void SimulatedTelemetry::tick(const rollout::ServiceKey& service, Counted& counted) {
  const SimulatedRouter::Routed* routed = router_.find(service);
  if (routed == nullptr) return;
  const double requests = counted.requests_per_second / 10.0;
  for (const rollout::Slot slot : kSlots) {
    const double share = share_of(routed->split, slot).basis_points() / static_cast<double>(Weight::kFull);
    count(counted, *routed, slot, requests * share);
  }
}

void SimulatedTelemetry::count(Counted& counted, const SimulatedRouter::Routed& routed, rollout::Slot slot,
                               double requests) {
  Side& side = counted.sides[index_of(slot)];
  const auto& own = routed.own[index_of(slot)];
  if (!own.empty() && world_.quality(fleet_.revision_at(own.front().port)).silent) return;
  analysis::Slot counts;
  counts.start = world_.now() - analysis::kSlotLength;
  counts.failed_health_checks = failed_checks(routed, slot, counts.start);
  if (counted.chance) {
    counts.requests = poisson(*counted.chance, requests);
    counts.server_errors = binomial(*counted.chance, counts.requests, side.error_share);
  } else {
    side.requests_due += requests;
    counts.requests = take_whole(side.requests_due);
    side.errors_due += static_cast<double>(counts.requests) * side.error_share;
    counts.server_errors = std::min(take_whole(side.errors_due), counts.requests);
  }
  counts.informational_and_success = counts.requests - counts.server_errors;
  if (world_.sabotage == Sabotage::HideErrors) counts.server_errors = 0;
  if (!own.empty()) count_quality(side, routed.about.service, fleet_.revision_at(own.front().port), counts);
  side.slots.push_back(counts);
}

void SimulatedTelemetry::count_quality(Side& side, const rollout::ServiceKey& service, const std::string& revision,
                                       analysis::Slot& counts) {
  constexpr double kSlowShare = 0.05;
  const Quality& quality = world_.quality(revision);
  side.slow_due += static_cast<double>(counts.requests) * kSlowShare;
  const std::int64_t slow = std::min(take_whole(side.slow_due), counts.requests);
  const auto usual = static_cast<double>(quality.answers_in.count());
  counts.latency.add_to_bucket(analysis::latency_bucket(usual), static_cast<std::uint32_t>(counts.requests - slow));
  counts.latency.add_to_bucket(analysis::latency_bucket(usual * 3), static_cast<std::uint32_t>(slow));
  side.log_lines_due += static_cast<double>(counts.requests) * quality.log_errors;
  service_log_.add(service, revision, {.start = counts.start, .error_lines = take_whole(side.log_lines_due)});
  side.log_events_due += static_cast<double>(counts.requests) * quality.log_events;
  const std::int64_t events = std::min(take_whole(side.log_events_due), counts.requests);
  service_log_.add_fields(service, revision, {.start = counts.start, .counts = {counts.requests, events}});
}

std::int64_t SimulatedTelemetry::failed_checks(const SimulatedRouter::Routed& routed, rollout::Slot slot,
                                               TimePoint start) const {
  const bool probed = start.time_since_epoch() % routed.about.health.every == Milliseconds{0};
  if (!probed) return 0;
  return std::ranges::count_if(routed.own[index_of(slot)],
                               [&](const auto& endpoint) { return !fleet_.answers(endpoint.port); });
}

double SimulatedTelemetry::error_share(const Side& side, const SimulatedRouter::Routed& routed,
                                       rollout::Slot slot) const {
  if (world_.now() < side.disturbance.until) return side.disturbance.error_share;
  for (const auto* endpoints : {&routed.own[index_of(slot)], &routed.fallback[index_of(slot)]}) {
    const auto alive =
        std::ranges::find_if(*endpoints, [&](const auto& endpoint) { return fleet_.answers(endpoint.port); });
    if (alive != endpoints->end()) return world_.quality(fleet_.revision_at(alive->port)).error_share;
  }
  return 1;
}

Result<ports::Measurements> SimulatedTelemetry::read(const rollout::ServiceKey& service, rollout::Slot slot,
                                                     TimePoint from) const {
  const auto counted = services_.find(service);
  if (counted == services_.end()) return Error{ErrorKind::NotFound, "nobody counts " + service.to_string()};
  const auto& slots = counted->second.sides[index_of(slot)].slots;
  const auto first = std::ranges::lower_bound(slots, from, {}, &analysis::Slot::start);
  return ports::Measurements{.slots = {first, slots.end()}};
}

Result<std::vector<ports::BadAnswer>> SimulatedTelemetry::first_bad_answers(const rollout::ServiceKey& service,
                                                                            rollout::Slot slot, TimePoint from,
                                                                            int most) const {
  TRY_ASSIGN(const ports::Measurements measured, read(service, slot, from));
  std::vector<ports::BadAnswer> answers;
  for (const analysis::Slot& counts : measured.slots) {
    if (counts.server_errors == 0) continue;
    if (answers.size() == static_cast<std::size_t>(most)) break;
    answers.push_back({counts.start, 503, "POST", "/chat", fmt::format("q{}", answers.size())});
  }
  return answers;
}

Result<analysis::NotedSpan> SimulatedTelemetry::notes(const rollout::ServiceKey& service, rollout::Slot slot,
                                                      TimePoint from, TimePoint to) const {
  TRY_ASSIGN(const ports::Measurements measured, read(service, slot, from));
  analysis::RequestNotes notes;
  for (const analysis::Slot& counts : measured.slots) {
    const std::string id = fmt::format("q{}", counts.start.time_since_epoch().count());
    for (std::int64_t i = 0; i < counts.requests; ++i) {
      notes.add({.at = counts.start, .route = "POST /chat", .request_id = id, .is_error = i < counts.server_errors});
    }
  }
  return notes.span(from, to);
}

Result<std::vector<analysis::MetricSlot>> SimulatedTelemetry::read_metric(const rollout::ServiceKey& service,
                                                                          rollout::Slot slot, std::size_t metric,
                                                                          TimePoint from) const {
  constexpr int kBadStatus = 503;
  TRY_ASSIGN(const ports::Measurements measured, read(service, slot, from));
  const analysis::MetricSource& source = metrics_.at(service).at(metric);
  std::vector<analysis::MetricSlot> slots;
  for (const analysis::Slot& counts : measured.slots) {
    const std::int64_t events = is_event(source, kBadStatus) ? counts.server_errors : 0;
    slots.push_back({.start = counts.start, .counts = {counts.requests, events}, .latency = counts.latency});
  }
  return slots;
}

}  // namespace sluice::simulation
