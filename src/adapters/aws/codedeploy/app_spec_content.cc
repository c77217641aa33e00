#include "adapters/aws/codedeploy/app_spec_content.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace sluice::aws::codedeploy {

namespace json = boost::json;

std::string app_spec_content(const rollout::EcsTarget& place, const std::string& task_definition, int port) {
  const rollout::TaskSetTerms& terms = place.terms;
  const auto list = [](const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); };
  json::object properties{{"TaskDefinition", task_definition},
                          {"LoadBalancerInfo", {{"ContainerName", place.container}, {"ContainerPort", port}}}};
  if (!terms.platform_version.empty()) properties["PlatformVersion"] = terms.platform_version;
  if (!terms.subnets.empty()) {
    json::object vpc{{"Subnets", list(terms.subnets)}};
    if (!terms.security_groups.empty()) vpc["SecurityGroups"] = list(terms.security_groups);
    if (!terms.assign_public_ip.empty()) vpc["AssignPublicIp"] = terms.assign_public_ip;
    properties["NetworkConfiguration"] = {{"AwsvpcConfiguration", std::move(vpc)}};
  }
  if (!terms.capacity_providers.empty()) {
    json::array strategy;
    for (const rollout::CapacityProvider& provider : terms.capacity_providers) {
      strategy.push_back({{"CapacityProvider", provider.name}, {"Base", provider.base}, {"Weight", provider.weight}});
    }
    properties["CapacityProviderStrategy"] = std::move(strategy);
  }
  json::object resource{{"Type", "AWS::ECS::Service"}, {"Properties", std::move(properties)}};
  const json::array resources{json::object{{"TargetService", std::move(resource)}}};
  json::array hooks;
  if (place.codedeploy) {
    for (const auto& [event, function] : place.codedeploy->hooks) hooks.push_back(json::object{{event, function}});
  }
  // By hand: 0.0 is not to become 0E0.
  return fmt::format(R"({{"version":0.0,"Resources":{}{}}})", json::serialize(resources),
                     hooks.empty() ? "" : ",\"Hooks\":" + json::serialize(hooks));
}

}  // namespace sluice::aws::codedeploy
