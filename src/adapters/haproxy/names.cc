#include "adapters/haproxy/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::haproxy {

std::string service_name(const rollout::ServiceKey& service) {
  return fmt::format("{}.{}.{}", service.project, service.environment, service.service);
}

std::string backend_name(const rollout::ServiceKey& service, rollout::Slot slot) {
  return fmt::format("{}:{}", service_name(service), rollout::to_string(slot));
}

std::optional<std::pair<rollout::ServiceKey, rollout::Slot>> parse_backend_name(std::string_view name) {
  const bool slot_a = name.ends_with(":a");
  if (!slot_a && !name.ends_with(":b")) return std::nullopt;
  name.remove_suffix(2);
  const auto first = name.find('.');
  const auto last = name.rfind('.');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  return std::pair(rollout::ServiceKey{.project = std::string(name.substr(0, first)),
                                       .environment = std::string(name.substr(first + 1, last - first - 1)),
                                       .service = std::string(name.substr(last + 1))},
                   slot_a ? rollout::Slot::A : rollout::Slot::B);
}

std::string listener_variable(std::string_view listen) {
  std::string name = "SLUICE_FRONT_DOOR_" + std::string(listen);
  std::ranges::replace_if(name, [](char c) { return c == '.' || c == ':'; }, '_');
  return name;
}

Status check_names(const rollout::ServiceKey& service) {
  for (const std::string* part : {&service.project, &service.environment, &service.service}) {
    const bool good = !part->empty() && std::ranges::all_of(*part, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!good) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("'{}' in {} cannot be a name in the router: letters, digits, '-' and '_' only", *part,
                               service.to_string())};
    }
  }
  return {};
}

}  // namespace sluice::haproxy
