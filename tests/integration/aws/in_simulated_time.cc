// One command's deployments by the production controller and the adapters of AWS, in simulated time, against the
// simulated AWS: minutes of bakes take seconds.
//   in_simulated_time SIMULATOR_URL HOME SLUICE_YAML ENVIRONMENT SECONDS [SERVICE=IMAGE-OR-CODE…]
// The simulator's clock must stand (scale 0): each request says this program's moment, and itself takes kCallTime.
// Deploys all services of the environment as one release and prints a JSON object a line for each event of the journal,
// with the seconds since the start; ends when all have ended. Exit code 1: not within SECONDS; 2: not begun.
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
#include <string>

#include "adapters/aws/kept_files.h"
#include "adapters/aws/prometheus_workspaces.h"
#include "adapters/curl/http_client.h"
#include "adapters/openssl/api_definitions.h"
#include "adapters/openssl/fingerprints.h"
#include "adapters/openssl/packages.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/files.h"
#include "adapters/posix/ids.h"
#include "adapters/posix/processes.h"
#include "adapters/posix/secrets.h"
#include "adapters/prometheus/metric_queries.h"
#include "application/controller.h"
#include "application/deploy_service.h"
#include "aws_ports.h"
#include "core/rollout/event_json.h"
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

constexpr Milliseconds kCallTime{20};

/// Requests to the simulated AWS, at this program's time.
class TimedHttp final : public ports::HttpClient {
 public:
  TimedHttp(std::string simulator, simulation::SimulatedExecutor& executor)
      : simulator_(std::move(simulator)), executor_(executor) {}

  Result<ports::HttpResponse> send(const ports::HttpRequest& request, std::stop_token stop) override {
    // Whoever renews keys lets all others wait for them, who have this one thread: that takes no time here.
    if (request.body.find("Action=AssumeRole") == std::string::npos) executor_.pause(kCallTime);
    ports::HttpRequest timed = request;
    timed.headers["x-simulator-now"] =
        fmt::format("{:.3f}", static_cast<double>(executor_.now().time_since_epoch().count()) / 1000);
    auto response = http_.send(timed, stop);
    if (response) response->latency = kCallTime;
    return response;
  }

  Result<TimePoint> clock_there() {
    ports::HttpRequest request{.method = "POST", .url = simulator_ + "/_simulator/clock", .body = "{}"};
    request.headers["Content-Type"] = "application/json";
    TRY_ASSIGN(const ports::HttpResponse response, http_.send(request, {}));
    const double seconds = json::parse(response.body).at("now").to_number<double>();
    return TimePoint{Milliseconds{static_cast<std::int64_t>(seconds * 1000)}};
  }

 private:
  std::string simulator_;
  simulation::SimulatedExecutor& executor_;
  curl::HttpClient http_;
};

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

struct Command {
  std::string simulator;
  std::string home;
  std::string file;
  std::string environment;
  Milliseconds limit;
  std::map<std::string, std::string> revisions;  ///< By service: image or code.
};

class Run {
 public:
  explicit Run(Command command)
      : command_(std::move(command)),
        faults_(1, {}),
        crashes_(faults_, std::nullopt),
        trace_({}),
        executor_(simulation::Chance(1, "time"), faults_, crashes_),
        world_{executor_, faults_, crashes_, trace_, simulation::Chance(1, "world"), {}, nullptr, {}},
        fleet_(world_),
        router_(world_, fleet_),
        telemetry_(world_, fleet_, router_, service_log_),
        http_(command_.simulator, executor_),
        clients_({.pause = pause(), .chance = [this] { return static_cast<double>(chance_.between(0, 999)) / 1000; }},
                 {.http = http_,
                  .files = files_,
                  .processes = own_processes_,
                  .clock = real_clock_,  // signatures are checked against this machine's
                  .variables = posix::variable_of_this_process,
                  // As of requests for keys: none of the others could go on meanwhile.
                  .pause = [](Milliseconds, const std::stop_token&) -> Status { return {}; }}),
        kept_files_(command_.home),
        in_aws_({.owner = "simulated", .pause = pause(), .asking = aws::Asking::ByCaller},
                {targets_, kept_files_, clients_, packages_, definitions_, executor_}),
        fleets_(targets_, in_aws_.fleets(fleet_),
                [this](const auto& service, const std::string& serving) {
                  return in_aws_.about_to_judge(service, serving);
                }),
        routers_(targets_, in_aws_.routers(router_)),
        telemetries_(targets_, in_aws_.telemetries(telemetry_)),
        service_logs_(targets_, in_aws_.service_logs(service_log_)),
        journal_(world_),
        notifier_(world_),
        processes_(world_),
        controller_({executor_, ids_, executor_, journal_, fleets_, routers_, telemetries_, service_logs_, secrets_,
                     notifier_, processes_, http_, metric_queries_, in_aws_.period_metrics, in_aws_.functions,
                     in_aws_.named_alarms, in_aws_.image_scans},
                    "in_simulated_time") {}

  int run() {
    const auto there = http_.clock_there();
    if (!there) return fail(there.error());
    executor_.in_world(*there, [] {});
    while (executor_.now() < *there) executor_.step();
    began_ = executor_.now();
    controller_.add_observer(std::make_shared<EventPrinter>(began_));
    if (const Status recovered = controller_.recover(); !recovered) return fail(recovered.error());
    ask_what_is_due();
    executor_.run(ports::Executor::Lane::Ordinary, [this] { requests_ = make_requests(); }, [this] { begin(); });
    while (!exit_code_ && executor_.now() < began_ + command_.limit) {
      if (executor_.step() == simulation::SimulatedExecutor::Progress::NothingLeft) break;
      if (has_begun_ && controller_.deployments().empty()) exit_code_ = 0;
    }
    if (!exit_code_) std::fprintf(stderr, "not at its end after %s\n", format_duration(command_.limit).c_str());
    return exit_code_.value_or(1);
  }

 private:
  AwsPorts::Pause pause() {
    return [this](Milliseconds span, const std::stop_token& stop) -> Status {
      executor_.pause(span);
      if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "asked to stop"};
      return {};
    };
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
      TRY_ASSIGN(auto request,
                 application::deploy_request(environment, service, options,
                                             {registry_, secrets_, fingerprints, ids_, fleets_, packages_, definitions_,
                                              service_logs_, [this](Milliseconds span) { return pause()(span, {}); }}));
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
  simulation::Faults faults_;
  simulation::Crashes crashes_;
  simulation::Trace trace_;
  simulation::SimulatedExecutor executor_;
  simulation::World world_;
  simulation::Chance chance_{1, "spread"};
  simulation::SimulatedFleet fleet_;
  simulation::SimulatedRouter router_;
  simulation::SimulatedServiceLog service_log_;
  simulation::SimulatedTelemetry telemetry_;
  posix::Clock real_clock_;
  posix::Files files_;
  posix::Processes own_processes_;
  TimedHttp http_;
  application::Targets targets_;
  aws::ClientPool clients_;
  openssl::Packages packages_;
  openssl::ApiDefinitions definitions_;
  aws::KeptInFolder kept_files_;
  AwsPorts in_aws_;
  application::FleetByTarget fleets_;
  application::RouterByTarget routers_;
  application::TelemetryByTarget telemetries_;
  application::ServiceLogByTarget service_logs_;
  simulation::SimulatedJournal journal_;
  simulation::SimulatedNotifier notifier_;
  simulation::SimulatedProcesses processes_;
  simulation::SimulatedSecrets secrets_;
  aws::PrometheusWorkspaces workspaces_{clients_};
  prometheus::MetricQueries metric_queries_{http_, std::bind_front(&aws::PrometheusWorkspaces::query, &workspaces_)};
  posix::Ids ids_{real_clock_};
  NoRegistry registry_;
  application::Controller controller_;
  TimePoint began_{};
  Result<Wanted> requests_{Error{ErrorKind::Cancelled, "not begun"}};
  bool has_begun_ = false;
  std::optional<int> exit_code_;
};

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  constexpr int kFixed = 6;
  if (argc < kFixed) {
    std::fputs("in_simulated_time SIMULATOR_URL HOME SLUICE_YAML ENVIRONMENT SECONDS [SERVICE=IMAGE-OR-CODE…]\n",
               stderr);
    return 2;
  }
  sluice::Command command{argv[1], argv[2], argv[3], argv[4], std::chrono::seconds(std::atol(argv[5])), {}};
  for (int i = kFixed; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    command.revisions[argument.substr(0, equals)] = argument.substr(equals + 1);
  }
  return sluice::Run(std::move(command)).run();
}
