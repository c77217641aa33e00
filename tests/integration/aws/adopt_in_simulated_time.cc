// `sluice adopt SERVICE --yes` by the production use case and adapter, in simulated time, against the simulated AWS.
//   adopt_in_simulated_time SIMULATOR_URL HOME SLUICE_YAML ENVIRONMENT SERVICE [--undo=FROM]
// Exit code 0: the service beside serves, or with --undo that of before; 1: what failed is on standard error.
#include <cstdio>
#include <optional>
#include <string>

#include "adapters/aws/adopt/adoption_world.h"
#include "adapters/posix/ids.h"
#include "application/adopt_service.h"
#include "application/deploy_service.h"
#include "simulated_time.h"

namespace sluice {
namespace {

struct Command {
  std::string simulator;
  std::string home;
  std::string file;
  std::string environment;
  std::string service;
  std::optional<std::string> back_to;
};

Result<config::Service> service_of(const Command& command) {
  TRY_ASSIGN(const auto configuration, application::load_configuration(command.file));
  TRY_ASSIGN(const auto environment, application::choose_environment(configuration, command.environment));
  return application::choose_service(environment, command.service);
}

/// As work of the executor.
Status adopt(const Command& command, SimulatedTime& time) {
  TRY_ASSIGN(const config::Service service, service_of(command));
  const auto& place = std::get<rollout::EcsTarget>(service.target);
  aws::ClientPool clients({.pause = time.pause(), .chance = [&time] { return time.spread(); }}, time.around(time.http));
  TRY_ASSIGN(aws::Client* const client, clients.get(place.region, place.role));
  posix::Ids ids(time.real_clock);
  aws::adopt::AdoptionWorld world(
      *client, place,
      aws::adopt::AdoptionNotes(command.home, place.cluster, place.service, [&ids] { return ids.next(); }));
  const auto say = [](const std::string& text) { std::printf("%s\n", text.c_str()); };
  const application::AdoptService use_case({.world = world,
                                            .clock = time.executor,
                                            .pause = time.pause(),
                                            .begun = [&](const auto& step) { say(adoption::describe(step)); },
                                            .told = say});
  const auto request = application::adopt_request(service, command.back_to.value_or(""));
  return command.back_to ? use_case.give_back(request, {}) : use_case.adopt(request, {});
}

int run(const Command& command) {
  SimulatedTime time;
  std::optional<Status> done;
  if (const Status begun = time.begin(command.simulator); !begun) {
    done = begun;
  } else {
    Status result;
    time.executor.run(ports::Executor::Lane::Ordinary, [&] { result = adopt(command, time); }, [&] { done = result; });
    while (!done) time.executor.step();
  }
  if (*done) return 0;
  std::fprintf(stderr, "%s\n", done->error().message.c_str());
  return 1;
}

}  // namespace
}  // namespace sluice

int main(int argc, char** argv) {
  constexpr int kFixed = 6;
  const std::string last = argc > kFixed ? argv[kFixed] : "";
  constexpr std::string_view kUndo = "--undo=";
  if (argc < kFixed || (!last.empty() && !last.starts_with(kUndo))) {
    std::fputs("adopt_in_simulated_time SIMULATOR_URL HOME SLUICE_YAML ENVIRONMENT SERVICE [--undo=FROM]\n", stderr);
    return 2;
  }
  sluice::Command command{argv[1], argv[2], argv[3], argv[4], argv[5], {}};
  if (!last.empty()) command.back_to = last.substr(kUndo.size());
  return sluice::run(command);
}
