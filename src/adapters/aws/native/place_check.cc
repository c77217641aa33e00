#include "adapters/aws/native/place_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "adapters/aws/json_member.h"
#include "adapters/aws/service_controller.h"

namespace sluice::aws::native {
namespace {

namespace json = boost::json;
using Texts = std::set<std::string>;

/// What the load balancers of the container say together; ECS may have several of them.
struct Balancers {
  Texts groups;
  Texts rules;
  Texts test_rules;
  bool is_whole = true;  ///< Each has an advancedConfiguration.
};

Balancers balancers_of(const json::object& service, const std::string& container) {
  Balancers found;
  for (const json::object* const balancer : objects_in(service, "loadBalancers")) {
    if (text_member(*balancer, "containerName") != container) continue;
    const json::object* const advanced = object_member(*balancer, "advancedConfiguration");
    found.groups.insert(text_member(*balancer, "targetGroupArn"));
    if (advanced == nullptr) {
      found.is_whole = false;
      continue;
    }
    found.groups.insert(text_member(*advanced, "alternateTargetGroupArn"));
    found.rules.insert(text_member(*advanced, "productionListenerRule"));
    const std::string test = text_member(*advanced, "testListenerRule");
    if (!test.empty()) found.test_rules.insert(test);
  }
  return found;
}

std::string containers_of(const json::object& service) {
  Texts names;
  for (const json::object* const balancer : objects_in(service, "loadBalancers")) {
    names.insert(text_member(*balancer, "containerName"));
  }
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string shown(const Texts& texts) { return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, " and ")); }

std::string strategy_of(const json::object& service) {
  const json::object* const configuration = object_member(service, "deploymentConfiguration");
  const std::string strategy = configuration == nullptr ? "" : text_member(*configuration, "strategy");
  return strategy.empty() ? "ROLLING" : strategy;
}

}  // namespace

Status check_place(const json::object& service, const rollout::EcsTarget& place, const TargetGroupPair& groups,
                   const std::string& name) {
  const auto refused = [&](std::string why) { return Error{ErrorKind::Conflict, fmt::format("the {} {}", name, why)}; };
  const std::string controller = controller_of(service);
  if (controller != "ECS") {
    return refused(fmt::format(
        "has the deployment controller {}, and 'engine: ecs-native' is for ECS: {}", controller,
        controller == "EXTERNAL" ? "leave the engine out for EXTERNAL" : "write 'engine: codedeploy' for it"));
  }
  if (strategy_of(service) == "ROLLING") {
    return refused(
        "is deployed by rolling updates, which move no traffic by weights: give it a blue/green deployment "
        "(aws ecs update-service … --deployment-configuration strategy=BLUE_GREEN,bakeTimeInMinutes=0 with "
        "--load-balancers that have an advancedConfiguration)");
  }
  const Balancers balancers = balancers_of(service, place.container);
  if (balancers.groups.empty()) {
    return refused(fmt::format("has no load balancer for the container {}; it has some for: {}", place.container,
                               containers_of(service)));
  }
  if (!balancers.is_whole) {
    return refused(
        fmt::format("has a load balancer of the container {} without advancedConfiguration, by which ECS "
                    "knows the other target group and the rules: set alternateTargetGroupArn, "
                    "productionListenerRule and roleArn (aws ecs update-service … --load-balancers)",
                    place.container));
  }
  if (balancers.groups != Texts(groups.begin(), groups.end())) {
    return refused(
        fmt::format("has the target groups {} in its loadBalancers, and 'target_groups' of sluice.yaml {}: "
                    "write those of the service",
                    shown(balancers.groups), fmt::join(groups, " and ")));
  }
  if (balancers.rules != Texts(place.rules.begin(), place.rules.end())) {
    return refused(
        fmt::format("moves the rule {} (productionListenerRule), and 'rules' of sluice.yaml names {}: ECS "
                    "moves the former only",
                    shown(balancers.rules), fmt::join(place.rules, " and ")));
  }
  if (!place.test_rule.empty() && !balancers.test_rules.contains(place.test_rule)) {
    return refused(
        fmt::format("has the test rule {} (testListenerRule), and 'test' of sluice.yaml names {}: ECS leads "
                    "the former only to GREEN",
                    shown(balancers.test_rules), place.test_rule));
  }
  return {};
}

}  // namespace sluice::aws::native
