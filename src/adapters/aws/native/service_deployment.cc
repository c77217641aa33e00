#include "adapters/aws/native/service_deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <string_view>

#include "adapters/aws/json_member.h"
#include "adapters/aws/last_part.h"

namespace sluice::aws::native {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kActive = {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED",
                                                     "ROLLBACK_IN_PROGRESS"};
/// Those at which BLUE has all production traffic, whatever was answered before.
constexpr std::array<std::string_view, 5> kBeforeProduction = {"RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP",
                                                               "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

/// Of a member that is a percentage, 0.0 to 100.0.
Weight weight_member(const json::object& object, std::string_view name) {
  const double points = std::round(real_member(object, name) * Weight::kFull / 100.0);
  return Weight::from_basis_points(static_cast<int>(points)).value_or(Weight::none());
}

}  // namespace

bool ServiceDeployment::is_active() const { return is_one_of(kActive, status); }

bool ServiceDeployment::is_going_back() const {
  return status == "ROLLBACK_REQUESTED" || status == "ROLLBACK_IN_PROGRESS";
}

bool ServiceDeployment::has_not_shifted() const {
  if (share != Weight::none()) return false;
  return status == "PENDING" || !pauses.empty() || is_one_of(kBeforeProduction, stage);
}

std::string ServiceDeployment::account() const {
  return fmt::format("ECS's deployment {} is {}{}", last_part(arn), status, reason.empty() ? "" : ": " + reason);
}

ServiceDeployment service_deployment_of(const json::object& raw) {
  ServiceDeployment deployment{.arn = text_member(raw, "serviceDeploymentArn"),
                               .status = text_member(raw, "status"),
                               .reason = text_member(raw, "statusReason"),
                               .stage = text_member(raw, "lifecycleStage")};
  if (const json::object* const target = object_member(raw, "targetServiceRevision")) {
    deployment.target = text_member(*target, "arn");
    deployment.share = weight_member(*target, "requestedProductionTrafficWeight");
  }
  for (const json::object* const source : objects_in(raw, "sourceServiceRevisions")) {
    deployment.sources.push_back(text_member(*source, "arn"));
  }
  for (const json::object* const hook : objects_in(raw, "lifecycleHookDetails")) {
    if (text_member(*hook, "status") == "AWAITING_ACTION") deployment.pauses.push_back(text_member(*hook, "hookId"));
  }
  const json::object* const back = object_member(raw, "rollback");
  if (deployment.reason.empty() && back != nullptr) deployment.reason = text_member(*back, "reason");
  return deployment;
}

}  // namespace sluice::aws::native
