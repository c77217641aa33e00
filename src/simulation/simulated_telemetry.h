// Counts what the simulated services answer, every 100 ms: by the split, by who is there to answer, and by how good
// each revision is.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "ports/telemetry.h"
#include "simulation/simulated_fleet.h"
#include "simulation/simulated_router.h"
#include "simulation/simulated_service_log.h"

namespace sluice::simulation {

class SimulatedTelemetry final : public ports::Telemetry {
 public:
  SimulatedTelemetry(World& world, const SimulatedFleet& fleet, const SimulatedRouter& router,
                     SimulatedServiceLog& service_log)
      : world_(world), fleet_(fleet), router_(router), service_log_(service_log) {}

  Result<ports::Measurements> read(const rollout::ServiceKey& service, rollout::Slot slot,
                                   TimePoint from) const override;
  Result<std::vector<ports::BadAnswer>> first_bad_answers(const rollout::ServiceKey& service, rollout::Slot slot,
                                                          TimePoint from, int most) const override;
  /// All requests have one route.
  Result<analysis::NotedSpan> notes(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint from,
                                    TimePoint to) const override;
  void count_answers(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) override {
    metrics_[service] = metrics;
  }
  /// Every path is one that the metric is about; 5xx are 503.
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service, rollout::Slot slot,
                                                        std::size_t metric, TimePoint from) const override;

  /// From now on this service gets so many requests a second. Counting goes on for ever. `chance`: they come, and fail,
  /// by chance; without it evenly.
  void begin(const rollout::ServiceKey& service, int requests_per_second, std::optional<Chance> chance = {});

  // --- what the world knows, whether somebody counts or not

  int requests_per_second(const rollout::ServiceKey& service) const;
  /// With which probability a request of the router slot failed lately.
  double error_share(const rollout::ServiceKey& service, rollout::Slot slot) const;
  /// When the slot last had traffic and answered worse than the other: more errors or error lines, or slower.
  std::optional<TimePoint> worse_at(const rollout::ServiceKey& service, rollout::Slot slot) const;

  // --- what befalls it

  /// Nobody counts until then: those slots are left out.
  void watch_nothing_until(TimePoint until) { blind_until_ = until; }
  /// A burst of errors on one slot, whatever serves it.
  void disturb(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint until, double error_share);

 private:
  struct Disturbance {
    TimePoint until{};
    double error_share = 0;
  };
  struct Side {
    std::vector<analysis::Slot> slots;  ///< Oldest first.
    double requests_due = 0;            ///< Parts of a request that have not become a whole one yet.
    double errors_due = 0;
    double slow_due = 0;
    double log_lines_due = 0;
    double log_events_due = 0;
    Disturbance disturbance;
    double error_share = 0;  ///< Lately.
    Milliseconds answers_in{0};
    double log_errors = 0;
    std::optional<TimePoint> worse_at;
  };
  struct Counted {
    int requests_per_second = 0;
    std::optional<Chance> chance;
    std::array<Side, 2> sides;
  };

  void tick();
  void tick(const rollout::ServiceKey& service, Counted& counted);
  void look(Counted& counted, const SimulatedRouter::Routed& routed);
  void count(Counted& counted, const SimulatedRouter::Routed& routed, rollout::Slot slot, double requests);
  /// What the revision that is there is like: how fast it answers and what it logs.
  void count_quality(Side& side, const rollout::ServiceKey& service, const std::string& revision,
                     analysis::Slot& counts);
  double error_share(const Side& side, const SimulatedRouter::Routed& routed, rollout::Slot slot) const;
  std::int64_t failed_checks(const SimulatedRouter::Routed& routed, rollout::Slot slot, TimePoint start) const;

  World& world_;
  const SimulatedFleet& fleet_;
  const SimulatedRouter& router_;
  SimulatedServiceLog& service_log_;
  std::map<rollout::ServiceKey, Counted> services_;
  TimePoint blind_until_{};
  std::map<rollout::ServiceKey, std::vector<analysis::MetricSource>> metrics_;  ///< Of the users' own.
};

}  // namespace sluice::simulation
