#include "adapters/haproxy/weights_map.h"

#include <fmt/format.h>

#include <sstream>

namespace sluice::haproxy {

int to_map_value(const rollout::TrafficSplit& split) {
  const int share = split.slot_b.basis_points();
  return split.open ? share : -1 - share;
}

std::optional<rollout::TrafficSplit> from_map_value(int value) {
  const auto share = Weight::from_basis_points(value >= 0 ? value : -1 - value);
  if (!share.has_value()) return std::nullopt;
  return rollout::TrafficSplit{.open = value >= 0, .slot_b = *share};
}

std::string render(const WeightsMap& weights) {
  std::string text;
  for (const auto& [name, value] : weights) text += fmt::format("{} {}\n", name, value);
  return text;
}

WeightsMap parse_weights(std::string_view text, bool references) {
  WeightsMap weights;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string reference;
    std::string name;
    int value = 0;
    if (references) fields >> reference;
    if (fields >> name >> value) weights[name] = value;
  }
  return weights;
}

}  // namespace sluice::haproxy
