#include "adapters/aws/gateway/api_deployment.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::aws::gateway {
namespace {

constexpr std::string_view kMark = "sluice ";
constexpr std::string_view kSha = "sha256=";

/// The text before `end`, which is taken off together with it; all of it where there is none.
std::string_view cut(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

bool is_of(const std::optional<Origin>& origin, const rollout::ServiceKey& service) {
  return origin && origin->service == service;
}

}  // namespace

std::string to_string(const Origin& origin) {
  const std::string hash = origin.sha256.empty() ? "" : fmt::format(" {}{}", kSha, origin.sha256);
  return fmt::format("{}{} {}{}", kMark, origin.service.to_string(), origin.revision, hash);
}

std::optional<Origin> parse_origin(std::string_view description) {
  if (!description.starts_with(kMark)) return std::nullopt;
  description.remove_prefix(kMark.size());
  std::string_view service = cut(description, ' ');
  Origin origin;
  origin.service.project = cut(service, '/');
  origin.service.environment = cut(service, '/');
  origin.service.service = service;
  origin.revision = cut(description, ' ');
  if (origin.service.service.empty() || origin.revision.empty()) return std::nullopt;
  if (description.starts_with(kSha)) origin.sha256 = description.substr(kSha.size());
  return origin;
}

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
