#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "server/commands/commands.h"
#include "server/deployment_view.h"

namespace sluice::server {
namespace {

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

}  // namespace

void add_machine_commands(ControlServer& server, Machine& machine) {
  server.handle("recover", [&machine](const Request& request, const SessionPointer& session) {
    machine.keep_variables(request.variables);
    machine.controller.when_recovered([&machine, session] {
      if (machine.controller.recovery_problems().empty()) return tell_what_is(machine, session);
      machine.controller.try_again([&machine, session] { tell_what_is(machine, session); });
    });
  });
  server.handle("shutdown", [&machine](const Request& request, const SessionPointer& session) {
    const bool everything = request.arguments.has("everything");
    if (everything) {
      for (const application::Deployment* deployment : machine.controller.deployments()) {
        if (deployment->finished) continue;
        return session->end(ExitCode::Conflict, fmt::format("deployment {} is under way: cancel it, or wait for it",
                                                            deployment->state.plan.deployment));
      }
    }
    session->end(ExitCode::Succeeded);
    machine.ports.executor.at(machine.ports.clock.now() + Milliseconds{50},
                              [&machine, everything] { machine.shut_down(everything); });
  });
}

}  // namespace sluice::server
