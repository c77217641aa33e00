// What the router is to do: the services, their routes and the replicas behind their slots. Kept in the home, so that
// HAProxy can be brought back from nothing; the split is kept beside it, in the map that HAProxy reads.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/traffic_router.h"

namespace sluice::haproxy {

/// Endpoints by place: place i is the server s(i+1) or f(i+1); an empty one is out of use.
using Places = std::vector<std::optional<ports::Endpoint>>;

struct SlotState {
  Places own;
  Places fallback;
  friend bool operator==(const SlotState&, const SlotState&) = default;
};

struct ServiceState {
  ports::RoutedService routed;
  std::array<SlotState, 2> slots;  ///< A, B

  const SlotState& slot(rollout::Slot slot) const { return slots[slot == rollout::Slot::A ? 0 : 1]; }
  SlotState& slot(rollout::Slot slot) { return slots[slot == rollout::Slot::A ? 0 : 1]; }
  friend bool operator==(const ServiceState&, const ServiceState&) = default;
};

struct RouterState {
  std::vector<ServiceState> services;  ///< By key.

  const ServiceState* find(const rollout::ServiceKey& service) const;
  ServiceState* find(const rollout::ServiceKey& service);
  friend bool operator==(const RouterState&, const RouterState&) = default;
};

/// `wanted` put into `places`: who has a place keeps it, others take empty ones. Error: InvalidInput when there are
/// more endpoints than places.
Result<Places> placed(const Places& places, const std::vector<ports::Endpoint>& wanted);

std::string to_json(const RouterState& state);
/// Error: InvalidInput.
Result<RouterState> parse_router_state(std::string_view text);

}  // namespace sluice::haproxy
