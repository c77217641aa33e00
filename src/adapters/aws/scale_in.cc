#include "adapters/aws/scale_in.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "adapters/aws/digest.h"
#include "adapters/aws/json_member.h"
#include "adapters/aws/last_part.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr const char* kNamespace = "ecs";
constexpr const char* kDimension = "ecs:service:DesiredCount";
constexpr const char* kScaleIn = "DynamicScalingInSuspended";
constexpr std::array kSwitches = {kScaleIn, "DynamicScalingOutSuspended", "ScheduledScalingSuspended"};
constexpr const char* kHeld = "held";

std::string file_of(const rollout::ServiceKey& service) {
  return fmt::format("aws-scaling/{}.json", sha1_hex(service.to_string()));
}

std::string resource_of(const rollout::EcsTarget& place) {
  return fmt::format("service/{}/{}", last_part(place.cluster), last_part(place.service));
}

Call call(const char* operation, const rollout::EcsTarget& place) {
  return {.service = "application-autoscaling",
          .operation = operation,
          .resource = fmt::format("scalable target {}", resource_of(place))};
}

/// The target's SuspendedState; nothing where nobody scales the service.
Result<std::optional<json::object>> suspended(Client& client, const rollout::EcsTarget& place,
                                              const std::stop_token& stop) {
  const json::object input{{"ServiceNamespace", kNamespace},
                           {"ResourceIds", json::array{json::string(resource_of(place))}},
                           {"ScalableDimension", kDimension}};
  TRY_ASSIGN(const json::object answer, client.ask(call("DescribeScalableTargets", place), input, stop));
  const json::object* const target = first_object_in(answer, "ScalableTargets");
  if (target == nullptr) return std::optional<json::object>();
  const json::object* const state = object_member(*target, "SuspendedState");
  return std::optional(state == nullptr ? json::object() : *state);
}

bool is_suspended(const json::object& state) { return flag_member(state, kScaleIn); }

/// The rest is to stay as it is in `state`, and is said: of a member that is left out AWS's page names the default only
/// ("RegisterScalableTarget", SuspendedState).
Status suspend(Client& client, const rollout::EcsTarget& place, const json::object& state, bool is_to_be,
               const std::stop_token& stop) {
  json::object wanted;
  for (const char* const name : kSwitches) wanted[name] = flag_member(state, name);
  wanted[kScaleIn] = is_to_be;
  const json::object input{{"ServiceNamespace", kNamespace},
                           {"ResourceId", resource_of(place)},
                           {"ScalableDimension", kDimension},
                           {"SuspendedState", std::move(wanted)}};
  TRY(client.ask(call("RegisterScalableTarget", place), input, stop));
  return {};
}

Result<bool> is_held(KeptFiles& files, const rollout::ServiceKey& service) {
  TRY_ASSIGN(const auto note,
             files.read_object(file_of(service),
                               "whether sluice has suspended scaling in of the service; it may be "
                               "removed when no deployment of that runs, and scaling in is as wanted"));
  return note && flag_member(*note, kHeld);
}

Status remember(KeptFiles& files, const rollout::ServiceKey& service, bool held) {
  const json::object note{{"service", service.to_string()}, {kHeld, held}};
  return files.keep(file_of(service), json::serialize(note), "whether scaling in is suspended");
}

}  // namespace

Status ScaleIn::hold(const rollout::ServiceKey& service, const rollout::EcsTarget& place, const std::stop_token& stop) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const auto state, suspended(*client, place, stop));
  // Where it is suspended already that is somebody's wish, or what an earlier attempt did and remembered.
  if (!state || is_suspended(*state)) return {};
  TRY(remember(files_, service, true));
  return suspend(*client, place, *state, true, stop);
}

Status ScaleIn::release(const rollout::ServiceKey& service, const rollout::EcsTarget& place) {
  TRY_ASSIGN(const bool held, is_held(files_, service));
  if (!held) return {};
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(const auto state, suspended(*client, place, {}));
  // Also where it seems to go on already: that may be what was before the suspension.
  if (state) TRY(suspend(*client, place, *state, false, {}));
  return remember(files_, service, false);
}

}  // namespace sluice::aws
