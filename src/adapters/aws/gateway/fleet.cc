#include "adapters/aws/gateway/fleet.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "adapters/aws/gateway/gateway_api.h"
#include "adapters/aws/repeatable.h"
#include "core/rollout/api_definition.h"

namespace sluice::aws::gateway {
namespace {

constexpr std::string_view kForeign = "deployment-";  ///< `deployment-abc123`: one not made here, as a revision.
constexpr std::string_view kDeployed = "DEPLOYED";
constexpr std::string_view kFailed = "FAILED";

Result<rollout::GatewayTarget> place_in(const rollout::Revision& revision) {
  if (const auto* place = std::get_if<rollout::GatewayTarget>(&revision.target)) return *place;
  return Error{ErrorKind::InvalidInput, fmt::format("revision {} is not for API Gateway", revision.id)};
}

ports::Replica replica_of(const std::string& deployment) {
  return {.name = deployment, .index = 0, .address = deployment, .port = 0, .running = true};
}

Error is_gone(const std::string& revision, const GatewayApi& api) {
  return {
      ErrorKind::NotFound,
      fmt::format("the deployment of the {} that was the revision {} was deleted, and API Gateway does not bring it "
                  "back: deploy anew",
                  api.name(), revision)};
}

/// Why a stage cannot be swapped as it is.
Status check_stage(const Stage& stage, const GatewayApi& api) {
  const rollout::GatewayTarget& place = api.place();
  const auto refuse = [&](const std::string& why) {
    return Error{ErrorKind::Conflict, fmt::format("{} {}", describe_place(place), why)};
  };
  if (stage.auto_deploys) {
    return refuse(fmt::format(
        "deploys by itself (AutoDeploy), so that each change of the API is live at once: turn that off (aws "
        "apigatewayv2 update-stage --api-id {} --stage-name '{}' --no-auto-deploy)",
        place.api, place.stage));
  }
  if (stage.canary) {
    return refuse(
        fmt::format("has a canary (canarySettings) that no deployment under way has made: promote it or remove it (aws "
                    "apigateway update-stage --rest-api-id {} --stage-name {} --patch-operations "
                    "op=remove,path=/canarySettings)",
                    place.api, place.stage));
  }
  if (stage.deployment.empty()) {
    return refuse(
        fmt::format("has no deployment to go back to: make its first one (aws apigatewayv2 create-deployment "
                    "--api-id {} --stage-name '{}')",
                    place.api, place.stage));
  }
  return {};
}

/// "Working with OpenAPI definitions for HTTP APIs" of the developer guide: import is for those.
Status check_definition(const GatewayApi& api) {
  if (api.place().kind == rollout::ApiKind::Rest || api.place().definition.empty()) return {};
  TRY_ASSIGN(const std::string protocol, api.protocol({}));
  if (protocol == "HTTP") return {};
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("the {} is of the protocol {}, for which API Gateway imports no definition: leave 'definition' "
                  "out of 'aws', change its routes by whatever makes them now, and what it has is deployed",
                  api.name(), protocol)};
}

}  // namespace

/// Nothing when there is none.
Result<Fleet::Made> Fleet::find(const rollout::ServiceKey& service, const std::string& revision, const GatewayApi& api,
                                const std::stop_token& stop) const {
  if (revision.starts_with(kForeign)) {
    auto there = api.deployment(revision.substr(kForeign.size()), stop);
    if (there) return Made(std::move(*there));
    if (there.error().kind == ErrorKind::NotFound) return Made();
    return std::move(there.error());
  }
  TRY_ASSIGN(const auto deployments, api.deployments(stop));
  const ApiDeployment* const found = find_revision(deployments, service, revision);
  if (found != nullptr) return Made(*found);
  if (has_newer(deployments, service, revision)) return is_gone(revision, api);
  return Made();
}

Status Fleet::put_definition(const rollout::Revision& revision, const GatewayApi& api,
                             const std::stop_token& stop) const {
  if (api.place().definition.empty()) return {};
  const std::string path = (std::filesystem::path(revision.base_directory) / api.place().definition).string();
  TRY_ASSIGN(const ports::ApiDefinition definition, around_.definitions.read(path));
  if (definition.sha256 != rollout::sha256_in(revision.image)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("{} has changed since the deployment was asked for (it is {} now): deploy anew", path,
                             rollout::definition_text(api.place().definition, definition.sha256))};
  }
  return api.put_definition(definition.bytes, stop);
}

/// For one whose making was not answered: reads may be behind.
Result<Fleet::Made> Fleet::look_again(const ports::FleetStart& request, const GatewayApi& api,
                                      const std::stop_token& stop) const {
  Made found;
  for (int look = 0; look < kLooks && !found; ++look) {
    TRY(options_.pause(kPause, stop));
    TRY_ASSIGN(found, find(request.service, request.revision.id, api, stop));
  }
  return found;
}

/// Looks again before it reports that nobody knows whether one was made.
Result<ApiDeployment> Fleet::make(const ports::FleetStart& request, const GatewayApi& api,
                                  const std::stop_token& stop) {
  const rollout::Revision& revision = request.revision;
  TRY(put_definition(revision, api, stop));
  const Origin origin{request.service, revision.id, rollout::sha256_in(revision.image)};
  auto made = api.create_deployment(to_string(origin), stop);
  if (made || made.error().kind != ErrorKind::UnknownOutcome) return made;
  doubt({request.service, revision.id});
  TRY_ASSIGN(Made found, look_again(request, api, stop));
  if (found) return std::move(*found);
  return std::move(made.error());
}

Result<ApiDeployment> Fleet::found_or_made(const ports::FleetStart& request, const GatewayApi& api,
                                           const std::stop_token& stop) {
  const std::string known = known_id(request.service, request.revision.id);
  if (!known.empty()) {
    auto there = api.deployment(known, stop);
    if (there || there.error().kind != ErrorKind::NotFound) return there;
  }
  const bool may_be_there = request.may_have_begun || is_in_doubt({request.service, request.revision.id});
  Result<Made> found =
      may_be_there ? look_again(request, api, stop) : find(request.service, request.revision.id, api, stop);
  if (!found) return std::move(found.error());
  if (*found) return std::move(**found);
  if (request.revision.id.starts_with(kForeign)) return is_gone(request.revision.id, api);
  return make(request, api, stop);
}

void Fleet::doubt(const std::pair<rollout::ServiceKey, std::string>& made) {
  const std::lock_guard lock(mutex_);
  in_doubt_.insert(made);
}

bool Fleet::is_in_doubt(const std::pair<rollout::ServiceKey, std::string>& made) const {
  const std::lock_guard lock(mutex_);
  return in_doubt_.contains(made);
}

/// Deployments of version 2 are pending for a while.
Result<ApiDeployment> Fleet::settled(ApiDeployment deployment, const GatewayApi& api, TimePoint deadline,
                                     const rollout::Revision& revision, const std::stop_token& stop) const {
  while (deployment.status != kDeployed) {
    if (deployment.status == kFailed) {
      return Error{ErrorKind::Failed, fmt::format("the deployment {} of the {} failed: {}", deployment.id, api.name(),
                                                  deployment.status_message)};
    }
    if (around_.clock.now() >= deadline) {
      return Error{ErrorKind::TimedOut,
                   fmt::format("the deployment {} of the {} is still {} after {}: raise health.within", deployment.id,
                               api.name(), deployment.status, format_duration(revision.health.within))};
    }
    TRY(options_.pause(kPause, stop));
    auto there = api.deployment(deployment.id, stop);
    if (there) {
      deployment = std::move(*there);
    } else if (there.error().kind != ErrorKind::NotFound) {  // what was just made may not be told of yet
      return there;
    }
  }
  return deployment;
}

std::string Fleet::known_id(const rollout::ServiceKey& service, const std::string& revision) const {
  const std::lock_guard lock(mutex_);
  const auto known = ids_.find({service, revision});
  return known == ids_.end() ? std::string() : known->second;
}

void Fleet::saw(const rollout::ServiceKey& service, const std::string& revision, const std::string& deployment,
                bool is_there) {
  looks_.saw({service, deployment}, is_there);
  const std::lock_guard lock(mutex_);
  ids_[{service, revision}] = deployment;
}

Result<std::vector<ports::Replica>> Fleet::start(const ports::FleetStart& request, std::stop_token stop) {
  TRY_ASSIGN(const rollout::GatewayTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, around_.clients.get(place.region, place.role));
  const GatewayApi api(*client, place);
  const TimePoint deadline = around_.clock.now() + request.revision.health.within;
  const auto is_late = [&] { return around_.clock.now() >= deadline; };
  auto made = found_or_made(request, api, stop);
  TRY_ASSIGN(ApiDeployment deployment, repeatable(std::move(made), is_late()));
  saw(request.service, request.revision.id, deployment.id, true);
  auto ready = settled(std::move(deployment), api, deadline, request.revision, stop);
  TRY_ASSIGN(const ApiDeployment there, repeatable(std::move(ready), is_late()));
  return std::vector<ports::Replica>{replica_of(there.id)};
}

Result<std::vector<ports::Replica>> Fleet::observe(const rollout::ServiceKey& service, const std::string& revision_id) {
  const auto place = options_.place_of(service);
  if (!place) return std::vector<ports::Replica>{};
  std::string id = known_id(service, revision_id);
  if (const auto look = looks_.recent({service, id})) {
    return *look ? std::vector<ports::Replica>{replica_of(id)} : std::vector<ports::Replica>{};
  }
  TRY_ASSIGN(Client* const client, around_.clients.get(place->region, place->role));
  const GatewayApi api(*client, *place);
  auto found = find(service, id.empty() ? revision_id : fmt::format("{}{}", kForeign, id), api, {});
  if (!found && found.error().kind != ErrorKind::NotFound) return std::move(found.error());
  const bool is_there = found && *found && (*found)->status != kFailed;
  if (is_there) id = (*found)->id;
  if (id.empty()) return std::vector<ports::Replica>{};
  saw(service, revision_id, id, is_there);
  return is_there ? std::vector<ports::Replica>{replica_of(id)} : std::vector<ports::Replica>{};
}

Result<ports::Replica> Fleet::restart(const ports::FleetStart& request, int /*index*/, std::stop_token stop) {
  TRY_ASSIGN(const rollout::GatewayTarget place, place_in(request.revision));
  TRY_ASSIGN(Client* const client, around_.clients.get(place.region, place.role));
  const GatewayApi api(*client, place);
  TRY_ASSIGN(const Made found, find(request.service, request.revision.id, api, stop));
  if (!found) return is_gone(request.revision.id, api);
  return replica_of(found->id);
}

Status Fleet::stop(const rollout::ServiceKey& service, const std::string& /*revision_id*/, Milliseconds /*grace*/) {
  const auto place = options_.place_of(service);
  if (!place) return {};
  TRY_ASSIGN(Client* const client, around_.clients.get(place->region, place->role));
  const GatewayApi api(*client, *place);
  TRY_ASSIGN(const auto deployments, api.deployments({}));
  if (too_old(deployments, service, {}).empty()) return {};
  TRY_ASSIGN(const auto used, api.used_deployments({}));
  for (const std::string& id : too_old(deployments, service, used)) {
    const Status deleted = api.delete_deployment(id, {});
    // A stage was pointed at it meanwhile: it stays.
    if (!deleted && deleted.error().kind != ErrorKind::InvalidInput) return deleted;
  }
  return {};
}

Status Fleet::run_once(const ports::FleetStart&, const std::vector<std::string>&, const std::string&, Milliseconds,
                       std::stop_token) {
  return Error{ErrorKind::InvalidInput, "a gateway has no image for a release command"};
}

Result<std::vector<std::string>> Fleet::log_tail(const rollout::ServiceKey&, const std::string&, int) {
  return Error{ErrorKind::NotFound, "the logs of stages are not read: look into the log group of the stage"};
}

Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> Fleet::list() {
  return std::vector<std::pair<rollout::ServiceKey, std::string>>{};
}

Result<std::optional<ports::Serving>> Fleet::serving(const rollout::ServiceKey& service,
                                                     const rollout::Revision& wanted) {
  TRY_ASSIGN(const rollout::GatewayTarget place, place_in(wanted));
  TRY_ASSIGN(Client* const client, around_.clients.get(place.region, place.role));
  const GatewayApi api(*client, place);
  TRY_ASSIGN(const Stage stage, api.stage(Priority::Ordinary, {}));
  TRY(check_stage(stage, api));
  TRY(check_definition(api));
  TRY_ASSIGN(const ApiDeployment live, api.deployment(stage.deployment, {}));
  const auto origin = parse_origin(live.description);
  const bool is_ours = origin && origin->service == service;
  ports::Serving result{.revision = wanted, .slot = rollout::Slot::A};
  result.revision.id = is_ours ? origin->revision : fmt::format("{}{}", kForeign, live.id);
  result.revision.image = is_ours && !origin->sha256.empty()
                              ? rollout::definition_text(place.definition, origin->sha256)
                              : rollout::deployment_text(live.id);
  result.revision.label = rollout::deployment_text(live.id);
  return result;
}

}  // namespace sluice::aws::gateway
