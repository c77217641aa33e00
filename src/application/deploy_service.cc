#include "application/deploy_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "application/app_spec.h"
#include "application/measurement.h"
#include "base/assert.h"
#include "base/nearest_name.h"
#include "core/flags/differences.h"
#include "core/flags/flag_set.h"
#include "core/rollout/api_definition.h"
#include "core/rollout/function_code.h"
#include "core/rollout/revision_json.h"

namespace sluice::application {
namespace {

template <typename Range>
std::string did_you_mean(std::string_view name, const Range& names) {
  std::vector<std::string_view> views(names.begin(), names.end());
  if (const auto near = nearest_name(name, views)) return fmt::format("; did you mean '{}'?", *near);
  return fmt::format("; there are: {}", fmt::join(views, ", "));
}

/// Between two times that what a deployment needs is looked up in AWS.
constexpr Milliseconds kFirstPause{2'000};
constexpr Milliseconds kLastPause{4'000};

bool is_digest(std::string_view text) { return text.starts_with("sha256:") && text.size() == 7 + 64; }

/// `registry/repository:tag` taken apart. The registry is what stands before the first `/` and has a dot, a colon or is
/// `localhost` (the rule of the reference grammar that docker's distribution publishes).
ports::RegistryName split_reference(const std::string& reference, const ports::RegistryName& defaults) {
  ports::RegistryName name = defaults;
  std::string rest = reference;
  const std::size_t slash = rest.find('/');
  if (slash != std::string::npos) {
    const std::string first = rest.substr(0, slash);
    if (first.find_first_of(".:") != std::string::npos || first == "localhost") {
      name.registry = first;
      rest = rest.substr(slash + 1);
    }
  }
  const std::size_t colon = rest.rfind(':');
  name.repository = rest.substr(0, colon);
  name.tag = colon == std::string::npos ? "latest" : rest.substr(colon + 1);
  return name;
}

std::string lines_of(const Findings& findings) {
  std::string lines;
  for (const Finding& finding : findings) lines += (lines.empty() ? "" : "\n") + to_string(finding);
  return lines;
}

struct ResolvedImage {
  std::string reference;
  std::string label;
};

Result<ResolvedImage> resolve_image(const config::Environment& environment, const config::Service& service,
                                    const std::string& image, ports::Registry& registry) {
  const ports::RegistryName own{environment.registry, service.image, image, environment.access.role};
  if (is_digest(image)) return ResolvedImage{own.by_digest(image), image.substr(0, 19)};
  if (const std::size_t at = image.find('@'); at != std::string::npos) {
    const std::string digest = image.substr(at + 1);
    if (!is_digest(digest)) {
      return Error{ErrorKind::InvalidInput, fmt::format("'{}' has no digest of the form sha256:<64 digits>", image)};
    }
    return ResolvedImage{image, digest.substr(0, 19)};
  }
  const bool is_tag = image.find_first_of("/:") == std::string::npos;
  const ports::RegistryName name = is_tag ? own : split_reference(image, own);
  auto digest = registry.digest(name, {});
  if (!digest) return with_context(std::move(digest), fmt::format("image {}", name.to_string()));
  return ResolvedImage{name.by_digest(*digest), name.tag.starts_with("sha-") ? name.tag.substr(0, 11) : name.tag};
}

/// The code of a function, in the place of an image.
Result<ResolvedImage> resolve_code(const std::string& code, ports::Packages& packages) {
  constexpr std::size_t kLabelBytes = 6;
  if (code.starts_with("s3://")) {
    TRY_ASSIGN(const rollout::S3Object object, rollout::parse_s3_object(code));
    return ResolvedImage{to_string(rollout::FunctionCode(object)), object.key.substr(object.key.rfind('/') + 1)};
  }
  TRY_ASSIGN(const ports::Package package, packages.read(code));
  const rollout::ZipFile zip{code, package.code_sha256};
  std::string label = "zip-" + package.code_sha256.substr(0, kLabelBytes);
  std::ranges::replace(label, '/', '_');
  std::ranges::replace(label, '+', '_');
  return ResolvedImage{to_string(rollout::FunctionCode(zip)), std::move(label)};
}

/// What a gateway deploys, in the place of an image. `revision`: the id that it is going to have.
Result<ResolvedImage> resolve_definition(const rollout::GatewayTarget& gateway, const DeployServiceOptions& options,
                                         const std::string& revision, ports::ApiDefinitions& definitions) {
  constexpr std::size_t kLabelDigits = 7;
  if (gateway.definition.empty()) return ResolvedImage{rollout::as_it_was_text(revision), "the API as it is"};
  TRY_ASSIGN(const ports::ApiDefinition definition,
             definitions.read((std::filesystem::path(options.base_directory) / gateway.definition).string()));
  return ResolvedImage{rollout::definition_text(gateway.definition, definition.sha256),
                       "definition-" + definition.sha256.substr(0, kLabelDigits)};
}

/// What a file of flags says, with its hash.
struct ResolvedFlags {
  ResolvedImage image;
  flags::FlagSet flags;
};

/// Error: InvalidInput with every finding, a line each.
Result<ResolvedFlags> resolve_flags(const rollout::FlagsTarget& target, const DeployServiceOptions& options,
                                    ports::ApiDefinitions& definitions) {
  constexpr std::size_t kLabelDigits = 7;
  TRY_ASSIGN(const ports::ApiDefinition file,
             definitions.read((std::filesystem::path(options.base_directory) / target.definition).string()));
  flags::ParsedFlags parsed = flags::parse_flags(file.bytes, target.definition);
  if (!parsed.flags) return Error{ErrorKind::InvalidInput, lines_of(parsed.findings)};
  return ResolvedFlags{.image = {rollout::definition_text(target.definition, file.sha256),
                                 "flags-" + file.sha256.substr(0, kLabelDigits)},
                       .flags = std::move(*parsed.flags)};
}

/// Flag by flag, what becomes of those that are in force.
Result<std::vector<std::string>> flag_changes(const rollout::FlagsTarget& target, const std::string& in_force,
                                              const DeployServiceOptions& options, ports::ApiDefinitions& definitions) {
  TRY_ASSIGN(const ResolvedFlags wanted, resolve_flags(target, options, definitions));
  const flags::ParsedFlags before = flags::parse_flags(in_force, "the version in force");
  if (before.flags) return flags::differences(*before.flags, wanted.flags);
  return std::vector<std::string>{
      fmt::format("flags: what is in force cannot be compared: {}", to_string(before.findings.front()))};
}

Result<ResolvedImage> resolve(const config::Environment& environment, const config::Service& service,
                              const DeployServiceOptions& options, const std::string& revision,
                              const DeployServicePorts& ports) {
  if (const auto* gateway = std::get_if<rollout::GatewayTarget>(&service.target)) {
    if (options.image.empty() && options.code.empty()) {
      return resolve_definition(*gateway, options, revision, ports.api_definitions);
    }
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} is a gateway and has neither image nor code: its 'definition' in sluice.yaml, or what "
                             "its API has, is deployed. Leave {} out for it",
                             service.name, options.image.empty() ? "--code" : "--image")};
  }
  if (const auto* flags = std::get_if<rollout::FlagsTarget>(&service.target)) {
    if (options.image.empty() && options.code.empty()) {
      TRY_ASSIGN(ResolvedFlags resolved, resolve_flags(*flags, options, ports.api_definitions));
      return std::move(resolved.image);
    }
    return Error{ErrorKind::InvalidInput, fmt::format("{} is of the kind flags and has neither image nor code: its "
                                                      "'definition' in sluice.yaml is deployed. Leave {} out for it",
                                                      service.name, options.image.empty() ? "--code" : "--image")};
  }
  if (options.app_spec) {
    TRY_ASSIGN(auto version, version_named_by(*options.app_spec, service, options.code + options.image));
    if (version) return ResolvedImage{to_string(rollout::FunctionCode(*version)), "v" + version->number};
  }
  const bool is_function = std::holds_alternative<rollout::LambdaTarget>(service.target);
  const bool takes_code = is_function && service.image.empty();
  if (takes_code && options.code.empty()) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("no code is named for {0}: add --code {0}=FILE.zip{1}", service.name,
                             options.image.empty() ? "" : ". It has no 'image', so that its function is of a zip")};
  }
  if (takes_code) return resolve_code(options.code, ports.packages);
  if (!options.code.empty()) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("--code is for functions of a zip, and {} is {}: name its image with --image",
                             service.name, is_function ? "a function of an image" : "no function")};
  }
  if (!options.image.empty()) return resolve_image(environment, service, options.image, ports.registry);
  return Error{ErrorKind::InvalidInput,
               fmt::format("no image is named for {0}: add --image {0}=sha-<commit>", service.name)};
}

/// Where requests enter. In AWS the listener rules say it (`app/chat/50dc6c495c0c9188` names the load balancer), a
/// function's alias, a stage, or the names under which clients ask for flags.
rollout::FrontDoor front_door_of(const config::Environment& environment, const config::Service& service) {
  struct Visitor {
    const config::Environment& environment;
    const config::Service& service;
    rollout::FrontDoor operator()(const rollout::MachineTarget&) const {
      return {environment.listen, service.route.host, service.route.path};
    }
    rollout::FrontDoor operator()(const rollout::EcsTarget& ecs) const {
      const std::string& rule = ecs.rules.front();
      const std::size_t begin = rule.find("app/");
      const std::size_t end = rule.find('/', rule.find('/', begin + 4) + 1);
      return {rule.substr(begin, end - begin), "", "/"};
    }
    rollout::FrontDoor operator()(const rollout::LambdaTarget& lambda) const {
      return {fmt::format("{}:{}", rollout::name_of_function(lambda.function), lambda.alias), "", "/"};
    }
    rollout::FrontDoor operator()(const rollout::GatewayTarget& gateway) const {
      return {fmt::format("{}/{}", gateway.api, gateway.stage), "", "/"};
    }
    rollout::FrontDoor operator()(const rollout::FlagsTarget& flags) const {
      return {fmt::format("{}/{}/{}", flags.application, flags.environment, flags.profile), "", "/"};
    }
  };
  return std::visit(Visitor{environment, service}, service.target);
}

/// ECS reads the values itself.
Result<rollout::SecretReference> reference_to(const rollout::SecretSource& source, const config::Service& service,
                                              const DeployServiceOptions& options, const DeployServicePorts& ports) {
  if (std::holds_alternative<rollout::EcsTarget>(service.target)) return ports.secrets.refer(source);
  TRY_ASSIGN(const Secret value, ports.secrets.read(source, options.base_directory));
  return rollout::SecretReference{source, ports.fingerprints.of(value)};
}

void flatten(const boost::json::value& value, const std::string& path, std::map<std::string, std::string>& out) {
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    for (const auto& [name, member] : *object)
      flatten(member, path.empty() ? std::string(name) : path + "." + std::string(name), out);
    return;
  }
  out[path] = boost::json::serialize(value);
}

Result<DeployRequest> looked_up(const config::Environment& environment, const config::Service& service,
                                const DeployServiceOptions& options, const DeployServicePorts& ports) {
  const std::string revision = ports.ids.next();
  TRY_ASSIGN(const ResolvedImage image, resolve(environment, service, options, revision, ports));
  DeployRequest request;
  request.supersede = options.supersede;
  rollout::Plan& plan = request.plan;
  plan.service = {environment.project, environment.name, service.name};
  plan.requested_by = options.user;
  plan.front_door = front_door_of(environment, service);
  plan.strategy = service.strategy;
  plan.hooks = service.hooks;
  plan.release_command = service.release_command;
  plan.release_within = service.release_within;
  plan.smoke = service.smoke;
  plan.probes = service.probes;
  plan.alarms = service.alarms;
  plan.analysis = service.analysis;
  plan.witnesses = service.witnesses;
  plan.scan_gate = service.scan_gate;
  plan.notify = environment.notify;
  plan.while_alarming = options.while_alarming;
  plan.committed_at = options.committed_at;
  rollout::Revision& green = plan.green;
  green.id = revision;
  green.image = image.reference;
  green.label = image.label;
  green.port = service.port;
  green.replicas = service.replicas;
  green.health = service.health;
  green.network = service.network;
  green.limits = service.limits;
  green.read_only = service.read_only;
  green.command = service.command;
  green.env = service.env;
  green.base_directory = options.base_directory;
  green.target = service.target;
  for (const auto& [name, source] : service.secrets) {
    auto reference = reference_to(source, service, options, ports);
    if (!reference) return with_context(std::move(reference), fmt::format("secret {} of {}", name, service.name));
    green.secrets[name] = std::move(*reference);
  }
  if (options.app_spec) {
    TRY(apply_app_spec(*options.app_spec, plan));
    TRY_ASSIGN(request.serving, serving_for_app_spec(*options.app_spec, plan, ports.fleet));
  } else {
    TRY_ASSIGN(request.serving, ports.fleet.serving(plan.service, green));
  }
  if (!request.serving) return request;
  if (watches_replicas(plan)) {
    TRY(ports.service_log.look_at_utilization(plan.service, request.serving->revision.id, {}));
  }
  const auto* flags = std::get_if<rollout::FlagsTarget>(&service.target);
  if (flags == nullptr || options.app_spec) return request;
  TRY_ASSIGN(request.changes, flag_changes(*flags, request.serving->content, options, ports.api_definitions));
  return request;
}

}  // namespace

Result<config::Configuration> load_configuration(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return Error{ErrorKind::NotFound, fmt::format("there is no {}: `sluice init` writes one to start from", path)};
  }
  std::ostringstream text;
  text << file.rdbuf();
  config::ParsedConfiguration parsed = config::parse(text.str(), path);
  if (parsed.configuration) return std::move(*parsed.configuration);
  return Error{ErrorKind::InvalidInput, lines_of(parsed.findings)};
}

Result<config::Environment> choose_environment(const config::Configuration& configuration, const std::string& name) {
  const std::string wanted = name.empty() ? configuration.default_environment : name;
  const auto found = configuration.environments.find(wanted);
  if (found != configuration.environments.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, environment] : configuration.environments) names.push_back(known);
  return Error{ErrorKind::InvalidInput,
               fmt::format("{} has no environment '{}'{}", configuration.file, wanted, did_you_mean(wanted, names))};
}

Result<config::Service> choose_service(const config::Environment& environment, const std::string& name) {
  std::vector<std::string> names;
  for (const config::Service& service : environment.services) names.push_back(service.name);
  if (name.empty()) {
    if (environment.services.size() == 1) return environment.services.front();
    return Error{ErrorKind::InvalidInput, fmt::format("name a service: there are {}", fmt::join(names, ", "))};
  }
  if (const config::Service* service = environment.find(name)) return *service;
  return Error{ErrorKind::InvalidInput, fmt::format("there is no service '{}'{}", name, did_you_mean(name, names))};
}

std::vector<config::Service> in_dependency_order(std::vector<config::Service> services) {
  std::vector<config::Service> ordered;
  while (!services.empty()) {
    const auto waits = [&](const config::Service& service) {
      return std::ranges::any_of(service.depends_on, [&](const std::string& name) {
        return std::ranges::find(services, name, &config::Service::name) != services.end();
      });
    };
    // The configuration has no cycles, so one of them always waits for none.
    const auto next = std::ranges::find_if_not(services, waits);
    SLUICE_ASSERT(next != services.end());
    ordered.push_back(std::move(*next));
    services.erase(next);
  }
  return ordered;
}

std::vector<std::string> dependencies_of(const config::Environment& environment, const config::Service& service) {
  std::vector<std::string> all = service.depends_on;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const config::Service* const next = environment.find(all[i]);
    if (next == nullptr) continue;
    for (const std::string& name : next->depends_on) {
      if (std::ranges::find(all, name) == all.end()) all.push_back(name);
    }
  }
  return all;
}

Result<DeployRequest> deploy_request(const config::Environment& environment, const config::Service& service,
                                     const DeployServiceOptions& options, const DeployServicePorts& ports) {
  const bool is_machine = std::holds_alternative<rollout::MachineTarget>(service.target);
  for (Milliseconds pause = kFirstPause;; pause *= 2) {
    auto request = looked_up(environment, service, options, ports);
    if (request || is_machine || !is_retryable(request.error().kind) || pause > kLastPause) return request;
    TRY(ports.pause(pause));
  }
}

DeployRequest revert_request(const ports::LiveService& live, const rollout::Revision& revision,
                             const rollout::Plan& last, const std::string& user) {
  DeployRequest request;
  request.plan = last;
  request.plan.service = live.service;
  request.plan.requested_by = user;
  request.plan.green = revision;
  request.plan.front_door = live.front_door;
  request.plan.release_command.clear();  // forward migrations are not run backwards
  request.plan.hooks.clear();
  request.plan.scan_gate.reset();      // a way back has no conditions
  request.plan.release.reset();        // the others stay where they are
  request.plan.while_alarming = true;  // what is live may well be alarming: that is why
  request.plan.analysis.reset();       // and what it is compared with is worse
  const rollout::TrafficStep full = last.strategy.steps.back();
  request.plan.strategy.steps = {full};
  if (auto* const ecs = std::get_if<rollout::EcsTarget>(&request.plan.green.target); ecs && ecs->codedeploy) {
    ecs->codedeploy->configuration = rollout::kAllAtOnce;
    ecs->codedeploy->moves = {};
    ecs->codedeploy->hooks.clear();
  }
  if (auto* const ecs = std::get_if<rollout::EcsTarget>(&request.plan.green.target); ecs && ecs->native) {
    ecs->native->moves = {};
  }
  return request;
}

bool same_content(const rollout::Revision& a, const rollout::Revision& b) {
  rollout::Revision left = a;
  left.id = b.id;
  left.label = b.label;
  left.base_directory = b.base_directory;
  return left == b;
}

std::vector<std::string> differences(const rollout::Revision& from, const rollout::Revision& to) {
  std::map<std::string, std::string> before;
  std::map<std::string, std::string> after;
  flatten(rollout::to_json(from), "", before);
  flatten(rollout::to_json(to), "", after);
  std::vector<std::string> lines;
  for (const auto& [path, value] : before) {
    if (path == "id") continue;
    const auto now = after.find(path);
    if (now == after.end())
      lines.push_back(fmt::format("{}: {} → (none)", path, value));
    else if (now->second != value)
      lines.push_back(fmt::format("{}: {} → {}", path, value, now->second));
  }
  for (const auto& [path, value] : after) {
    if (path != "id" && !before.contains(path)) lines.push_back(fmt::format("{}: (none) → {}", path, value));
  }
  std::ranges::sort(lines);
  return lines;
}

}  // namespace sluice::application
