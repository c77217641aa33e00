#include "core/config/read_gateway.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "core/config/read_aws.h"
#include "core/config/read_flags.h"
#include "core/config/service_kind.h"

namespace sluice::config {
namespace {

using yaml::Node;

/// Keys that are not of a gateway, and what stands in their place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kNotOfGateways{{
    {"image", "a deployment of an API is made of its 'definition', or of what the API has"},
    {"port", "nothing listens in an API"},
    {"replicas", "API Gateway runs it"},
    {"network", "API Gateway runs it"},
    {"limits", "the stage's throttling says them"},
    {"read_only", "API Gateway runs it"},
    {"route", "the API's domain names and routes say it"},
    {"command", "API Gateway runs it"},
    {"env", "the stage's variables say them"},
    {"secrets", "the stage's variables say them"},
    {"build", "nothing is built for it"},
    {"preflight", "there is no image to try"},
    {"release_command", "there is no image to run it in: write it under a service that has one"},
    {"release_within", "there is no image to run a release command in"},
    {"alarms",
     "API Gateway has no figures by deployment, and its metrics are not read yet. Write them under the services "
     "that 'depends_on' names"},
    {"analysis",
     "API Gateway has no figures by deployment, so that both colours cannot be compared. Write it under the "
     "services that 'depends_on' names"},
}};

void refuse_keys(Reader& reader, const Node& node) {
  for (const auto& [key, instead] : kNotOfGateways) {
    const Node* const value = node.find(key);
    const bool is_off = value != nullptr && value->is_scalar() && value->text == "off";
    if (!is_off) refuse(reader, node, key, fmt::format("is not for 'kind: gateway': {}", instead));
  }
  if (const Node* health = reader.get(&node, "health")) {
    for (const std::string_view key : {"path", "every"}) {
      refuse(reader, *health, key,
             "is not for 'kind: gateway': nothing is asked there. 'within' limits how long its deployment is made");
    }
  }
  if (const Node* hooks = reader.get(&node, "hooks")) {
    refuse(reader, *hooks, "AfterAllowTestTraffic", "is not supported for 'kind: gateway': there is no test traffic");
  }
}

void read_place(Reader& reader, const Node& node, Service& service, rollout::GatewayTarget& gateway) {
  const yaml::Member* member = node.find_member("aws");
  if (member == nullptr) {
    reader.report(service.at,
                  fmt::format("'aws' is missing in the service '{}', which is a gateway: say its rest_api or "
                              "api, and its stage",
                              service.name));
    return;
  }
  const Node& aws = *member->value;
  if (reader.is_bad(&aws)) return;
  for (const std::string_view key : kAwsOfContainers) refuse(reader, aws, key, "is not for 'kind: gateway'");
  for (const std::string_view key : kAwsOfFunctions) refuse(reader, aws, key, "is not for 'kind: gateway'");
  refuse_keys_of_flags(reader, aws);
  const bool is_rest = reader.read(&aws, "rest_api", gateway.api);
  const bool is_v2 = reader.read(&aws, "api", gateway.api);
  gateway.kind = is_v2 && !is_rest ? rollout::ApiKind::V2 : rollout::ApiKind::Rest;
  reader.read(&aws, "stage", gateway.stage);
  reader.read(&aws, "definition", gateway.definition);
  if (is_rest && is_v2) {
    reader.report(
        aws.find_member("api")->key_at,
        "'rest_api' and 'api' are both there: 'rest_api' is for REST APIs, 'api' for HTTP and WebSocket APIs");
  } else if (!is_rest && !is_v2 && !reader.has_bad_member(aws)) {
    reader.report(member->key_at, "'rest_api' or 'api' is missing in 'aws'");
  }
  if (aws.find("stage") == nullptr && !reader.has_bad_member(aws)) {
    reader.report(member->key_at, "'stage' is missing in 'aws'");
  }
  if (is_rest && gateway.stage == "$default") {
    reader.report(reader.get(&aws, "stage")->begin, "a REST API has no stage $default: HTTP APIs have");
  }
}

/// By steps of the service's own a REST API's stage moves, with a canary; those of the file and the environment are for
/// services with weights, too, and were not written for it.
void read_steps(Reader& reader, const Node& node, rollout::ApiKind kind, Service& service) {
  const Node* const strategy = reader.get(&node, "strategy");
  const Node* const steps = strategy == nullptr ? nullptr : reader.get(strategy, "steps");
  if (steps != nullptr && kind == rollout::ApiKind::Rest) return;
  if (steps != nullptr && service.strategy.steps.size() > 1) {
    reader.report(steps->begin,
                  fmt::format("the steps of '{}': the stage of an HTTP or WebSocket API points at one deployment and "
                              "swaps as a whole, at one step of 100%; only REST APIs have canaries. Divide the traffic "
                              "of the services behind it",
                              service.name));
  }
  service.strategy.steps = {service.strategy.steps.back()};
}

}  // namespace

void read_gateway_service(Reader& reader, const Node& node, Service& service) {
  auto& gateway = std::get<rollout::GatewayTarget>(service.target);
  read_place(reader, node, service, gateway);
  refuse_keys(reader, node);
  read_front_door(reader, node, service, gateway.url);
  read_steps(reader, node, gateway.kind, service);
  service.alarms.clear();
  service.analysis.reset();
  service.probes.reset();
  service.replicas = 1;
  if (!service.witnesses.empty()) return;
  reader.report(service.at,
                service.depends_on.empty()
                    ? fmt::format("no alarm watches the gateway '{}': name the services behind it in 'depends_on', so "
                                  "that theirs take it back in a release with them",
                                  service.name)
                    : fmt::format("no alarm watches the gateway '{}' itself: in a release those of {} do", service.name,
                                  fmt::join(service.depends_on, ", ")),
                Severity::Warning);
}

void refuse_keys_of_gateways(Reader& reader, const Node& aws) {
  for (const std::string_view key : kAwsOfGateways) {
    refuse(reader, aws, key,
           key == "definition" ? "is for 'kind: gateway' and 'kind: flags'" : "is for 'kind: gateway'");
  }
}

}  // namespace sluice::config
