// BLUE has the traffic when the deployment starts; GREEN is to get it. A slot is the router's neutral place for
// a colour: which slot is GREEN alternates from deployment to deployment.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::rollout {

enum class Colour { Blue, Green };
enum class Slot { A, B };

constexpr Slot other(Slot slot) { return slot == Slot::A ? Slot::B : Slot::A; }
/// A slot's place where both are in a list.
constexpr std::size_t index_of(Slot slot) { return slot == Slot::A ? 0 : 1; }
constexpr std::string_view to_string(Slot slot) { return slot == Slot::A ? "a" : "b"; }
constexpr std::string_view to_string(Colour colour) { return colour == Colour::Blue ? "blue" : "green"; }

}  // namespace sluice::rollout
