// What is, what was, and why.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <memory>

#include "application/workflow/run_log.h"
#include "server/commands/commands.h"
#include "server/deployment_follower.h"
#include "server/deployment_view.h"
#include "server/run_view.h"

namespace sluice::server {
namespace {

constexpr int kMost = 10'000;

Result<int> read_most(const Arguments& arguments, int otherwise) {
  const std::string text = arguments.one("most");
  if (text.empty()) return otherwise;
  int most = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), most);
  if (error != std::errc{} || stop != text.data() + text.size() || most < 1 || most > kMost) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("--most takes a whole number from 1 to {}, not '{}'", kMost, text)};
  }
  return most;
}

bool is_meant(const rollout::ServiceKey& service, const Arguments& arguments) {
  const std::string name = arguments.one("service");
  const std::string environment = arguments.one("environment");
  return (name.empty() || service.service == name || service.to_string() == name) &&
         (environment.empty() || service.environment == environment);
}

bool means_all(const Arguments& arguments) {
  return arguments.one("service").empty() && arguments.one("environment").empty();
}

/// Workflow runs that are under way: they are of no service.
Status tell_runs(const Machine& machine, const Arguments& arguments, const SessionPointer& session) {
  if (!means_all(arguments)) return {};
  TRY_ASSIGN(const auto runs, machine.run_journal.unended());
  for (const std::string& id : runs) {
    TRY_ASSIGN(const ports::RunRecord run, machine.run_journal.load(id));
    session->emit(run_view(run));
  }
  return {};
}

void status(Machine& machine, const Request& request, const SessionPointer& session) {
  const auto live = machine.ports.journal.all_live();
  if (!live) return session->fail(live.error());
  for (const ports::LiveService& service : *live) {
    if (!is_meant(service.service, request.arguments)) continue;
    session->emit(live_view(service, machine.controller.problem(service.service)));
  }
  const TimePoint now = machine.ports.clock.now();
  for (const application::Deployment* deployment : machine.controller.deployments()) {
    if (deployment->finished || !is_meant(deployment->state.plan.service, request.arguments)) continue;
    session->emit(deployment_view(*deployment, now));
    session->emit(figures_view(*deployment, now));
  }
  for (const auto& [service, plan] : machine.controller.queued()) {
    if (is_meant(service, request.arguments)) session->emit(queued_view(plan));
  }
  if (const Status told = tell_runs(machine, request.arguments, session); !told) return session->fail(told.error());
  session->end(ExitCode::Succeeded);
}

void history(Machine& machine, const Request& request, const SessionPointer& session) {
  const auto most = read_most(request.arguments, 20);
  if (!most) return session->fail(most.error());
  const auto summaries = machine.ports.journal.history(std::nullopt, kMost);
  if (!summaries) return session->fail(summaries.error());
  std::vector<std::pair<TimePoint, boost::json::object>> ended;
  for (const ports::DeploymentSummary& summary : *summaries) {
    if (is_meant(summary.service, request.arguments)) ended.emplace_back(summary.ended_at, summary_view(summary));
  }
  if (means_all(request.arguments)) {
    const auto runs = machine.run_journal.history(*most);
    if (!runs) return session->fail(runs.error());
    for (const ports::RunRecord& run : *runs) ended.emplace_back(*run.ended_at, ended_run_view(run));
  }
  std::ranges::stable_sort(ended, std::ranges::greater(), [](const auto& each) { return each.first; });
  if (ended.size() > static_cast<std::size_t>(*most)) ended.resize(static_cast<std::size_t>(*most));
  for (const auto& [at, view] : ended) session->emit(view);
  session->end(ExitCode::Succeeded);
}

/// The deployment that `id` means: itself, a service's, or the newest there is.
Result<std::string> find_deployment(const Machine& machine, const std::string& id) {
  std::string newest;
  for (const application::Deployment* deployment : machine.controller.deployments()) {
    const rollout::Plan& plan = deployment->state.plan;
    if (plan.deployment == id) return id;
    const bool meant = id.empty() || plan.service.service == id || plan.service.to_string() == id;
    if (meant && !deployment->finished) newest = std::max(newest, plan.deployment);
  }
  if (!newest.empty()) return newest;
  TRY_ASSIGN(const auto summaries, machine.ports.journal.history(std::nullopt, kMost));
  for (const ports::DeploymentSummary& summary : summaries) {
    if (id.empty() || summary.deployment == id || summary.service.service == id || summary.service.to_string() == id) {
      return summary.deployment;
    }
  }
  return Error{ErrorKind::NotFound, id.empty() ? "nothing has been deployed on this machine yet"
                                               : fmt::format("there is no deployment and no service '{}'", id)};
}

void watch(Machine& machine, const Request& request, const SessionPointer& session) {
  const std::string name = request.arguments.one("id");
  if (machine.workflow_runs.follow(name, session)) return;
  if (!name.empty() && machine.interrupted_runs.follow(name, session)) return;
  const auto id = find_deployment(machine, request.arguments.one("id"));
  if (!id) return session->fail(id.error());
  const auto at_hold =
      request.arguments.has("until-hold") ? DeploymentFollower::AtHold::End : DeploymentFollower::AtHold::Follow;
  DeploymentFollower::follow(machine.controller, machine.ports, session, *id, at_hold);
}

/// How a run stands, in a sentence; nothing of one that the journal does not know.
std::string standing_of(const Machine& machine, const std::string& id) {
  const auto run = machine.run_journal.load(id);
  if (!run) return {};
  if (!run->outcome) return fmt::format("the run {} is under way", id);
  const std::string because = run->cause.empty() ? "" : ": " + run->cause;
  return fmt::format("the run {} ended: {}{}", id, workflow::to_string(*run->outcome), because);
}

void tell_run_log(const application::RunLog& log, const std::string& standing, const SessionPointer& session) {
  for (const application::StepLog& step : log.steps) {
    for (const std::string& line : step.lines) {
      session->emit({{"type", "log"}, {"job", step.job}, {"step", step.step}, {"line", line}});
    }
  }
  session->end(ExitCode::Succeeded, standing);
}

void logs(Machine& machine, const Request& request, const SessionPointer& session) {
  const auto most = read_most(request.arguments, 100);
  if (!most) return session->fail(most.error());
  const std::string name = request.arguments.one("name");
  if (const auto of_run = application::read_run_log(machine.places.home, name, static_cast<std::size_t>(*most))) {
    return tell_run_log(*of_run, standing_of(machine, of_run->run), session);
  } else if (name == "run") {
    return session->fail(of_run.error());
  }
  const auto service = find_service(machine, name, request.arguments.one("environment"));
  if (!service) return session->fail(service.error());
  std::vector<std::pair<std::string, std::string>> revisions;  // id and what it is
  if (const auto* active = machine.controller.active(*service)) {
    const rollout::Plan& plan = active->state.plan;
    if (plan.blue) revisions.emplace_back(plan.blue->id, "blue");
    revisions.emplace_back(plan.green.id, "green");
  } else if (const auto live = machine.ports.journal.live(*service); live && *live) {
    revisions.emplace_back((*live)->revision.id, "live");
  }
  auto events = std::make_shared<boost::json::array>();
  machine.ports.executor.run(
      ports::Executor::Lane::Ordinary,
      [&machine, service = *service, revisions, lines = *most, events] {
        for (const auto& [revision, colour] : revisions) {
          const auto tail = machine.ports.fleet.log_tail(service, revision, lines);
          if (!tail) {
            events->push_back({{"type", "log_problem"},
                               {"revision", revision},
                               {"colour", colour},
                               {"problem", tail.error().message}});
            continue;
          }
          for (const std::string& line : *tail) {
            events->push_back({{"type", "log"}, {"revision", revision}, {"colour", colour}, {"line", line}});
          }
        }
      },
      [session, events] {
        for (const auto& event : *events) session->emit(event.as_object());
        session->end(ExitCode::Succeeded);
      });
}

}  // namespace

void add_view_commands(ControlServer& server, Machine& machine) {
  server.handle("status", [&machine](const Request& r, const SessionPointer& s) { status(machine, r, s); });
  server.handle("history", [&machine](const Request& r, const SessionPointer& s) { history(machine, r, s); });
  server.handle("watch", [&machine](const Request& r, const SessionPointer& s) { watch(machine, r, s); });
  server.handle("logs", [&machine](const Request& r, const SessionPointer& s) { logs(machine, r, s); });
}

}  // namespace sluice::server
