// One command's deployments by the production controller and the adapters of AWS, in simulated time, against the
// simulated AWS: minutes of bakes take seconds.
//   in_simulated_time SIMULATOR_URL HOME SLUICE_YAML ENVIRONMENT SECONDS [OPTION…] [SERVICE=IMAGE-OR-CODE…]
// Deploys all services of the environment as one release and prints a JSON object a line for each event of the journal,
// with the seconds since the start; ends when all have ended. Exit code 1: not within SECONDS; 2: not begun.
//   --journal               the journal is one that stays: in HOME, or where SLUICE_JOURNAL says; else in memory
//   --recover               deploys nothing: goes on with what the journal says, also with what others have in it
//   --roll-back-at=PERCENT  says `rollback` of each service in the first bake with so much on GREEN
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "adapters/aws/kept_files.h"
#include "adapters/aws/prometheus_workspaces.h"
#include "adapters/openssl/api_definitions.h"
#include "adapters/openssl/fingerprints.h"
#include "adapters/openssl/packages.h"
#include "adapters/posix/ids.h"
#include "adapters/posix/secrets.h"
#include "adapters/prometheus/metric_queries.h"
#include "application/controller.h"
#include "application/deploy_service.h"
#include "aws_ports.h"
#include "controller_journal.h"
#include "core/rollout/event_json.h"
#include "core/rollout/journal_place.h"
#include "core/rollout/stage.h"
#include "simulated_time.h"
#include "simulation/simulated_fleet.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_notifier.h"
#include "simulation/simulated_processes.h"
#include "simulation/simulated_router.h"
#include "simulation/simulated_secrets.h"
#include "simulation/simulated_service_log.h"
#include "simulation/simulated_telemetry.h"

namespace sluice {
namespace {

namespace json = boost::json;

/// Images come with their digests.
class NoRegistry final : public ports::Registry {
  Result<std::string> digest(const ports::RegistryName& name, std::stop_token) override {
    return Error{ErrorKind::NotFound, "no registry is asked for " + name.to_string()};
  }
  Result<std::string> push(const std::string&, const ports::RegistryName& name, std::stop_token) override {
    return Error{ErrorKind::NotFound, "nothing is pushed as " + name.to_string()};
  }
};

class EventPrinter final : public application::ControllerObserver {
 public:
  explicit EventPrinter(TimePoint began) : began_(began) {}

  void on_event(const application::Deployment& deployment, const rollout::Event& event, TimePoint at) override {
    const rollout::State& state = deployment.state;
    json::object line{{"seconds", static_cast<double>((at - began_).count()) / 1000},
                      {"service", state.plan.service.service},
                      {"type", rollout::type_name(event)},
                      {"mode", rollout::to_string(state.mode)},
                      {"green_percent", rollout::green_share(state.plan, state.intended).basis_points() / 100}};
    if (state.outcome) line.emplace("outcome", rollout::to_string(*state.outcome));
    if (state.cause) line.emplace("cause", state.cause->sentence);
    if (state.hold) line.emplace("held", state.hold->cause.sentence);
    if (const auto* failed = std::get_if<rollout::EffectFailed>(&event)) line.emplace("error", failed->error.message);
    std::printf("%s\n", json::serialize(line).c_str());
  }
  void on_given_up(const std::string& deployment) override {
    std::printf("{\"given_up\":\"%s\"}\n", deployment.c_str());
  }
  void on_watch(const application::Deployment&, TimePoint) override {}

 private:
  TimePoint began_;
};

/// Says `rollback` of each deployment whose GREEN is in a bake with so much of the traffic.
class RollbackWord final : public application::ControllerObserver {
 public:
  RollbackWord(int percent, application::Controller& controller, ports::Executor& executor)
      : percent_(percent), controller_(controller), executor_(executor) {}

  void on_event(const application::Deployment& deployment, const rollout::Event&, TimePoint at) override {
    const rollout::State& state = deployment.state;
    const auto stage = rollout::current_stage(state);
    const bool is_in_a_bake = stage && stage->kind == rollout::StageKind::Bake && state.mode == rollout::Mode::Forward;
    const bool has_enough = rollout::green_share(state.plan, state.intended).basis_points() / 100 >= percent_;
    if (!is_in_a_bake || !has_enough || !said_.insert(state.plan.deployment).second) return;
    executor_.at(at, [this, id = state.plan.deployment] {
      controller_.roll_back(id, "test", "", {.answered = [](const Status&) {}, .delayed = {}});
    });
  }
  void on_given_up(const std::string&) override {}
  void on_watch(const application::Deployment&, TimePoint) override {}

 private:
  const int percent_;
  application::Controller& controller_;
  ports::Executor& executor_;
  std::set<std::string> said_;
};

struct Command {
  std::string simulator;
  std::string home;
  std::string file;
  std::string environment;
  Milliseconds limit;
  bool keeps_journal = false;
  bool recovers = false;
  std::optional<int> rolls_back_at;
  std::map<std::string, std::string> revisions = {};  ///< By service: image or code.
};

/// Null where the journal is to be in memory.
Result<std::unique_ptr<ControllerJournal>> open_journal(const Command& command, SimulatedTime& time) {
  if (!command.keeps_journal) return std::unique_ptr<ControllerJournal>();
  std::optional<rollout::JournalPlace> place;
  if (const auto name = posix::variable_of_this_process(rollout::kJournalVariable)) {
    TRY_ASSIGN(place, rollout::parse_journal_place(*name));
  }
  return ControllerJournal::open({.home = command.home,
                                  .place = place,
                                  .owner = "in_simulated_time in " + command.home,
                                  .pause = SimulatedTime::no_pause,  // the strand waits for it
                                  .chance = [&time] { return time.spread(); },
                                  .uptime = [&time] { return time.executor.now().time_since_epoch(); }},
                                 time.around(time.untimed_http));
}

class Run {
 public:
  /// `journal`: null for one in memory.
  Run(Command command, SimulatedTime& time, ControllerJournal* journal)
      : command_(std::move(command)),
        time_(time),
        kept_journal_(journal),
        world_{executor_, time.faults, time.crashes, trace_, simulation::Chance(1, "world"), {}, nullptr, {}},
        clients_({.pause = time.pause(),
                  .chance = [&time] { return time.spread(); },
                  .may_call = [this](const aws::Call& call) { return may_call(call); }},
                 time.around(time.http)),
        in_aws_(
            {.owner = "simulated", .pause = time.pause(), .asking = aws::Asking::ByCaller},
            {targets_, journal ? journal->kept_files() : kept_files_, clients_, packages_, definitions_, executor_}),
        fleets_(targets_, in_aws_.fleets(fleet_),
                [this](const auto& service, const std::string& serving) {
                  return in_aws_.about_to_judge(service, serving);
                }),
        controller_({executor_, ids_, executor_, journal_, fleets_, routers_, telemetries_, service_logs_, secrets_,
                     notifier_, processes_, time.http, metric_queries_, in_aws_.period_metrics, in_aws_.functions,
                     in_aws_.named_alarms, in_aws_.image_scans},
                    "in_simulated_time",
                    journal && journal->is_shared() ? application::Keeping::ItsOwn : application::Keeping::WhatServes) {
  }

  int run() {
    began_ = executor_.now();
    controller_.add_observer(std::make_shared<EventPrinter>(began_));
    if (command_.rolls_back_at) {
      controller_.add_observer(std::make_shared<RollbackWord>(*command_.rolls_back_at, controller_, executor_));
    }
    if (const Status recovered = take_up(); !recovered) return fail(recovered.error());
    ask_what_is_due();
    if (command_.recovers) {
      has_begun_ = true;
    } else {
      executor_.run(ports::Executor::Lane::Ordinary, [this] { requests_ = make_requests(); }, [this] { begin(); });
    }
    while (!exit_code_ && executor_.now() < began_ + command_.limit) {
      if (has_begun_ && controller_.deployments().empty() && controller_.queued().empty()) break;
      if (executor_.step() == simulation::SimulatedExecutor::Progress::NothingLeft) break;
    }
    const bool has_ended = has_begun_ && controller_.deployments().empty();
    if (!exit_code_ && has_ended) return 0;
    if (!exit_code_) std::fprintf(stderr, "not at its end after %s\n", format_duration(command_.limit).c_str());
    return exit_code_.value_or(1);
  }

 private:
  Status may_call(const aws::Call& call) {
    return kept_journal_ ? kept_journal_->may_act(call.priority == aws::Priority::Urgent) : Status();
  }

  /// What is there from before; as `sluice recover --take-over` also what others have.
  Status take_up() {
    if (kept_journal_) TRY(targets_.learn(journal_));
    TRY(controller_.recover());
    ports::JournalOwners* const owners = kept_journal_ ? kept_journal_->owners() : nullptr;
    if (!command_.recovers || owners == nullptr) return {};
    TRY_ASSIGN(const auto others, owners->others());
    for (const ports::OtherOwner& other : others) TRY(owners->take_over(other.id, true));
    TRY(targets_.learn(journal_));
    return controller_.take_up_more();
  }

  /// Each second, as the ports' own threads do.
  void ask_what_is_due() {
    executor_.run(
        ports::Executor::Lane::Urgent, [this] { in_aws_.ask_due({}); },
        [this] { executor_.at(executor_.now() + std::chrono::seconds{1}, [this] { ask_what_is_due(); }); });
  }

  int fail(const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    exit_code_ = 2;
    return 2;
  }

  struct Wanted {
    std::vector<application::DeployRequest> requests;
    std::vector<std::vector<std::string>> after;
  };

  Result<Wanted> make_requests() {
    TRY_ASSIGN(const auto configuration, application::load_configuration(command_.file));
    TRY_ASSIGN(const auto environment, application::choose_environment(configuration, command_.environment));
    TRY_ASSIGN(auto fingerprints, openssl::Fingerprints::create(command_.home + "/key"));
    Wanted wanted;
    for (const config::Service& service : application::in_dependency_order(environment.services)) {
      application::DeployServiceOptions options;
      const bool is_function = std::holds_alternative<rollout::LambdaTarget>(service.target);
      (is_function ? options.code : options.image) = command_.revisions[service.name];
      options.base_directory = command_.file.substr(0, command_.file.rfind('/'));
      options.user = "test";
      TRY_ASSIGN(auto request, application::deploy_request(
                                   environment, service, options,
                                   {registry_, secrets_, fingerprints, ids_, fleets_, packages_, definitions_,
                                    service_logs_, [this](Milliseconds span) { return time_.pause()(span, {}); }}));
      request.plan.deployment = ids_.next();
      wanted.requests.push_back(std::move(request));
      wanted.after.push_back(application::dependencies_of(environment, service));
    }
    return wanted;
  }

  void begin() {
    if (!requests_) {
      fail(requests_.error());
      return;
    }
    std::vector<rollout::Plan*> plans;
    for (auto& request : requests_->requests) plans.push_back(&request.plan);
    rollout::join_in_release("release", plans, requests_->after);
    if (const Status begun = controller_.deploy(std::move(requests_->requests)); !begun) fail(begun.error());
    has_begun_ = true;
  }

  Command command_;
  SimulatedTime& time_;
  simulation::SimulatedExecutor& executor_{time_.executor};
  ControllerJournal* const kept_journal_;
  simulation::Trace trace_{{}};
  simulation::World world_;
  simulation::SimulatedFleet fleet_{world_};
  simulation::SimulatedRouter router_{world_, fleet_};
  simulation::SimulatedServiceLog service_log_;
  simulation::SimulatedTelemetry telemetry_{world_, fleet_, router_, service_log_};
  application::Targets targets_;
  aws::ClientPool clients_;
  openssl::Packages packages_;
  openssl::ApiDefinitions definitions_;
  aws::KeptInFolder kept_files_{command_.home};
  AwsPorts in_aws_;
  application::FleetByTarget fleets_;
  application::RouterByTarget routers_{targets_, in_aws_.routers(router_)};
  application::TelemetryByTarget telemetries_{targets_, in_aws_.telemetries(telemetry_)};
  application::ServiceLogByTarget service_logs_{targets_, in_aws_.service_logs(service_log_)};
  simulation::SimulatedJournal journal_in_memory_{world_};
  ports::Journal& journal_{kept_journal_ ? kept_journal_->journal() : journal_in_memory_};
  simulation::SimulatedNotifier notifier_{world_};
  simulation::SimulatedProcesses processes_{world_};
  simulation::SimulatedSecrets secrets_;
  aws::PrometheusWorkspaces workspaces_{clients_};
  prometheus::MetricQueries metric_queries_{time_.http,
                                            std::bind_front(&aws::PrometheusWorkspaces::query, &workspaces_)};
  posix::Ids ids_{time_.real_clock};
  NoRegistry registry_;
  application::Controller controller_;
  TimePoint began_{};
  Result<Wanted> requests_{Error{ErrorKind::Cancelled, "not begun"}};
  bool has_begun_ = false;
  std::optional<int> exit_code_;
};

int run(const Command& command) {
  SimulatedTime time;
  const auto fail = [](const Error& error) {
    std::fprintf(stderr, "%s\n", error.message.c_str());
    return 2;
  };
  if (const Status begun = time.begin(command.simulator); !begun) return fail(begun.error());
  const auto journal = open_journal(command, time);
  if (!journal) return fail(journal.error());
  const int code = Run(command, time, journal->get()).run();
  if (*journal) (*journal)->leave();
  return code;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  constexpr int kFixed = 6;
  if (argc < kFixed) {
    std::fputs(
        "in_simulated_time SIMULATOR_URL HOME SLUICE_YAML ENVIRONMENT SECONDS [OPTION…] "
        "[SERVICE=IMAGE-OR-CODE…]\n",
        stderr);
    return 2;
  }
  sluice::Command command{argv[1], argv[2], argv[3], argv[4], std::chrono::seconds(std::atol(argv[5]))};
  for (int i = kFixed; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (argument == "--journal") {
      command.keeps_journal = true;
    } else if (argument == "--recover") {
      command.recovers = true;
    } else if (argument.starts_with("--roll-back-at=")) {
      command.rolls_back_at = std::atoi(value.c_str());
    } else {
      command.revisions[argument.substr(0, equals)] = value;
    }
  }
  return sluice::run(command);
}
