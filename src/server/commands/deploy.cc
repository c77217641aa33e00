#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "application/deploy_service.h"
#include "core/image/retention.h"
#include "server/commands/commands.h"
#include "server/commands/deploy_requests.h"
#include "server/deployment_follower.h"
#include "server/deployment_view.h"
#include "server/followed_together.h"
#include "server/request_files.h"

namespace sluice::server {
namespace {

using application::DeployRequest;

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

/// Deploys all as one release, and follows it.
class Rollout : public std::enable_shared_from_this<Rollout> {
 public:
  /// `use` is let go with this: until then the images stay.
  Rollout(Machine& machine, SessionPointer session, const Request& request, application::ImageGate::Use use)
      : machine_(machine),
        session_(std::move(session)),
        request_id_(request.id),
        detach_(request.command == "deploy" ? request.arguments.has("detach") : !request.arguments.has("wait")),
        use_(std::move(use)) {}

  /// `after`: by request, the services that it depends on at whatever distance.
  void begin(DeployRequests requests, std::vector<std::vector<std::string>> after) {
    for (std::size_t i = 0; i < requests.size(); ++i) requests[i].plan.deployment = deployment_id(request_id_, i);
    leave_out_unchanged(requests, after);
    if (requests.empty()) return session_->end(ExitCode::Succeeded);
    std::vector<rollout::Plan*> plans;
    std::vector<std::pair<std::string, std::string>> members;
    for (DeployRequest& request : requests) {
      plans.push_back(&request.plan);
      members.emplace_back(request.plan.deployment, request.plan.service.service);
    }
    const auto follows = [](const rollout::Plan* plan) { return !can_hold(plan->green.target); };
    if (const auto other = std::ranges::find_if(plans, follows); plans.size() > 1 && other != plans.end()) {
      return session_->end(ExitCode::Usage,
                           fmt::format("{} is moved by CodeDeploy, which waits for no other service: deploy it alone",
                                       (*other)->service.service));
    }
    rollout::join_in_release(request_id_, plans, after);
    if (const Status begun = machine_.controller.deploy(std::move(requests)); !begun) {
      return session_->fail(begun.error());
    }
    for (const auto& [id, service] : members) {
      session_->emit({{"type", "accepted"}, {"deployment", id}, {"service", service}, {"others", members.size() - 1}});
    }
    if (detach_) return session_->end(ExitCode::Succeeded);
    std::vector<std::string> ids;
    for (const auto& [id, service] : members) ids.push_back(id);
    FollowedTogether::follow(machine_.controller, machine_.ports, session_, ids, shared_from_this());
  }

 private:
  /// What serves already is no part of the release.
  void leave_out_unchanged(DeployRequests& requests, std::vector<std::vector<std::string>>& after) {
    for (std::size_t i = requests.size(); i-- > 0;) {
      const rollout::Plan& plan = requests[i].plan;
      const auto live = machine_.ports.journal.live(plan.service);
      const bool unchanged = live && *live && machine_.controller.active(plan.service) == nullptr &&
                             application::same_content((*live)->revision, plan.green);
      if (!unchanged) continue;
      session_->emit({{"type", "unchanged"},
                      {"service", plan.service.service},
                      {"label", plan.green.label},
                      {"revision", (*live)->revision.id}});
      const auto place = static_cast<std::ptrdiff_t>(i);
      requests.erase(requests.begin() + place);
      after.erase(after.begin() + place);
    }
  }

  Machine& machine_;
  SessionPointer session_;
  std::string request_id_;
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
    off_strand<Wanted>(
        machine, session, [&machine, request] { return make_requests(machine, request); },
        [&machine, session, request, use](Wanted wanted) {
          if (const Status linked = link_to_step(machine, request, wanted.requests.size()); !linked) {
            return session->fail(linked.error());
          }
          std::make_shared<Rollout>(machine, session, request, use)
              ->begin(std::move(wanted.requests), std::move(wanted.after));
        });
  });
}

/// This machine goes without saying.
boost::json::value place_of(const rollout::Target& target) {
  if (std::holds_alternative<rollout::MachineTarget>(target)) return nullptr;
  return boost::json::value(rollout::describe_place(target));
}

/// The deployment of an API that the stage points at, before the plan; nothing for another target.
std::optional<std::string> deployment_change(const DeployRequest& request) {
  const bool is_gateway = std::holds_alternative<rollout::GatewayTarget>(request.plan.green.target);
  if (!is_gateway || !request.serving) return std::nullopt;
  return fmt::format("{} → one that is made of {}", request.serving->revision.label, request.plan.green.image);
}

/// What the registry's scan says of the image now; null where the plan does not ask for it. Blocks.
boost::json::value scan_of(const Machine& machine, const rollout::Plan& plan) {
  if (!plan.scan_gate) return nullptr;
  const auto scans = machine.ports.image_scans.look(plan.green.target, plan.green.image, {});
  const rollout::ScanJudgement judgement = rollout::judge(scans, plan);
  return {{"verdict", to_string(judgement.verdict)}, {"sentence", judgement.sentence}};
}

/// What is wanted, and what is known of it besides.
struct Planned {
  DeployRequests requests;
  std::vector<boost::json::value> scans;  ///< By request.
};

Result<Planned> make_plan(const Machine& machine, const Request& request) {
  TRY_ASSIGN(Wanted wanted, make_requests(machine, request));
  Planned planned{.requests = std::move(wanted.requests), .scans = {}};
  for (const DeployRequest& each : planned.requests) planned.scans.push_back(scan_of(machine, each.plan));
  return planned;
}

void plan(Machine& machine, const Request& request, const SessionPointer& session) {
  machine.keep_variables(request.variables);
  off_strand<Planned>(
      machine, session, [&machine, request] { return make_plan(machine, request); },
      [&machine, session](const Planned& planned) {
        for (std::size_t i = 0; i < planned.requests.size(); ++i) {
          const DeployRequest& each = planned.requests[i];
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
          if (const auto change = deployment_change(each); change && !changes.empty()) changes.emplace_back(*change);
          for (const std::string& line : each.changes) changes.emplace_back(line);
          Milliseconds bakes{0};
          boost::json::array steps;
          for (const rollout::TrafficStep& step : each.plan.strategy.steps) {
            const bool canary = !first || &step == &each.plan.strategy.steps.back();
            if (!canary) continue;
            bakes += step.bake;
            steps.push_back({{"weight_percent", step.weight.basis_points() / 100.0},
                             {"bake_seconds", static_cast<double>(step.bake.count()) / 1000.0}});
          }
          boost::json::array hooks;
          for (const rollout::LifecycleHook& hook : each.plan.hooks) hooks.emplace_back(describe(hook));
          session->emit({{"type", "plan"},
                         {"service", each.plan.service.service},
                         {"environment", each.plan.service.environment},
                         {"place", place_of(each.plan.green.target)},
                         {"first", first},
                         {"unchanged", !first && application::same_content(*blue, each.plan.green)},
                         {"changes", changes},
                         {"hooks", hooks},
                         {"scan", planned.scans[i]},
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
  std::make_shared<Rollout>(machine, session, request, nullptr)->begin(std::move(requests), {{}});
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
    const Status verdict = runner.smoke(plan, test, true, {}).verdict;
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
