#include "core/config/service_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/nearest_name.h"

namespace sluice::config {
namespace {

using yaml::Node;

/// Two services that move the weights of one rule would undo each other's.
void check_listener_rules(Reader& reader, const std::vector<Service>& services, const Node& node) {
  std::map<std::string, std::string> users;
  for (const Service& service : services) {
    const auto* ecs = std::get_if<rollout::EcsTarget>(&service.target);
    if (ecs == nullptr) continue;
    for (const std::string& rule : ecs->rules) {
      const auto [first, is_new] = users.emplace(rule, service.name);
      if (is_new || first->second == service.name) continue;
      const Node* aws = reader.get(node.find(service.name), "aws");
      reader.report(aws != nullptr ? aws->begin : service.at,
                    fmt::format("the service '{}' has a listener rule of '{}': each needs rules of its own",
                                service.name, first->second));
    }
  }
}

/// A deployment group has one deployment at a time, of one service.
void check_deployment_groups(Reader& reader, const std::vector<Service>& services, const Node& node) {
  std::map<std::pair<std::string, std::string>, std::string> users;
  for (const Service& service : services) {
    const auto* ecs = std::get_if<rollout::EcsTarget>(&service.target);
    if (ecs == nullptr || !ecs->codedeploy) continue;
    const std::pair group{ecs->codedeploy->application, ecs->codedeploy->deployment_group};
    const auto [first, is_new] = users.emplace(group, service.name);
    if (is_new) continue;
    const Node* aws = reader.get(node.find(service.name), "aws");
    reader.report(aws != nullptr ? aws->begin : service.at,
                  fmt::format("the service '{}' has the deployment group of '{}': each needs one of its own",
                              service.name, first->second));
  }
}

/// Two services of one function would publish each other's code: $LATEST is one.
void check_functions(Reader& reader, const std::vector<Service>& services, const Node& node) {
  std::map<std::string, std::string> users;
  for (const Service& service : services) {
    const auto* lambda = std::get_if<rollout::LambdaTarget>(&service.target);
    if (lambda == nullptr || lambda->function.empty()) continue;
    const auto [first, is_new] = users.emplace(rollout::name_of_function(lambda->function), service.name);
    if (is_new) continue;
    const Node* aws = reader.get(node.find(service.name), "aws");
    reader.report(aws != nullptr ? aws->begin : service.at,
                  fmt::format("the service '{}' has the function of '{}': each needs one of its own, since both would "
                              "put their code into its $LATEST",
                              service.name, first->second));
  }
}

/// Two services of one API would deploy each other's definition: an API has one, whatever stages it has.
void check_apis(Reader& reader, const std::vector<Service>& services, const Node& node) {
  std::map<std::string, std::string> users;
  for (const Service& service : services) {
    const auto* gateway = std::get_if<rollout::GatewayTarget>(&service.target);
    if (gateway == nullptr || gateway->api.empty()) continue;
    const auto [first, is_new] = users.emplace(gateway->api, service.name);
    if (is_new) continue;
    const Node* aws = reader.get(node.find(service.name), "aws");
    reader.report(
        aws != nullptr ? aws->begin : service.at,
        fmt::format("the service '{}' has the API of '{}': each needs one of its own, since a deployment takes "
                    "all that the API has. Write another stage of it into another environment",
                    service.name, first->second));
  }
}

/// Two services of one profile in one environment would take each other's version away.
void check_flags(Reader& reader, const std::vector<Service>& services, const Node& node) {
  std::map<std::vector<std::string>, std::string> users;
  for (const Service& service : services) {
    const auto* flags = std::get_if<rollout::FlagsTarget>(&service.target);
    if (flags == nullptr || flags->profile.empty()) continue;
    const auto [first, is_new] =
        users.emplace(std::vector{flags->application, flags->profile, flags->environment}, service.name);
    if (is_new) continue;
    const Node* aws = reader.get(node.find(service.name), "aws");
    reader.report(aws != nullptr ? aws->begin : service.at,
                  fmt::format("the service '{}' has the profile and the environment of '{}': one version of a profile "
                              "is in force in an environment, so that each needs a profile of its own",
                              service.name, first->second));
  }
}

void check_routes(Reader& reader, const std::vector<Service>& services, const Node& node) {
  std::map<std::pair<std::string, std::string>, const Service*> routes;
  for (const Service& service : services) {
    if (service.image.empty()) continue;  // told already; most likely a misspelt name
    if (!std::holds_alternative<rollout::MachineTarget>(service.target)) continue;
    const auto [first, is_new] = routes.emplace(std::pair{service.route.host, service.route.path}, &service);
    if (is_new) continue;
    const Node* route = reader.get(node.find(service.name), "route");
    reader.report(route != nullptr ? route->begin : service.at,
                  fmt::format("the service '{}' has the route of '{}' ({}{}): give it another host or path",
                              service.name, first->second->name,
                              service.route.host.empty() ? "every host, " : service.route.host, service.route.path));
  }
}

/// Depth first; reports the dependency that closes a cycle.
class Dependencies {
 public:
  Dependencies(Reader& reader, const std::vector<Service>& services, const Node& node)
      : reader_(reader), services_(services), node_(node) {}

  void check() {
    for (const Service& service : services_) visit(service);
  }

 private:
  void visit(const Service& service) {
    if (!done_.insert(service.name).second) return;
    path_.push_back(service.name);
    for (const std::string& name : service.depends_on) {
      const Position at = place(service, name);
      const auto found = std::ranges::find(services_, name, &Service::name);
      if (const auto begin = std::ranges::find(path_, name); begin != path_.end()) {
        std::vector<std::string> cycle(begin, path_.end());
        cycle.push_back(name);
        reader_.report(at, fmt::format("'depends_on' goes in a circle: {}", fmt::join(cycle, " -> ")));
      } else if (found == services_.end()) {
        report_unknown(at, name);
      } else {
        visit(*found);
      }
    }
    path_.pop_back();
  }

  void report_unknown(Position at, std::string_view name) {
    std::vector<std::string_view> names;
    for (const yaml::Member& member : node_.members) {
      if (member.key == name) return;  // it is there, and has a mistake of its own
      names.push_back(member.key);
    }
    const auto nearest = nearest_name(name, names);
    reader_.report(at, fmt::format("there is no service '{}'{}", name,
                                   nearest ? fmt::format(": did you mean '{}'?", *nearest)
                                           : fmt::format(": there are {}", fmt::join(names, ", "))));
  }

  Position place(const Service& service, const std::string& name) const {
    const Node* list = reader_.get(node_.find(service.name), "depends_on");
    for (const auto& item : list->items) {
      if (item->text == name) return item->begin;
    }
    return service.at;
  }

  Reader& reader_;
  const std::vector<Service>& services_;
  const Node& node_;
  std::set<std::string> done_;
  std::vector<std::string> path_;
};

}  // namespace

void check_services(Reader& reader, const std::vector<Service>& read, const Node& services) {
  check_routes(reader, read, services);
  check_listener_rules(reader, read, services);
  check_deployment_groups(reader, read, services);
  check_functions(reader, read, services);
  check_apis(reader, read, services);
  check_flags(reader, read, services);
  Dependencies(reader, read, services).check();
}

}  // namespace sluice::config
