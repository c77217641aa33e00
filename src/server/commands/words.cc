// What a person says to a deployment that is under way.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/nearest_name.h"
#include "server/commands/commands.h"

namespace sluice::server {
namespace {

using Word = std::function<void(application::Controller&, const std::string& deployment, const Request&,
                                application::WordReply)>;

void say(Machine& machine, const Request& request, const SessionPointer& session, const Word& word,
         const std::string& said) {
  const auto service = find_service(machine, request.arguments.one("service"), request.arguments.one("environment"));
  if (!service) return session->fail(service.error());
  const application::Deployment* active = machine.controller.active(*service);
  if (active == nullptr) {
    return session->end(ExitCode::Usage, fmt::format("no deployment of {} is under way", service->to_string()));
  }
  const std::string id = active->state.plan.deployment;
  if (const std::string meant = request.arguments.one("deployment"); !meant.empty() && meant != id) {
    return session->end(ExitCode::Usage, fmt::format("deployment {} is under way no more", meant));
  }
  word(machine.controller, id, request, reply_to(session, id, [session, id, said] {
         session->end(ExitCode::Succeeded, fmt::format("deployment {} {}", id, said));
       }));
}

/// Services with a deployment under way, and services that serve.
Result<std::set<rollout::ServiceKey>> known_services(const Machine& machine) {
  std::set<rollout::ServiceKey> known;
  for (const application::Deployment* deployment : machine.controller.deployments()) {
    known.insert(deployment->state.plan.service);
  }
  TRY_ASSIGN(const auto live, machine.ports.journal.all_live());
  for (const ports::LiveService& service : live) known.insert(service.service);
  return known;
}

}  // namespace

application::WordReply reply_to(const SessionPointer& session, const std::string& deployment,
                                std::function<void()> obeyed) {
  return {.answered =
              [session, obeyed = std::move(obeyed)](const Status& status) {
                if (!status) return session->fail(status.error());
                obeyed();
              },
          .delayed =
              [session, deployment](const Error& error) {
                session->emit({{"type", "word_delayed"},
                               {"deployment", deployment},
                               {"message", fmt::format("it is not in the journal yet ({}). sluice goes on trying; if "
                                                       "it is killed before, the word is lost. The traffic of a "
                                                       "rollback goes back all the same",
                                                       error.message)}});
              }};
}

Result<rollout::ServiceKey> find_service(const Machine& machine, const std::string& name,
                                         const std::string& environment) {
  TRY_ASSIGN(const auto known, known_services(machine));
  std::vector<rollout::ServiceKey> matching;
  for (const rollout::ServiceKey& service : known) {
    const bool by_name = name.empty() || service.service == name || service.to_string() == name;
    const bool by_environment = environment.empty() || service.environment == environment;
    if (by_name && by_environment) matching.push_back(service);
  }
  if (matching.size() == 1) return matching.front();
  if (known.empty()) return Error{ErrorKind::NotFound, "nothing has been deployed on this machine yet"};
  std::string names;
  for (const rollout::ServiceKey& service : matching.empty() ? std::vector(known.begin(), known.end()) : matching) {
    names += "\n  " + service.to_string();
  }
  const std::string problem =
      matching.empty() ? fmt::format("there is no service '{}'", name) : "more than one service is meant";
  return Error{ErrorKind::NotFound, fmt::format("{}; name one of:{}", problem, names)};
}

void add_word_commands(ControlServer& server, Machine& machine) {
  const auto add = [&](const std::string& command, const std::string& said, Word word) {
    server.handle(command, [&machine, said, word = std::move(word)](const Request& r, const SessionPointer& s) {
      say(machine, r, s, word, said);
    });
  };
  add("promote", "goes on", [](auto& controller, const std::string& id, const Request& request, auto reply) {
    controller.promote(id, request.user, request.arguments.has("full"), std::move(reply));
  });
  add("hold", "is held as soon as its stage allows; its checks go on",
      [](auto& controller, const std::string& id, const Request& request, auto reply) {
        controller.hold(id, request.user, std::move(reply));
      });
  add("cancel", "is being taken back", [](auto& controller, const std::string& id, const Request& request, auto reply) {
    controller.cancel(id, request.user, std::move(reply));
  });
}

}  // namespace sluice::server
