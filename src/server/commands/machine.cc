#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <vector>

#include "server/commands/commands.h"
#include "server/deployment_view.h"

namespace sluice::server {

void tell_what_is(const Machine& machine, const SessionPointer& session) {
  const auto live = machine.ports.journal.all_live();
  if (!live) return session->fail(live.error());
  for (const ports::LiveService& service : *live)
    session->emit(live_view(service, machine.controller.problem(service.service)));
  const TimePoint now = machine.ports.clock.now();
  for (const application::Deployment* deployment : machine.controller.deployments()) {
    if (!deployment->finished) session->emit(deployment_view(*deployment, now));
  }
  const auto& problems = machine.controller.recovery_problems();
  if (problems.empty()) return session->end(ExitCode::Succeeded);
  session->end(ExitCode::RolledBack, fmt::format("{}; sluice goes on trying", fmt::join(problems, "; ")));
}

namespace {

/// Ends the program, once the command has its answer.
void leave(const Machine& machine, const SessionPointer& session, const std::vector<std::string>& not_ended) {
  constexpr Milliseconds kUntilSent{50};
  if (not_ended.empty()) {
    session->end(ExitCode::Succeeded);
  } else {
    session->end(ExitCode::RolledBack, fmt::format("not all has ended: {}. Say `sluice shutdown --everything` again",
                                                   fmt::join(not_ended, "; ")));
  }
  machine.ports.executor.at(machine.ports.clock.now() + kUntilSent, [&machine] { machine.shut_down(); });
}

}  // namespace

void add_machine_commands(ControlServer& server, Machine& machine) {
  server.handle("shutdown", [&machine](const Request& request, const SessionPointer& session) {
    if (!request.arguments.has("everything")) return leave(machine, session, {});
    for (const application::Deployment* deployment : machine.controller.deployments()) {
      if (deployment->finished) continue;
      return session->end(ExitCode::Conflict, fmt::format("deployment {} is under way: cancel it, or wait for it",
                                                          deployment->state.plan.deployment));
    }
    machine.controller.stop_keeping([&machine, session] {
      const auto left = std::make_shared<std::vector<std::string>>();
      machine.ports.executor.run(
          ports::Executor::Lane::Ordinary, [&machine, left] { *left = machine.end_everything(); },
          [&machine, session, left] { leave(machine, session, *left); });
    });
  });
}

}  // namespace sluice::server
