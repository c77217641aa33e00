// How ECS's own strategies move the traffic of a service: all at once (BLUE_GREEN), by one smaller step (CANARY), or by
// equal ones (LINEAR). Source: DeploymentConfiguration of ECS's API reference.
#pragma once

#include <string_view>
#include <vector>

namespace sluice::rollout {

struct NativeMoves {
  int share = 100;         ///< GREEN's first one, in percent; 100: all at once.
  bool is_linear = false;  ///< The same again and again; else the rest in a second step.
  friend bool operator==(const NativeMoves&, const NativeMoves&) = default;
};

/// `BLUE_GREEN`, `CANARY`, `LINEAR`.
std::string_view strategy_of(const NativeMoves& moves);

/// GREEN's share after each step, in percent; the last one is 100.
std::vector<int> shares_of(const NativeMoves& moves);

/// Those that come nearest to `wanted`, which rises to 100. Where they are equal to it, they express it. Equal steps
/// are those that 100 is a multiple of: what ECS makes of a rest is not documented. LINEAR takes steps of 3% and more
/// (LinearConfiguration).
NativeMoves nearest_native_moves(const std::vector<int>& wanted);

}  // namespace sluice::rollout
