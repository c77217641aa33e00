#include "adapters/aws/gateway/api_deployment.h"

#include <algorithm>
#include <utility>

namespace sluice::aws::gateway {
namespace {

bool is_of(const std::optional<Origin>& origin, const rollout::ServiceKey& service) {
  return origin && origin->service == service;
}

}  // namespace

const ApiDeployment* find_revision(const std::vector<ApiDeployment>& deployments, const rollout::ServiceKey& service,
                                   std::string_view revision) {
  const ApiDeployment* found = nullptr;
  for (const ApiDeployment& deployment : deployments) {
    const auto origin = parse_origin(deployment.description);
    if (!is_of(origin, service) || origin->revision != revision) continue;
    if (found == nullptr || deployment.id < found->id) found = &deployment;
  }
  return found;
}

std::vector<std::string> too_old(const std::vector<ApiDeployment>& deployments, const rollout::ServiceKey& service,
                                 const std::set<std::string>& used) {
  std::vector<std::pair<std::string, std::string>> ours;  // revision, id
  for (const ApiDeployment& deployment : deployments) {
    const auto origin = parse_origin(deployment.description);
    if (is_of(origin, service)) ours.emplace_back(origin->revision, deployment.id);
  }
  std::ranges::sort(ours);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i + kKeptDeployments < ours.size(); ++i) {
    if (!used.contains(ours[i].second)) ids.push_back(ours[i].second);
  }
  return ids;
}

bool has_newer(const std::vector<ApiDeployment>& deployments, const rollout::ServiceKey& service,
               std::string_view revision) {
  return std::ranges::any_of(deployments, [&](const ApiDeployment& deployment) {
    const auto origin = parse_origin(deployment.description);
    return is_of(origin, service) && origin->revision > revision;
  });
}

}  // namespace sluice::aws::gateway
