// (project, environment, service): the key of everything that is kept about a service.
#pragma once

#include <compare>
#include <string>

namespace sluice::rollout {

struct ServiceKey {
  std::string project;
  std::string environment;
  std::string service;

  /// `project/environment/service`.
  std::string to_string() const { return project + "/" + environment + "/" + service; }
  friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
};

}  // namespace sluice::rollout
