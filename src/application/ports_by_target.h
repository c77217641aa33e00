// The ports of a deployment, each handing a call to the port of the service's target. See decision 0030.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "application/targets.h"
#include "ports/fleet.h"
#include "ports/service_log.h"
#include "ports/telemetry.h"
#include "ports/traffic_router.h"

namespace sluice::application {

/// One port as it is for each kind of target; all must outlive the dispatcher.
template <typename Port>
struct OfTargets {
  Port& machine;
  Port& ecs;
  Port& codedeploy;  ///< Of services of ECS with that engine.
  Port& native;      ///< Likewise, with the engine ecs-native.
  Port& lambda;
  Port& gateway;
  Port& flags;

  Port& of(const rollout::Target& target) const {
    struct Visitor {
      const OfTargets& ports;
      Port& operator()(const rollout::MachineTarget&) const { return ports.machine; }
      Port& operator()(const rollout::EcsTarget& ecs) const {
        if (ecs.native) return ports.native;
        return ecs.codedeploy ? ports.codedeploy : ports.ecs;
      }
      Port& operator()(const rollout::LambdaTarget&) const { return ports.lambda; }
      Port& operator()(const rollout::GatewayTarget&) const { return ports.gateway; }
      Port& operator()(const rollout::FlagsTarget&) const { return ports.flags; }
    };
    return std::visit(Visitor{*this}, target);
  }
};

class FleetByTarget final : public ports::Fleet {
 public:
  /// Called with a service in AWS whose deployment is about to be asked for, and the revision that serves; empty: none.
  using AboutToJudge = std::function<Status(const rollout::ServiceKey&, const std::string& serving)>;

  FleetByTarget(Targets& targets, OfTargets<ports::Fleet> fleets, AboutToJudge about_to_judge)
      : targets_(targets), fleets_(fleets), about_to_judge_(std::move(about_to_judge)) {}

  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  /// Of all; what one of them cannot tell is left out.
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override;
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey& service,
                                                const rollout::Revision& wanted) override;

 private:
  ports::Fleet& of(const rollout::ServiceKey& service) const;

  Targets& targets_;
  OfTargets<ports::Fleet> fleets_;
  AboutToJudge about_to_judge_;
};

class RouterByTarget final : public ports::TrafficRouter {
 public:
  RouterByTarget(Targets& targets, OfTargets<ports::TrafficRouter> routers) : targets_(targets), routers_(routers) {}

  Status ensure(const ports::RoutedService& service) override;
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  Result<std::vector<std::string>> restore_split(const ports::RoutedService& service,
                                                 const rollout::TrafficSplit& split) override;
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

 private:
  ports::TrafficRouter& of(const rollout::ServiceKey& service) const;

  Targets& targets_;
  OfTargets<ports::TrafficRouter> routers_;
};

class TelemetryByTarget final : public ports::Telemetry {
 public:
  TelemetryByTarget(const Targets& targets, OfTargets<ports::Telemetry> telemetries)
      : targets_(targets), telemetries_(telemetries) {}

  Result<ports::Measurements> read(const rollout::ServiceKey& service, rollout::Slot slot,
                                   TimePoint from) const override;
  Result<std::vector<ports::BadAnswer>> first_bad_answers(const rollout::ServiceKey& service, rollout::Slot slot,
                                                          TimePoint from, int most) const override;
  Result<analysis::NotedSpan> notes(const rollout::ServiceKey& service, rollout::Slot slot, TimePoint from,
                                    TimePoint to) const override;
  void count_answers(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) override;
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service, rollout::Slot slot,
                                                        std::size_t metric, TimePoint from) const override;

 private:
  ports::Telemetry& of(const rollout::ServiceKey& service) const;

  const Targets& targets_;
  OfTargets<ports::Telemetry> telemetries_;
};

class ServiceLogByTarget final : public ports::ServiceLog {
 public:
  ServiceLogByTarget(const Targets& targets, OfTargets<ports::ServiceLog> logs) : targets_(targets), logs_(logs) {}

  Result<std::vector<ports::LogSlot>> read(const rollout::ServiceKey& service, const std::string& revision_id,
                                           TimePoint from) const override;
  Result<std::vector<ports::ErrorLine>> first_error_lines(const rollout::ServiceKey& service,
                                                          const std::string& revision_id, TimePoint from,
                                                          int most) const override;
  void count_fields(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) override;
  Result<std::vector<analysis::MetricSlot>> read_metric(const rollout::ServiceKey& service,
                                                        const std::string& revision_id, std::size_t metric,
                                                        TimePoint from) const override;
  Result<std::vector<ports::UtilizationSlot>> read_utilization(const rollout::ServiceKey& service,
                                                               const std::string& revision_id,
                                                               TimePoint from) const override;
  Status look_at_utilization(const rollout::ServiceKey& service, const std::string& revision_id,
                             const std::stop_token& stop) override;

 private:
  ports::ServiceLog& of(const rollout::ServiceKey& service) const;

  const Targets& targets_;
  OfTargets<ports::ServiceLog> logs_;
};

}  // namespace sluice::application
