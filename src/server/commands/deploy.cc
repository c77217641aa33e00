#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "application/deploy_service.h"
#include "core/image/retention.h"
#include "server/commands/commands.h"
#include "server/deployment_follower.h"
#include "server/deployment_view.h"
#include "server/request_files.h"

namespace sluice::server {
namespace {

using application::DeployRequest;
using DeployRequests = std::vector<DeployRequest>;

/// The service that `SERVICE=REF` names; nothing of a plain `REF`, which may hold a `=` behind other characters.
std::optional<std::string> named_service(const std::string& argument) {
  const std::size_t equals = argument.find_first_of("=/:.?");
  if (equals == std::string::npos || argument[equals] != '=') return std::nullopt;
  return argument.substr(0, equals);
}

/// What is meant for a service by `--image` or `--code`: `SERVICE=REF`, else a plain `REF`.
std::string meant_for(const Arguments& arguments, const std::string& option, const std::string& service) {
  std::string plain;
  for (const std::string& argument : arguments.many(option)) {
    const auto named = named_service(argument);
    if (named == service) return argument.substr(service.size() + 1);
    if (!named) plain = argument;
  }
  return plain;
}

/// A path is as the command's user sees it.
std::string code_for(const Request& request, const config::Service& service) {
  const bool is_function = std::holds_alternative<rollout::LambdaTarget>(service.target);
  const auto codes = request.arguments.many("code");
  const bool is_named =
      std::ranges::any_of(codes, [&](const auto& code) { return named_service(code) == service.name; });
  if (!is_function && !is_named) return {};  // a plain one is for the functions
  const std::string code = meant_for(request.arguments, "code", service.name);
  if (code.empty() || code.starts_with("s3://")) return code;
  return (std::filesystem::path(working_directory(request)) / code).lexically_normal().string();
}

Result<std::vector<config::Service>> services_of(const Request& request, const config::Environment& environment) {
  const auto names = request.arguments.many("service");
  if (names.empty()) return application::in_dependency_order(environment.services);
  std::vector<config::Service> services;
  for (const std::string& name : names) {
    TRY_ASSIGN(services.emplace_back(), application::choose_service(environment, name));
  }
  return application::in_dependency_order(std::move(services));
}

Status check_named_services(const Request& request, const config::Environment& environment) {
  for (const char* option : {"image", "code"}) {
    for (const std::string& argument : request.arguments.many(option)) {
      if (const auto named = named_service(argument)) TRY(application::choose_service(environment, *named));
    }
  }
  return {};
}

/// Blocks: reads files, asks the registry.
Result<DeployRequests> make_requests(const Machine& machine, const Request& request) {
  TRY_ASSIGN(const config::Environment environment, environment_of(request));
  TRY(check_named_services(request, environment));
  TRY_ASSIGN(const auto services, services_of(request, environment));
  DeployRequests requests;
  for (const config::Service& service : services) {
    application::DeployServiceOptions options;
    options.image = meant_for(request.arguments, "image", service.name);
    options.code = code_for(request, service);
    options.base_directory = folder_of(configuration_path(request));
    options.user = request.user;
    options.supersede = request.arguments.has("supersede");
    options.while_alarming = request.arguments.has("while-alarming");
    const application::DeployServicePorts ports{machine.registry,  machine.ports.secrets, machine.fingerprints,
                                                machine.ports.ids, machine.ports.fleet,   machine.packages};
    TRY_ASSIGN(auto made, application::deploy_request(environment, service, options, ports));
    requests.push_back(std::move(made));
  }
  return requests;
}

/// Runs blocking work off the strand, then `next` with its result, unless the command has gone.
template <typename T>
void off_strand(const Machine& machine, const SessionPointer& session, std::function<Result<T>()> work,
                std::function<void(T)> next) {
  auto result = std::make_shared<Result<T>>(Error{ErrorKind::Cancelled, "not begun"});
  machine.ports.executor.run(
      ports::Executor::Lane::Ordinary, [work = std::move(work), result] { *result = work(); },
      [result, session, next = std::move(next)] {
        if (!*result) return session->fail(result->error());
        next(std::move(**result));
      });
}

/// The id of a command's n-th deployment, from 0. It follows from the request alone: sent again, the request finds each
/// of its deployments.
std::string deployment_id(const std::string& request, std::size_t n) {
  return n == 0 ? request : fmt::format("{}.{}", request, n + 1);
}

/// Deploys one after the other; the command's end is that of the last, or of the first that does not succeed.
class Sequence : public std::enable_shared_from_this<Sequence> {
 public:
  /// `use` is let go with this: the images of services whose turn has not come stay.
  Sequence(Machine& machine, SessionPointer session, DeployRequests requests, const Request& request,
           application::ImageGate::Use use)
      : machine_(machine),
        session_(std::move(session)),
        request_id_(request.id),
        detach_(request.command == "deploy" ? request.arguments.has("detach") : !request.arguments.has("wait")),
        use_(std::move(use)) {
    for (DeployRequest& each : requests) requests_.push_back(std::move(each));
  }

  void next() {
    DeployRequest request = std::move(requests_.front());
    requests_.pop_front();
    const std::string own_id = deployment_id(request_id_, begun_++);
    const auto live = machine_.ports.journal.live(request.plan.service);
    if (live && *live && machine_.controller.active(request.plan.service) == nullptr &&
        application::same_content((*live)->revision, request.plan.green)) {
      session_->emit({{"type", "unchanged"},
                      {"service", request.plan.service.service},
                      {"label", request.plan.green.label},
                      {"revision", (*live)->revision.id}});
      return went_well();
    }
    const auto id = machine_.controller.deploy(std::move(request), own_id);
    if (!id) return session_->fail(id.error());
    session_->emit({{"type", "accepted"}, {"deployment", *id}, {"services_left", requests_.size()}});
    if (detach_) return went_well();
    DeploymentFollower::follow(machine_.controller, machine_.ports, relay(), *id, DeploymentFollower::AtHold::End);
  }

 private:
  void went_well() {
    if (requests_.empty()) return session_->end(ExitCode::Succeeded);
    next();
  }

  /// A session between the follower and the command: the end of one deployment is not that of the command.
  class Relay final : public Session {
   public:
    explicit Relay(std::shared_ptr<Sequence> sequence) : sequence_(std::move(sequence)) {}
    void emit(const boost::json::object& event) override { sequence_->session_->emit(event); }
    void end(ExitCode code, const std::string& message) override {
      ended_ = true;
      const bool last = sequence_->requests_.empty() || code != ExitCode::Succeeded;
      if (last) return sequence_->session_->end(code, message);
      sequence_->next();
    }
    std::stop_token gone() const override { return sequence_->session_->gone(); }
    /// Also when the command has gone: the services whose turn has not come are deployed all the same.
    bool is_open() const override { return !ended_; }

   private:
    std::shared_ptr<Sequence> sequence_;
    bool ended_ = false;
  };
  SessionPointer relay() { return std::make_shared<Relay>(shared_from_this()); }

  Machine& machine_;
  SessionPointer session_;
  std::deque<DeployRequest> requests_;
  std::string request_id_;
  std::size_t begun_ = 0;  ///< Requests that were taken from the line.
  bool detach_;
  application::ImageGate::Use use_;
};

/// A workflow's step keeps what it asks for: when the controller dies, its run may end as its deployments do.
Status link_to_step(const Machine& machine, const Request& request, std::size_t deployments) {
  const std::size_t first = request.step.find('/');
  const std::size_t last = request.step.rfind('/');
  if (first == std::string::npos || first == last) return {};
  int step = 0;
  const char* const end = request.step.data() + request.step.size();
  const auto read = std::from_chars(request.step.data() + last + 1, end, step);
  if (read.ec != std::errc{} || read.ptr != end) return {};
  std::vector<std::string> ids;
  for (std::size_t n = 0; n < deployments; ++n) ids.push_back(deployment_id(request.id, n));
  const std::string run = request.step.substr(0, first);
  Status linked = machine.run_journal.step_deploys(run, request.step.substr(first + 1, last - first - 1), step, ids);
  if (!linked && linked.error().kind == ErrorKind::NotFound) return {};  // of another sluice
  return linked;
}

void deploy(Machine& machine, const Request& request, const SessionPointer& session) {
  machine.keep_variables(request.variables);
  // From the first look at the registry on, no image is removed that is found there.
  machine.image_gate.enter([&machine, request, session](const application::ImageGate::Use& use) {
    off_strand<DeployRequests>(
        machine, session, [&machine, request] { return make_requests(machine, request); },
        [&machine, session, request, use](DeployRequests requests) {
          if (const Status linked = link_to_step(machine, request, requests.size()); !linked) {
            return session->fail(linked.error());
          }
          std::make_shared<Sequence>(machine, session, std::move(requests), request, use)->next();
        });
  });
}

/// This machine goes without saying.
boost::json::value place_of(const rollout::Target& target) {
  if (std::holds_alternative<rollout::MachineTarget>(target)) return nullptr;
  return boost::json::value(rollout::describe_place(target));
}

void plan(Machine& machine, const Request& request, const SessionPointer& session) {
  machine.keep_variables(request.variables);
  off_strand<DeployRequests>(
      machine, session, [&machine, request] { return make_requests(machine, request); },
      [&machine, session](const DeployRequests& requests) {
        for (const DeployRequest& each : requests) {
          const auto live = machine.ports.journal.live(each.plan.service);
          if (!live) return session->fail(live.error());
          const rollout::Revision nothing;
          const rollout::Revision* const blue = *live          ? &(*live)->revision
                                                : each.serving ? &each.serving->revision
                                                               : nullptr;
          const bool first = blue == nullptr;
          boost::json::array changes;
          for (const std::string& line : application::differences(first ? nothing : *blue, each.plan.green)) {
            changes.emplace_back(line);
          }
          Milliseconds bakes{0};
          boost::json::array steps;
          for (const rollout::TrafficStep& step : each.plan.strategy.steps) {
            const bool canary = !first || &step == &each.plan.strategy.steps.back();
            if (!canary) continue;
            bakes += step.bake;
            steps.push_back({{"weight_percent", step.weight.basis_points() / 100.0},
                             {"bake_seconds", static_cast<double>(step.bake.count()) / 1000.0}});
          }
          session->emit({{"type", "plan"},
                         {"service", each.plan.service.service},
                         {"environment", each.plan.service.environment},
                         {"place", place_of(each.plan.green.target)},
                         {"first", first},
                         {"unchanged", !first && application::same_content(*blue, each.plan.green)},
                         {"changes", changes},
                         {"steps", steps},
                         {"bake_seconds", static_cast<double>(bakes.count()) / 1000.0}});
        }
        session->end(ExitCode::Succeeded);
      });
}

/// The plan of the newest deployment that succeeded: what its service was deployed with.
Result<rollout::Plan> last_plan(const Machine& machine, const rollout::ServiceKey& service) {
  TRY_ASSIGN(const auto history, machine.ports.journal.history(service, 1'000));
  for (const ports::DeploymentSummary& summary : history) {
    if (summary.outcome != rollout::Outcome::Succeeded) continue;
    TRY_ASSIGN(const auto records, machine.ports.journal.load(summary.deployment));
    return std::get<rollout::Started>(records.front().event).plan;
  }
  return Error{ErrorKind::NotFound, fmt::format("no deployment of {} has succeeded yet", service.to_string())};
}

Result<DeployRequest> make_revert(const Machine& machine, const rollout::ServiceKey& service, const std::string& to,
                                  const std::string& user) {
  TRY_ASSIGN(const auto live, machine.ports.journal.live(service));
  if (!live) return Error{ErrorKind::NotFound, fmt::format("nothing serves {} yet", service.to_string())};
  TRY_ASSIGN(const auto revisions, machine.ports.journal.revisions(service, image::kKeptRevisions + 1));
  std::string known;
  for (const rollout::Revision& revision : revisions) {
    if (revision.id == live->revision.id) continue;
    known += fmt::format("\n  {}  {}", revision.id, revision.label);
    if (!to.empty() && revision.id != to && revision.label != to) continue;
    TRY_ASSIGN(const rollout::Plan last, last_plan(machine, service));
    return application::revert_request(*live, revision, last, user);
  }
  if (known.empty()) {
    return Error{ErrorKind::NotFound, fmt::format("{} has no older revision to go back to", service.to_string())};
  }
  return Error{ErrorKind::NotFound,
               fmt::format("no kept revision of {} is '{}'. There are:{}", service.to_string(), to, known)};
}

/// Takes back what is under way.
void take_back(Machine& machine, const Request& request, const SessionPointer& session,
               const application::Deployment& active) {
  const std::string id = active.state.plan.deployment;
  const auto obeyed = [&machine, session, id, wait = request.arguments.has("wait")] {
    session->emit({{"type", "accepted"}, {"deployment", id}});
    if (!wait) return session->end(ExitCode::Succeeded, fmt::format("deployment {} is being rolled back", id));
    DeploymentFollower::follow(machine.controller, machine.ports, session, id, DeploymentFollower::AtHold::Follow);
  };
  if (active.state.mode == rollout::Mode::RollingBack) return obeyed();
  session->emit({{"type", "asked"}, {"deployment", id}});
  machine.controller.roll_back(id, request.user, request.arguments.one("reason"), reply_to(session, id, obeyed));
}

void roll_back(Machine& machine, const Request& request, const SessionPointer& session) {
  const Arguments& arguments = request.arguments;
  const auto service = find_service(machine, arguments.one("service"), arguments.one("environment"));
  if (!service) return session->fail(service.error());
  const application::Deployment* active = machine.controller.active(*service);
  const bool wait = arguments.has("wait");
  // Of a command that follows one deployment: by then it may have ended, and nothing else is meant.
  const std::string meant = arguments.one("deployment");
  if (!meant.empty() && (active == nullptr || active->state.plan.deployment != meant)) {
    return session->end(ExitCode::Usage, fmt::format("deployment {} is under way no more", meant));
  }
  // Said again, since the answer was lost: it is of that deployment, and of no other.
  const std::string asked = arguments.one("asked");
  if (!asked.empty() && (active == nullptr || active->state.plan.deployment != asked)) {
    if (!wait) return session->end(ExitCode::Succeeded, fmt::format("deployment {} has ended", asked));
    return DeploymentFollower::follow(machine.controller, machine.ports, session, asked,
                                      DeploymentFollower::AtHold::Follow);
  }
  if (active != nullptr && arguments.has("to")) {
    return session->end(ExitCode::Conflict,
                        fmt::format("deployment {} is under way: `sluice rollback {}` takes it back first",
                                    active->state.plan.deployment, service->service));
  }
  if (active != nullptr) return take_back(machine, request, session, *active);
  auto revert = make_revert(machine, *service, arguments.one("to"), request.user);
  if (!revert) return session->fail(revert.error());
  DeployRequests requests;
  requests.push_back(std::move(*revert));
  // Without a use: the images of kept revisions are never removed.
  std::make_shared<Sequence>(machine, session, std::move(requests), request, nullptr)->next();
}

/// All smoke tests through the front door, each told as it ends.
Result<boost::json::array> run_smoke_tests(const Machine& machine, const Request& request) {
  TRY_ASSIGN(const config::Environment environment, environment_of(request));
  TRY_ASSIGN(const config::Service service, application::choose_service(environment, request.arguments.one("service")));
  rollout::Plan plan;
  plan.service = {environment.project, environment.name, service.name};
  plan.front_door = {environment.listen, service.route.host, service.route.path};
  const application::EffectRunner runner(machine.ports);
  boost::json::array results;
  for (const rollout::SmokeTest& test : service.smoke) {
    const Status verdict = runner.smoke(plan, test, true, {});
    results.push_back({{"type", "smoke_test"},
                       {"name", test.name},
                       {"passed", verdict.has_value()},
                       {"message", verdict ? boost::json::value() : boost::json::value(verdict.error().message)}});
  }
  return results;
}

void smoke(Machine& machine, const Request& request, const SessionPointer& session) {
  off_strand<boost::json::array>(
      machine, session, [&machine, request] { return run_smoke_tests(machine, request); },
      [session](const boost::json::array& results) {
        bool passed = true;
        for (const boost::json::value& result : results) {
          passed = passed && result.at("passed").as_bool();
          session->emit(result.as_object());
        }
        session->end(passed ? ExitCode::Succeeded : ExitCode::RolledBack);
      });
}

}  // namespace

void add_deploy_commands(ControlServer& server, Machine& machine) {
  server.handle("deploy", [&machine](const Request& r, const SessionPointer& s) { deploy(machine, r, s); });
  server.handle("plan", [&machine](const Request& r, const SessionPointer& s) { plan(machine, r, s); });
  server.handle("rollback", [&machine](const Request& r, const SessionPointer& s) { roll_back(machine, r, s); });
  server.handle("smoke", [&machine](const Request& r, const SessionPointer& s) { smoke(machine, r, s); });
}

}  // namespace sluice::server
