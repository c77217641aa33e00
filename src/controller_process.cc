#include "controller_process.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>

#include "adapters/asio/executor.h"
#include "adapters/aws/digest.h"
#include "adapters/aws/ecr/registries.h"
#include "adapters/aws/kept_files.h"
#include "adapters/aws/messages/cloudwatch.h"
#include "adapters/aws/messages/event_bridge.h"
#include "adapters/aws/messages/sns.h"
#include "adapters/aws/permissions.h"
#include "adapters/aws/prometheus_workspaces.h"
#include "adapters/aws/runner/runner.h"
#include "adapters/aws/secrets.h"
#include "adapters/buildah/image_builder.h"
#include "adapters/curl/http_client.h"
#include "adapters/docker_registry/local_registry.h"
#include "adapters/files/image_records.h"
#include "adapters/github/notifier.h"
#include "adapters/haproxy/log_socket.h"
#include "adapters/haproxy/router.h"
#include "adapters/haproxy/telemetry.h"
#include "adapters/linux/daemons.h"
#include "adapters/openssl/api_definitions.h"
#include "adapters/openssl/fingerprints.h"
#include "adapters/openssl/packages.h"
#include "adapters/pagerduty/notifier.h"
#include "adapters/podman/api_client.h"
#include "adapters/podman/fleet.h"
#include "adapters/podman/image_sandbox.h"
#include "adapters/podman/image_store.h"
#include "adapters/podman/service_log.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/files.h"
#include "adapters/posix/ids.h"
#include "adapters/posix/kept_variables.h"
#include "adapters/posix/pause.h"
#include "adapters/posix/processes.h"
#include "adapters/posix/secrets.h"
#include "adapters/prometheus/metric_queries.h"
#include "adapters/skopeo/login_file.h"
#include "adapters/skopeo/registry.h"
#include "adapters/slack/notifier.h"
#include "adapters/sqlite/run_journal.h"
#include "adapters/trivy/scanner.h"
#include "application/controller.h"
#include "application/image_gate.h"
#include "application/image_retention.h"
#include "application/image_stage.h"
#include "application/notifier_by_place.h"
#include "application/ports_by_target.h"
#include "application/secrets_by_source.h"
#include "application/targets.h"
#include "application/workflow/run_workflow.h"
#include "aws_ports.h"
#include "cli/connection.h"
#include "cli/journal_variable.h"
#include "controller_journal.h"
#include "server/commands/commands.h"
#include "server/control_server.h"
#include "server/interrupted_runs.h"
#include "server/listener_store.h"
#include "server/machine.h"
#include "server/pipeline_messages.h"
#include "server/protocol.h"
#include "server/resident_parent.h"
#include "server/run_endings.h"
#include "server/workflow_runs.h"

extern char** environ;

namespace sluice {
namespace {

/// What the parent holds for this controller and the next; -1 without a parent.
int inherited_memory() {
  const char* const number = std::getenv(server::kMemoryVariable);
  const int memory = number == nullptr ? -1 : std::atoi(number);
  ::unsetenv(server::kMemoryVariable);
  return memory;
}

/// Until those who follow a deployment have heard that it goes on elsewhere.
constexpr Milliseconds kUntilTold{200};

std::map<std::string, std::string> own_environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

std::string owner_name() {
  std::string host(256, '\0');
  ::gethostname(host.data(), host.size() - 1);
  return fmt::format("{} (process {})", host.c_str(), ::getpid());
}

/// Ends what serves: replicas, HAProxy, the registry, podman's service. What could not be ended.
std::vector<std::string> end_everything(podman::Fleet& fleet, haproxy::Router& router, podman::ApiClient& podman,
                                        docker_registry::LocalRegistry& registry) {
  constexpr Milliseconds kGrace{2'000};
  std::vector<std::string> problems;
  const auto tell = [&problems](const Status& ended) {
    if (!ended) problems.push_back(ended.error().message);
  };
  const auto there = fleet.list();
  if (!there && !podman.is_absent()) {
    problems.push_back(there.error().message);
  } else if (there) {
    for (const auto& [service, revision] : *there) tell(fleet.stop(service, revision, kGrace));
  }
  if (ports::Daemon* daemon = router.daemon()) tell(daemon->end(kGrace));
  tell(registry.end_all());
  if (!podman.is_absent()) tell(podman.service().end(kGrace));
  return problems;
}

/// Containers of this machine are there unless nothing here needs them: without podman, or with a journal that other
/// machines share, the controller deploys to AWS alone.
Result<std::unique_ptr<podman::ApiClient>> start_podman(const server::Places& places, const ControllerJournal& journal,
                                                        const application::Targets& targets, curl::HttpClient& http,
                                                        linux_host::Daemons& daemons) {
  if (journal.is_shared()) {
    return podman::ApiClient::absent(
        Error{ErrorKind::InvalidInput, fmt::format("the journal is in {}: services of this machine cannot be deployed "
                                                   "with it, nor images built",
                                                   journal.name())},
        http);
  }
  auto podman = podman::ApiClient::create({.run_directory = places.run}, http, daemons);
  const bool is_missing = !podman && podman.error().kind == ErrorKind::NotFound;
  if (is_missing && !targets.has_machine_services()) return podman::ApiClient::absent(podman.error(), http);
  return podman;
}

int run_controller(const server::Places& places) {
  server::ListenerStore store = server::ListenerStore::of_parent();
  posix::KeptVariables variables(inherited_memory());
  const auto fail = [](const Error& error) {
    std::fprintf(stderr, "sluice: %s\n", error.message.c_str());
    return 1;
  };
  std::error_code ignored;
  for (const std::string& folder : {places.home + "/logs", places.run})
    std::filesystem::create_directories(folder, ignored);
  std::ofstream(places.run + "/controller.pid") << ::getpid() << "\n";

  posix::Clock clock;
  posix::Ids ids(clock);
  posix::Processes processes;
  curl::HttpClient http;
  linux_host::Daemons daemons(places.home);
  posix::Secrets machine_secrets(processes, [&variables](const std::string& name) { return variables.find(name); });
  auto fingerprints = openssl::Fingerprints::create(places.home + "/fingerprints.key");
  if (!fingerprints) return fail(fingerprints.error());
  const auto journal_place = cli::journal_place_of_environment();
  if (!journal_place) return fail(journal_place.error());
  posix::Files files;
  const aws::Surroundings around_aws{
      .http = http,
      .files = files,
      .processes = processes,
      .clock = clock,
      .variables = [&variables](const std::string& name) { return variables.find(name); }};
  const auto opened = ControllerJournal::open({.home = places.home,
                                               .place = *journal_place,
                                               .owner = owner_name(),
                                               .pause = posix::pause_for,
                                               .chance = posix::chance},
                                              around_aws);
  if (!opened) return fail(opened.error());
  ControllerJournal& journal = **opened;
  application::Targets targets;
  if (const Status learned = targets.learn(journal.journal()); !learned) return fail(learned.error());
  auto run_journal = sqlite::RunJournal::open(places.home + "/journal.db");
  if (!run_journal) return fail(run_journal.error());
  auto podman = start_podman(places, journal, targets, http, daemons);
  if (!podman) return fail(podman.error());
  auto fleet = podman::Fleet::create(places.home, **podman, http);
  if (!fleet) return fail(fleet.error());
  podman::ServiceLog service_log((*fleet)->owner(), **podman, clock);
  auto telemetry = haproxy::Telemetry::create({.home = places.home, .run_directory = places.run}, clock);
  if (!telemetry) return fail(telemetry.error());
  const auto report = [](const Error& error) { std::fprintf(stderr, "sluice: %s\n", error.message.c_str()); };
  auto router = haproxy::Router::create({.home = places.home,
                                         .run_directory = places.run,
                                         .log_port = (*telemetry)->port(),
                                         .log_token = (*telemetry)->token(),
                                         .listeners = store.take(),
                                         .listeners_changed =
                                             [&](const auto& listeners) {
                                               if (const Status kept = store.keep(listeners); !kept)
                                                 report(kept.error());
                                             },
                                         .report = report},
                                        daemons, processes, http);
  if (!router) return fail(router.error());
  aws::ClientPool aws_clients(
      {.pause = posix::pause_for,
       .chance = posix::chance,
       .may_call =
           [&journal](const aws::Call& call) { return journal.may_act(call.priority == aws::Priority::Urgent); }},
      around_aws);
  docker_registry::LocalRegistry local_registry(places.home, daemons, http, processes);
  aws::ecr::Registries ecr(aws_clients);
  const std::string login_directory = places.run + "/registry-logins";
  skopeo::remove_login_files(login_directory);
  skopeo::Registry registry({.ready = [&](const std::string& address) { return local_registry.ensure(address); },
                             .explain = [&](const std::string& address) { return local_registry.explain(address); },
                             .login = [&ecr](const auto& name, auto stop) { return ecr.login(name, std::move(stop)); },
                             .rules = [&ecr](const auto& name, auto stop) { return ecr.rules(name, std::move(stop)); },
                             .login_directory = login_directory},
                            processes, http);
  slack::Notifier slack(http);
  pagerduty::Notifier pagerduty(http);
  github::Notifier github([&variables](const std::string& name) { return variables.find(name); }, http);
  const aws::PrometheusWorkspaces workspaces(aws_clients);
  const prometheus::MetricQueries metric_queries(http, std::bind_front(&aws::PrometheusWorkspaces::query, &workspaces));
  buildah::ImageBuilder builder(
      {.scratch_directory = places.home + "/builds", .host = {.environment = own_environment()}}, processes);
  // The same for one journal, another for another: it goes into the names of containers and task sets.
  const std::string owner =
      (journal.is_shared() ? aws::sha256_hex(journal.name()) : fingerprints->of(Secret(places.home))).substr(0, 8);
  podman::ImageSandbox sandbox(owner, **podman, http, processes);
  trivy::Scanner scanner(places.home + "/scans", processes);
  files::ImageRecords records(places.home + "/images");
  podman::ImageStore image_store(**podman);

  asio::Executor executor(clock, {});
  aws::Secrets aws_secrets(aws_clients);
  application::SecretsBySource secrets(machine_secrets, aws_secrets);
  aws::messages::Sns sns(aws_clients);
  aws::messages::EventBridge event_bridge(aws_clients);
  aws::messages::CloudWatch cloudwatch(aws_clients);
  application::NotifierByPlace notifier({slack, sns, event_bridge, pagerduty, github, cloudwatch});
  aws::Permissions permissions(aws_clients);
  openssl::Packages packages;
  openssl::ApiDefinitions api_definitions;
  AwsPorts in_aws({.owner = owner, .pause = posix::pause_for},
                  {targets, journal.kept_files(), aws_clients, packages, api_definitions, clock});
  application::FleetByTarget fleets(
      targets, in_aws.fleets(**fleet),
      [&in_aws](const auto& service, const std::string& serving) { return in_aws.about_to_judge(service, serving); });
  application::RouterByTarget routers(targets, in_aws.routers(**router));
  application::TelemetryByTarget telemetries(targets, in_aws.telemetries(**telemetry));
  application::ServiceLogByTarget service_logs(targets, in_aws.service_logs(service_log));
  const application::RolloutPorts ports{clock,
                                        ids,
                                        executor,
                                        journal.journal(),
                                        fleets,
                                        routers,
                                        telemetries,
                                        service_logs,
                                        secrets,
                                        notifier,
                                        processes,
                                        http,
                                        metric_queries,
                                        in_aws.period_metrics,
                                        in_aws.functions,
                                        in_aws.named_alarms,
                                        in_aws.image_scans};
  application::Controller controller(
      ports, owner_name(), journal.is_shared() ? application::Keeping::ItsOwn : application::Keeping::WhatServes);
  // Its work is waited for before it goes; whoever can cancel some of that has gone by then, and has.
  const struct WorkEnd {
    asio::Executor& executor;
    ~WorkEnd() { executor.finish_work(); }
  } work_end{executor};
  application::ImageStage image_stage({.builder = builder,
                                       .sandbox = sandbox,
                                       .scanner = scanner,
                                       .registry = registry,
                                       .records = records,
                                       .processes = processes,
                                       .clock = clock,
                                       .pause = posix::pause_for});
  application::ConcurrencyGroups groups;
  aws::KeptInFolder own_files(places.home);
  aws::runner::Runner ci_runner(aws_clients, clock, own_files);
  // Without credentials it is tried again with the next job that runs there.
  const std::jthread leftovers([&ci_runner] { (void)ci_runner.end_leftovers(); });
  application::RunWorkflow run_workflow(
      processes, ci_runner, clock, ids, groups,
      {.home = places.home,
       .program_folder = std::filesystem::path(cli::own_program()).parent_path().string(),
       .jobs_at_once = 4,
       .variables = {{"SLUICE_HOME", places.home}, {"SLUICE_RUN", places.run}}});
  const auto post = [&executor](std::function<void()> call) { executor.post(std::move(call)); };
  const auto image_gate = application::ImageGate::create(post);
  const auto image_retention = application::ImageRetention::create(
      controller, image_gate,
      {.clock = clock,
       .executor = executor,
       .journal = journal.journal(),
       .records = records,
       .store = image_store,
       .registry = local_registry,
       .log = [](const std::string& line) { std::fprintf(stderr, "sluice: %s\n", line.c_str()); }});
  if (!(*podman)->is_absent()) controller.add_observer(image_retention);
  server::PipelineMessages pipeline_messages(ports, **run_journal);
  server::RunEndings run_endings(ports, **run_journal, pipeline_messages);
  server::WorkflowRuns workflow_runs({run_workflow, clock, **run_journal, run_endings, post});
  server::InterruptedRuns interrupted_runs(ports, **run_journal, controller, run_endings);
  controller.add_observer({std::shared_ptr<void>(), &interrupted_runs});  // lent
  server::Machine machine{places,
                          ports,
                          controller,
                          registry,
                          *fingerprints,
                          packages,
                          api_definitions,
                          permissions,
                          image_stage,
                          *image_gate,
                          workflow_runs,
                          interrupted_runs,
                          **run_journal,
                          post,
                          [&variables](const auto& sent) { variables.keep(sent); },
                          [&] { return end_everything(**fleet, **router, **podman, local_registry); },
                          [](Milliseconds span) { return posix::pause_for(span, {}); },
                          [&executor] { executor.stop(); },
                          journal.name(),
                          journal.owners(),
                          [&] {
                            in_aws.forget_looks();
                            return targets.learn(journal.journal());
                          }};
  if (const Status recovered = controller.recover(); !recovered) return fail(recovered.error());
  pipeline_messages.take_up();
  interrupted_runs.take_up();
  if (!(*podman)->is_absent()) controller.when_recovered([image_retention] { image_retention->prune(); });
  auto control = server::ControlServer::create(executor.context(), places.control_socket());
  if (!control) return fail(control.error());
  (*control)->admit([&journal](const server::Request& request) { return journal.may_serve(request.journal); });
  server::add_deploy_commands(**control, machine);
  server::add_image_commands(**control, machine);
  server::add_machine_commands(**control, machine);
  server::add_recover_command(**control, machine);
  server::add_run_commands(**control, machine);
  server::add_view_commands(**control, machine);
  server::add_word_commands(**control, machine);
  executor.on_terminate([&executor] { executor.stop(); });
  journal.when_lost([&](const std::string& why) {
    executor.post([&, why] {
      std::fprintf(stderr, "sluice: %s; what was under way goes on there, and this controller ends\n", why.c_str());
      controller.lose(why);
      executor.at(clock.now() + kUntilTold, [&executor] { executor.stop(); });
    });
  });
  executor.run_until_stopped();
  journal.leave();
  ::unlink(places.control_socket().c_str());
  return 0;
}

}  // namespace

int run_controller_command(const cli::Invocation& invocation) {
  const auto places = server::places_from_environment();
  if (!places) {
    std::fprintf(stderr, "sluice: %s\n", places.error().message.c_str());
    return 2;
  }
  if (invocation.arguments.has("child")) return run_controller(*places);
  return server::run_resident_parent(*places, {cli::own_program(), "controller", "--child"},
                                     posix::make_variable_memory());
}

}  // namespace sluice
