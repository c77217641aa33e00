#include "application/app_spec.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>
#include <utility>

namespace sluice::application {
namespace {

using appspec::AppSpec;

Error refused(const AppSpec& spec, Position at, const std::string& why) {
  return {ErrorKind::InvalidInput, to_string(Finding{Severity::Error, spec.file, at, why})};
}

/// Where the resource says the first thing about itself.
Position place_of(const AppSpec& spec) {
  struct Visitor {
    Position operator()(const appspec::EcsService& service) const { return service.container_at; }
    Position operator()(const appspec::LambdaFunction& function) const { return function.at; }
  };
  return std::visit(Visitor{}, spec.resource);
}

Status apply(const AppSpec& spec, const appspec::EcsService& resource, const std::string& service,
             rollout::Target& target) {
  auto* const ecs = std::get_if<rollout::EcsTarget>(&target);
  if (ecs == nullptr) {
    return refused(spec, place_of(spec),
                   fmt::format("the file is of an ECS service, and '{}' of sluice.yaml is none in "
                               "this environment",
                               service));
  }
  if (ecs->native) {
    return refused(
        spec, place_of(spec),
        fmt::format("'{}' is moved by ECS's own deployments (engine: ecs-native), which take no AppSpec file: "
                    "write its hooks into sluice.yaml, and deploy without --appspec",
                    service));
  }
  ecs->terms = resource.terms;
  return {};
}

Status apply(const AppSpec& spec, const appspec::LambdaFunction& resource, const std::string& service,
             rollout::Target& target) {
  const auto* const lambda = std::get_if<rollout::LambdaTarget>(&target);
  if (lambda == nullptr) {
    return refused(spec, place_of(spec),
                   fmt::format("the file is of a Lambda function, and '{}' of sluice.yaml is none "
                               "in this environment",
                               service));
  }
  const std::string own = rollout::name_of_function(lambda->function);
  const std::string named = rollout::name_of_function(resource.name);
  if (named != own) {
    return refused(spec, resource.at,
                   fmt::format("'Name' is {}, and the function of '{}' in sluice.yaml {}", named, service, own));
  }
  if (resource.alias == lambda->alias) return {};
  return refused(
      spec, resource.at,
      fmt::format("'Alias' is {}, and the alias of '{}' in sluice.yaml {}", resource.alias, service, lambda->alias));
}

}  // namespace

Result<AppSpec> load_app_spec(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{ErrorKind::NotFound, fmt::format("there is no {}", path)};
  std::ostringstream text;
  text << file.rdbuf();
  appspec::ParsedAppSpec parsed = appspec::parse(text.str(), path);
  if (parsed.spec) return std::move(*parsed.spec);
  std::string message;
  for (const Finding& finding : parsed.findings) message += (message.empty() ? "" : "\n") + to_string(finding);
  return Error{ErrorKind::InvalidInput, std::move(message)};
}

Result<std::optional<rollout::PublishedVersion>> version_named_by(const AppSpec& spec, const config::Service& service,
                                                                  const std::string& other_code) {
  const auto* const function = std::get_if<appspec::LambdaFunction>(&spec.resource);
  if (function == nullptr) return std::optional<rollout::PublishedVersion>();
  rollout::Target target = service.target;
  TRY(apply(spec, *function, service.name, target));
  if (other_code.empty()) return rollout::PublishedVersion{function->target_version, ""};
  return refused(spec, function->at,
                 fmt::format("'TargetVersion' {} is what is deployed, and {} is named besides: leave one of both out",
                             function->target_version, other_code));
}

Status apply_app_spec(const AppSpec& spec, rollout::Plan& plan) {
  TRY(std::visit([&](const auto& resource) { return apply(spec, resource, plan.service.service, plan.green.target); },
                 spec.resource));
  auto* const ecs = std::get_if<rollout::EcsTarget>(&plan.green.target);
  for (const appspec::Hook& hook : spec.hooks) {
    if (ecs != nullptr && ecs->codedeploy) {
      ecs->codedeploy->hooks.emplace_back(to_string(hook.point), hook.function);
      continue;
    }
    if (hook.point == rollout::HookPoint::AfterAllowTestTraffic && !has_test_traffic(plan.green.target)) {
      return refused(
          spec, hook.at,
          "'AfterAllowTestTraffic' needs test traffic: name a listener rule and its URL under 'test' of 'aws', or "
          "move the function to AfterInstall or BeforeAllowTraffic, where GREEN is healthy");
    }
    plan.hooks.push_back({hook.point, rollout::HookFunction{hook.function}, kAppSpecHookWithin});
  }
  return {};
}

Result<std::optional<ports::Serving>> serving_for_app_spec(const AppSpec& spec, const rollout::Plan& plan,
                                                           ports::Fleet& fleet) {
  rollout::Revision wanted = plan.green;
  const auto* const service = std::get_if<appspec::EcsService>(&spec.resource);
  std::string own;
  if (service != nullptr)
    own = std::exchange(std::get<rollout::EcsTarget>(wanted.target).container, service->container);
  auto serving = fleet.serving(plan.service, wanted);
  if (!serving) return with_context(std::move(serving), spec.file);
  if (service != nullptr && service->container != own) {
    return refused(spec, service->container_at,
                   fmt::format("'ContainerName' is {}, and the container of '{}' in sluice.yaml {}: the one that takes "
                               "the traffic must be meant by both",
                               service->container, plan.service.service, own));
  }
  const auto* const function = std::get_if<appspec::LambdaFunction>(&spec.resource);
  if (function == nullptr || !*serving) return serving;
  const auto code = rollout::parse_function_code((*serving)->revision.image);
  const auto* const live = std::get_if<rollout::PublishedVersion>(&code);
  if (live == nullptr || live->number == function->current_version) return serving;
  return Error{ErrorKind::Conflict,
               to_string(Finding{Severity::Error, spec.file, function->at,
                                 fmt::format("'CurrentVersion' is {}, and the alias {} points at {}: somebody else has "
                                             "deployed since the file was written",
                                             function->current_version, function->alias, live->number)})};
}

}  // namespace sluice::application
