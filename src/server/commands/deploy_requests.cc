#include "server/commands/deploy_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "application/app_spec.h"
#include "application/deploy_service.h"
#include "application/environment_account.h"
#include "application/image_commit.h"
#include "server/request_files.h"

namespace sluice::server {
namespace {

/// The service that `SERVICE=REF` names; nothing of a plain `REF`, which may hold a `=` behind other characters.
std::optional<std::string> named_service(const std::string& argument) {
  const std::size_t equals = argument.find_first_of("=/:.?");
  if (equals == std::string::npos || argument[equals] != '=') return std::nullopt;
  return argument.substr(0, equals);
}

bool is_named(const Arguments& arguments, const std::string& option, const std::string& service) {
  return std::ranges::any_of(arguments.many(option), [&](const auto& each) { return named_service(each) == service; });
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

/// A plain image is for the services that have one.
std::string image_for(const Request& request, const config::Service& service) {
  const bool has_none = std::holds_alternative<rollout::GatewayTarget>(service.target) ||
                        std::holds_alternative<rollout::FlagsTarget>(service.target);
  if (has_none && !is_named(request.arguments, "image", service.name)) return {};
  return meant_for(request.arguments, "image", service.name);
}

/// A path is as the command's user sees it.
std::string code_for(const Request& request, const config::Service& service) {
  const bool is_function = std::holds_alternative<rollout::LambdaTarget>(service.target);
  const bool is_for_it = is_function || is_named(request.arguments, "code", service.name);
  if (!is_for_it) return {};  // a plain one is for the functions
  const std::string code = meant_for(request.arguments, "code", service.name);
  if (code.empty() || code.starts_with("s3://")) return code;
  return (std::filesystem::path(working_directory(request)) / code).lexically_normal().string();
}

/// A plain file is for the only service that is deployed.
Result<std::optional<appspec::AppSpec>> app_spec_for(const Request& request, const config::Service& service,
                                                     std::size_t services) {
  const std::string file = meant_for(request.arguments, "appspec", service.name);
  if (file.empty()) return std::optional<appspec::AppSpec>();
  if (services > 1 && !is_named(request.arguments, "appspec", service.name)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("an AppSpec file is of one service, and {} are deployed: say --appspec SERVICE={}",
                             services, file)};
  }
  const auto path = std::filesystem::path(working_directory(request)) / file;
  TRY_ASSIGN(auto spec, application::load_app_spec(path.lexically_normal().string()));
  return std::optional(std::move(spec));
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
  for (const char* option : {"image", "code", "appspec"}) {
    for (const std::string& argument : request.arguments.many(option)) {
      if (const auto named = named_service(argument)) TRY(application::choose_service(environment, *named));
    }
  }
  return {};
}

/// What serves on this machine is told of by its own journal alone.
Status may_use_journal(const Machine& machine, const config::Environment& environment, const config::Service& service) {
  if (machine.journal_name.empty() || !std::holds_alternative<rollout::MachineTarget>(service.target)) return {};
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("{} of the environment {} is deployed to this machine, and the journal is in {}, which other "
                  "machines share: that is for 'target: aws' alone. Deploy it without SLUICE_JOURNAL, with a "
                  "SLUICE_HOME of its own",
                  service.name, environment.name, machine.journal_name)};
}

}  // namespace

Result<Wanted> make_requests(const Machine& machine, const Request& request) {
  TRY_ASSIGN(const config::Environment environment, environment_of(request));
  TRY(check_named_services(request, environment));
  TRY_ASSIGN(const auto services, services_of(request, environment));
  TRY(application::check_account(environment, machine.permissions));
  if (machine.owners != nullptr) TRY(machine.learn_anew());  // others may have deployed since
  Wanted wanted;
  for (const config::Service& service : services) {
    TRY(may_use_journal(machine, environment, service));
    application::DeployServiceOptions options;
    options.image = image_for(request, service);
    options.code = code_for(request, service);
    TRY_ASSIGN(options.app_spec, app_spec_for(request, service, services.size()));
    options.base_directory = folder_of(configuration_path(request));
    options.user = request.user;
    if (rollout::any_takes_figures(environment.notify)) {
      options.committed_at =
          application::commit_time(machine.ports.processes, options.base_directory, options.image, {});
    }
    options.supersede = request.arguments.has("supersede");
    options.while_alarming = request.arguments.has("while-alarming");
    const application::DeployServicePorts ports{
        machine.registry, machine.ports.secrets,   machine.fingerprints,      machine.ports.ids, machine.ports.fleet,
        machine.packages, machine.api_definitions, machine.ports.service_log, machine.pause};
    TRY_ASSIGN(auto made, application::deploy_request(environment, service, options, ports));
    wanted.requests.push_back(std::move(made));
    wanted.after.push_back(application::dependencies_of(environment, service));
  }
  return wanted;
}

}  // namespace sluice::server
