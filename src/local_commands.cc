#include "local_commands.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "adapters/aws/permissions.h"
#include "adapters/haproxy/configuration.h"
#include "adapters/haproxy/log_socket.h"
#include "adapters/openssl/api_definitions.h"
#include "adapters/openssl/packages.h"
#include "adapters/posix/files.h"
#include "adapters/posix/host.h"
#include "adapters/posix/pause.h"
#include "adapters/posix/processes.h"
#include "adapters/posix/secrets.h"
#include "application/deploy_service.h"
#include "application/doctor.h"
#include "application/environment_doctor.h"
#include "application/init_repository.h"
#include "aws_ports.h"
#include "cli/connection.h"
#include "local_aws.h"
#include "server/protocol.h"
#include "simulation/campaign.h"

namespace sluice {
namespace {

/// Asks the controller that runs for what is, and starts none.
application::ControllerFacts ask_controller(const server::Places& places, const std::string& request_id) {
  using State = application::ControllerFacts::State;
  constexpr auto kAnswersWithin = std::chrono::seconds(5);
  auto connection = cli::Connection::open(places, cli::Connection::WhenAbsent::Refuse);
  if (!connection) {
    const bool absent = connection.error().kind == ErrorKind::NotFound;
    return {.state = absent ? State::Absent : State::Refuses, .message = connection.error().message};
  }
  const auto deadline = std::chrono::steady_clock::now() + kAnswersWithin;
  server::Request request;
  request.id = request_id;
  request.command = "status";
  const auto end =
      connection->converse(request, [](const auto&) {}, [&] { return std::chrono::steady_clock::now() > deadline; });
  application::ControllerFacts facts;
  std::ifstream(places.run + "/controller.pid") >> facts.pid;
  facts.state = !end ? State::Silent : end->exit_code == 0 ? State::Answers : State::Refuses;
  if (end) facts.message = end->message;
  return facts;
}

int print(const std::vector<application::DoctorFinding>& findings, bool json) {
  for (const application::DoctorFinding& finding : findings) {
    std::printf("%s\n", (json ? to_json(finding) : to_string(finding)).c_str());
  }
  return application::lacks_nothing(findings) ? 0 : 1;
}

/// What the keys of this process may do: the controller has those of the variables with which it was started.
int run_environment_doctor(const cli::Invocation& invocation) {
  const auto environment = environment_of(invocation);
  if (!environment) {
    std::fprintf(stderr, "sluice: %s\n", environment.error().message.c_str());
    return 2;
  }
  LocalAws local;
  application::Targets targets;
  openssl::Packages packages;
  openssl::ApiDefinitions definitions;
  aws::KeptInFolder kept_files(std::filesystem::temp_directory_path().string());
  AwsPorts in_aws({.owner = "doctor", .pause = posix::pause_for},
                  {targets, kept_files, local.clients, packages, definitions, local.clock});
  aws::Permissions permissions(local.clients);
  // No service of an environment in AWS is on the machine.
  const auto fleets = in_aws.fleets(in_aws.ecs_fleet);
  const auto fleet_of = [&fleets](const rollout::Target& target) -> ports::Fleet& { return fleets.of(target); };
  const auto utilization_of = [&](const rollout::ServiceKey& service, const rollout::Target& target,
                                  const std::string& revision) -> Result<std::vector<ports::UtilizationSlot>> {
    targets.learn(service, target);
    TRY(in_aws.service_log.look_at_utilization(service, revision, {}));
    return in_aws.service_log.read_utilization(service, revision, TimePoint{});
  };
  return print(application::examine(*environment, {permissions, fleet_of, utilization_of}), invocation.json);
}

}  // namespace

Result<config::Environment> environment_of(const cli::Invocation& invocation) {
  const std::string& directory = invocation.arguments.one("directory");
  const std::string file = invocation.arguments.one("file").empty() ? "sluice.yaml" : invocation.arguments.one("file");
  TRY_ASSIGN(const auto configuration,
             application::load_configuration((std::filesystem::path(directory) / file).string()));
  return application::choose_environment(configuration, invocation.arguments.one("environment"));
}

int run_init_command(const cli::Invocation& invocation) {
  posix::Processes processes;
  posix::Files files;
  std::error_code ignored;
  application::InitRequest request;
  request.directory = std::filesystem::weakly_canonical(invocation.arguments.one("directory"), ignored).string();
  if (invocation.arguments.one("directory").empty()) request.directory = std::filesystem::current_path().string();
  if (invocation.arguments.has("git-hook")) {
    request.hook_repository = std::filesystem::weakly_canonical(invocation.arguments.one("git-hook"), ignored).string();
  }
  request.for_aws = invocation.arguments.has("aws");
  request.hook = {.program = cli::own_program(),
                  .home = posix::variable_of_this_process("SLUICE_HOME"),
                  .run = posix::variable_of_this_process("SLUICE_RUN")};
  const auto steps = application::init_repository(request, {files, processes});
  if (!steps) {
    std::fprintf(stderr, "sluice: %s\n", steps.error().message.c_str());
    return steps.error().kind == ErrorKind::InvalidInput || steps.error().kind == ErrorKind::NotFound ? 2 : 1;
  }
  for (const application::InitStep& step : *steps) {
    std::printf("%s\n", (invocation.json ? to_json(step) : to_string(step)).c_str());
  }
  return 0;
}

int run_doctor_command(const cli::Invocation& invocation, const std::string& request_id) {
  if (invocation.arguments.has("environment")) return run_environment_doctor(invocation);
  const auto places = server::places_from_environment();
  if (!places) {
    std::fprintf(stderr, "sluice: %s\n", places.error().message.c_str());
    return 2;
  }
  posix::Processes processes;
  posix::Host host;
  const auto findings =
      application::doctor({.home = places->home,
                           .run = places->run,
                           .wanted_receive_buffer_bytes = haproxy::kReceiveBufferBytes,
                           .controller = ask_controller(*places, request_id),
                           .connections_within = [](long files) { return haproxy::connections_within(files, {}); }},
                          {processes, host});
  return print(findings, invocation.json);
}

int run_simulate_command(const cli::Invocation& invocation) {
  const auto number = [&](const char* name, long otherwise) -> std::optional<long> {
    const std::string text = invocation.arguments.one(name);
    if (text.empty()) return otherwise;
    long value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = error == std::errc{} && stop == text.data() + text.size() && value >= 0;
    return whole ? std::optional(value) : std::nullopt;
  };
  const auto seeds = number("seeds", 100);
  const auto from = number("from", 1);
  if (!seeds || !from || *seeds < 1 || *seeds > 10'000'000) {
    std::fputs("sluice: --seeds takes a whole number from 1 to 10000000, --from one from 0\n", stderr);
    return 2;
  }
  simulation::CampaignOptions options;
  options.from = static_cast<std::uint64_t>(*from);
  options.seeds = static_cast<int>(*seeds);
  if (const std::string names = invocation.arguments.one("faults"); !names.empty()) {
    auto faults = simulation::parse_faults(names);
    if (!faults) {
      std::fprintf(stderr, "sluice: %s\n", faults.error().message.c_str());
      return 2;
    }
    options.faults = std::move(*faults);
  }
  int done = 0;
  const auto result = simulation::run_campaign(options, [&](const simulation::SimulationResult& run) {
    if (run.violation) std::printf("%s\n", simulation::describe_failure(run, options.faults).c_str());
    if (++done % 100 == 0 && !invocation.json) std::fprintf(stderr, "%d of %d seeds\n", done, options.seeds);
    return true;
  });
  std::string outcomes;
  for (const auto& [outcome, count] : result.outcomes) {
    outcomes += fmt::format("{}\"{}\":{}", outcomes.empty() ? "" : ",", rollout::to_string(outcome), count);
  }
  if (invocation.json) {
    std::printf(
        "{\"type\":\"campaign\",\"runs\":%d,\"deployments\":%ld,\"crashes\":%ld,\"events\":%ld,\"failures\":%zu,"
        "\"outcomes\":{%s}}\n",
        result.runs, result.deployments, result.crashes, result.events, result.failures.size(), outcomes.c_str());
  } else {
    std::printf("%d runs, %ld deployments in %s of simulated time, %ld crashes; broken invariants: %zu\n", result.runs,
                result.deployments, format_duration(result.simulated).c_str(), result.crashes, result.failures.size());
  }
  return result.failures.empty() ? 0 : 1;
}

}  // namespace sluice
