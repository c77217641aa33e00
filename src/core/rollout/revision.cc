#include "core/rollout/revision.h"

namespace sluice::rollout {

std::string_view to_string(Network network) { return network == Network::Bridge ? "bridge" : "host"; }

std::optional<Network> parse_network(std::string_view name) {
  for (Network network : {Network::Bridge, Network::Host}) {
    if (to_string(network) == name) return network;
  }
  return std::nullopt;
}

}  // namespace sluice::rollout
