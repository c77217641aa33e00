#include "core/config/service_kind.h"

#include <fmt/format.h>

namespace sluice::config {
namespace {

using yaml::Node;

// "Restrictions on Lambda@Edge" of CloudFront's developer guide.
constexpr std::string_view kNoEdge =
    "Lambda@Edge has no weights: CloudFront takes a numbered version only, no alias and no $LATEST, and it serves no "
    "API "
    "Gateway WebSocket. Write 'kind: function': a regional function behind its alias, with an API Gateway stage (of a "
    "WebSocket API, too) or a load balancer in front";

}  // namespace

ServiceKind read_kind(Reader& reader, const Node& node, Service& service) {
  std::string kind;
  if (!reader.read(&node, "kind", kind) || kind == "container") return ServiceKind::Container;
  const Position at = reader.get(&node, "kind")->begin;
  const auto* place = std::get_if<rollout::EcsTarget>(&service.target);
  const std::string region = place == nullptr ? "" : place->region;
  const std::string role = place == nullptr ? "" : place->role;
  const std::string url = place == nullptr ? "" : place->url;
  if (kind == "lambda@edge") {
    reader.report(at, std::string(kNoEdge));
  } else if (place == nullptr) {
    reader.report(at, fmt::format("'kind: {}' is for environments with 'target: aws': write the service '{}' under "
                                  "'services' of those",
                                  kind, service.name));
  }
  if (kind == "gateway") {
    service.target = rollout::GatewayTarget{.region = region, .role = role, .url = url};
    return ServiceKind::Gateway;
  }
  if (kind == "flags") {
    service.target = rollout::FlagsTarget{.region = region, .role = role};
    return ServiceKind::Flags;
  }
  service.target = rollout::LambdaTarget{.region = region, .role = role, .url = url};
  return ServiceKind::Function;
}

void refuse(Reader& reader, const Node& node, std::string_view key, std::string_view why) {
  const yaml::Member* member = node.find_member(key);
  if (member != nullptr && !reader.is_bad(member->value.get()))
    reader.report(member->key_at, fmt::format("'{}' {}", key, why));
}

}  // namespace sluice::config
