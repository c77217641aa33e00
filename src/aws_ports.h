// The ports of the targets in AWS, wired: of ECS, Lambda, API Gateway and AppConfig, with one client for each account
// and region.
#pragma once

#include <functional>
#include <string>

#include "adapters/aws/appconfig/fleet.h"
#include "adapters/aws/appconfig/router.h"
#include "adapters/aws/client_pool.h"
#include "adapters/aws/codedeploy/fleet.h"
#include "adapters/aws/codedeploy/router.h"
#include "adapters/aws/ecr/image_scans.h"
#include "adapters/aws/fleet.h"
#include "adapters/aws/functions.h"
#include "adapters/aws/gateway/fleet.h"
#include "adapters/aws/gateway/router.h"
#include "adapters/aws/lambda/fleet.h"
#include "adapters/aws/lambda/logs_by_target.h"
#include "adapters/aws/lambda/minutes_by_target.h"
#include "adapters/aws/lambda/router.h"
#include "adapters/aws/named_alarms.h"
#include "adapters/aws/native/fleet.h"
#include "adapters/aws/native/router.h"
#include "adapters/aws/period_metrics.h"
#include "adapters/aws/router.h"
#include "adapters/aws/service_log.h"
#include "adapters/aws/telemetry.h"
#include "application/ports_by_target.h"
#include "application/targets.h"
#include "ports/api_definitions.h"
#include "ports/clock.h"
#include "ports/packages.h"

namespace sluice {

struct AwsPorts {
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;
  struct Options {
    std::string owner;  ///< The same for one journal, another for another.
    Pause pause;
    aws::Asking asking = aws::Asking::InAThread;
  };
  struct Surroundings {
    application::Targets& targets;
    aws::KeptFiles& kept_files;
    aws::ClientPool& clients;
    ports::Packages& packages;
    ports::ApiDefinitions& api_definitions;
    const ports::Clock& clock;
  };

  /// All must outlive this.
  AwsPorts(Options options, Surroundings around)
      : targets(around.targets),
        ecs_fleet({.owner = options.owner,
                   .place_of = [this](const auto& service) { return targets.as<rollout::EcsTarget>(service); },
                   .services = [this] { return targets.ecs_services(); },
                   .pause = options.pause},
                  around.kept_files, around.clients, around.clock),
        ecs_router({.pause = options.pause}, around.kept_files, around.clients, around.clock),
        codedeploy_fleet(
            {[this](const auto& service) { return targets.as<rollout::EcsTarget>(service); }, options.pause},
            around.clients, around.clock),
        codedeploy_router(options.pause, around.clients, around.clock),
        native_notes(around.kept_files),
        native_fleet({[this](const auto& service) { return targets.as<rollout::EcsTarget>(service); }, options.pause},
                     native_notes, around.clients, around.clock),
        native_router(options.pause, native_notes, around.clients, around.clock),
        notes(around.kept_files),
        function_logs(notes, around.clients, around.clock),
        lambda_fleet(
            {[this](const auto& service) { return targets.as<rollout::LambdaTarget>(service); }, options.pause},
            {notes, function_logs, around.clients, around.packages, around.clock}),
        lambda_router(options.pause, notes, around.clients, around.clock),
        gateway_fleet(
            {[this](const auto& service) { return targets.as<rollout::GatewayTarget>(service); }, options.pause},
            {around.clients, around.api_definitions, around.clock}),
        slots(around.kept_files),
        gateway_router(options.pause, slots, around.clients, around.clock),
        flag_notes(around.kept_files),
        flag_histories(around.clients, around.clock),
        flags_fleet({[this](const auto& service) { return targets.as<rollout::FlagsTarget>(service); }, options.pause},
                    {flag_notes, flag_histories, around.clients, around.api_definitions, around.clock}),
        flags_router(options.pause, flag_notes, flag_histories, around.clients),
        minutes([this](const auto& service) { return targets.of(service); }, notes, around.clients),
        telemetry(std::ref(minutes), rollout::telemetry_timing(rollout::LambdaTarget{}).delay, around.clock,
                  options.asking),
        logs([this](const auto& service) { return targets.of(service); },
             {ecs_fleet.logs(), codedeploy_fleet.logs(), native_fleet.logs()}, function_logs),
        service_log(
            {.errors = std::ref(logs), .utilization = std::bind_front(&aws::lambda::LogsByTarget::performance, &logs)},
            rollout::telemetry_timing(rollout::LambdaTarget{}).delay, around.clock, options.asking),
        period_metrics(
            [this](const auto& service, const std::string& revision) { return version_of(service, revision); },
            around.clients),
        functions(around.clients),
        named_alarms(around.clients, around.clock, options.asking),
        image_scans(around.clients) {}

  /// Of a service that is about to be judged: asks for its figures and the errors of its log now, where there are some.
  /// A log that cannot be read is no failure: alarms that need it have no data, and say why.
  Status about_to_judge(const rollout::ServiceKey& service, const std::string& serving) {
    if (targets.as<rollout::GatewayTarget>(service) || targets.as<rollout::FlagsTarget>(service)) return {};
    if (!serving.empty()) (void)service_log.look(service, serving, {});
    return telemetry.look(service, {});
  }

  /// A port for each kind of target, with that of the machine, which must outlive what it is given to.
  application::OfTargets<ports::Fleet> fleets(ports::Fleet& machine) {
    return {machine, ecs_fleet, codedeploy_fleet, native_fleet, lambda_fleet, gateway_fleet, flags_fleet};
  }
  application::OfTargets<ports::TrafficRouter> routers(ports::TrafficRouter& machine) {
    return {machine, ecs_router, codedeploy_router, native_router, lambda_router, gateway_router, flags_router};
  }
  application::OfTargets<ports::Telemetry> telemetries(ports::Telemetry& machine) {
    return {machine, telemetry, telemetry, telemetry, telemetry, telemetry, telemetry};
  }
  application::OfTargets<ports::ServiceLog> service_logs(ports::ServiceLog& machine) {
    return {machine, service_log, service_log, service_log, service_log, service_log, service_log};
  }

  /// Asks for figures, errors of logs and named alarms that are due, where Options::asking is ByCaller. Blocks.
  void ask_due(const std::stop_token& stop) {
    telemetry.ask_due(stop);
    service_log.ask_due(stop);
    named_alarms.ask_due(stop);
  }

  /// Others have changed the world: it is looked at anew.
  void forget_looks() {
    ecs_fleet.forget_looks();
    ecs_router.forget_looks();
    codedeploy_fleet.forget_looks();
    codedeploy_router.forget_looks();
    native_fleet.forget_looks();
    native_router.forget_looks();
    lambda_fleet.forget_looks();
    lambda_router.forget_looks();
    gateway_fleet.forget_looks();
    gateway_router.forget_looks();
    flag_histories.forget_all();
  }

  /// Of a function's revision; empty when nobody knows.
  Result<std::string> version_of(const rollout::ServiceKey& service, const std::string& revision) const {
    TRY_ASSIGN(const aws::lambda::Notes known, notes.read(service));
    return aws::lambda::version_of(known, revision);
  }

  application::Targets& targets;
  aws::Fleet ecs_fleet;
  aws::Router ecs_router;
  aws::codedeploy::Fleet codedeploy_fleet;
  aws::codedeploy::Router codedeploy_router;
  aws::native::DeploymentNotes native_notes;
  aws::native::Fleet native_fleet;
  aws::native::Router native_router;
  aws::lambda::FunctionNotes notes;
  aws::lambda::FunctionLogs function_logs;
  aws::lambda::Fleet lambda_fleet;
  aws::lambda::Router lambda_router;
  aws::gateway::Fleet gateway_fleet;
  aws::gateway::StageSlots slots;
  aws::gateway::Router gateway_router;
  aws::appconfig::FlagNotes flag_notes;
  aws::appconfig::FlagHistories flag_histories;
  aws::appconfig::Fleet flags_fleet;
  aws::appconfig::Router flags_router;
  aws::lambda::MinutesByTarget minutes;
  aws::Telemetry telemetry;  ///< Of all of them.
  aws::lambda::LogsByTarget logs;
  aws::ServiceLog service_log;  ///< Likewise.
  aws::PeriodMetrics period_metrics;
  aws::Functions functions;  ///< Hooks of services of all of them.
  aws::NamedAlarms named_alarms;
  aws::ecr::ImageScans image_scans;
};

}  // namespace sluice
