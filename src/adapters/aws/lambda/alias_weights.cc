#include "adapters/aws/lambda/alias_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::aws::lambda {
namespace {

Weight weight_of(double share) {
  const auto basis_points = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * Weight::kFull));
  return Weight::from_basis_points(basis_points).value_or(Weight::none());
}

double share_of(Weight weight) { return static_cast<double>(weight.basis_points()) / Weight::kFull; }

bool has(const Slots& slots, const std::string& version) {
  return !version.empty() && std::ranges::find(slots, version) != slots.end();
}

Error somebody_else(const Alias& alias, const Slots& slots) {
  const auto name = [](const std::string& version) { return version.empty() ? "none" : version; };
  return {ErrorKind::Conflict,
          fmt::format(
              "the alias points at {}, and the versions of this service are {} and {}: somebody else has changed it",
              describe(alias), name(slots[0]), name(slots[1]))};
}

Status check(const Alias& alias, const Slots& slots) {
  bool is_ours = has(slots, alias.function_version);
  for (const auto& [version, weight] : alias.weights) is_ours = is_ours && has(slots, version);
  if (is_ours) return {};
  return somebody_else(alias, slots);
}

}  // namespace

std::string describe(const Alias& alias) {
  if (alias.weights.empty()) return fmt::format("version {}", alias.function_version);
  const auto& [version, weight] = *alias.weights.begin();
  return fmt::format("version {} ({}) and {} ({})", alias.function_version, weight_of(weight).complement().to_string(),
                     version, weight_of(weight).to_string());
}

Result<rollout::TrafficSplit> split_of(const std::optional<Alias>& alias, const Slots& slots) {
  if (!alias) return rollout::TrafficSplit{};
  TRY(check(*alias, slots));
  const auto other = alias->weights.empty() ? Weight::none() : weight_of(alias->weights.begin()->second);
  const bool is_b = alias->function_version == slots[1];
  return rollout::TrafficSplit{.open = true, .slot_b = is_b ? other.complement() : other};
}

std::optional<std::string> alone(const Slots& slots, const rollout::TrafficSplit& split) {
  if (split.slot_b == Weight::none()) return slots[0];
  if (split.slot_b == Weight::full()) return slots[1];
  return std::nullopt;
}

Result<Alias> with_split(const Alias& now, const Slots& slots, const rollout::TrafficSplit& split) {
  TRY(check(now, slots));
  Alias wanted{.function_version = now.function_version, .weights = {}, .revision_id = now.revision_id};
  if (const auto only = alone(slots, split)) {
    wanted.function_version = *only;
  } else {
    const bool is_b = now.function_version == slots[1];
    wanted.weights[slots[is_b ? 0 : 1]] = share_of(is_b ? split.slot_b.complement() : split.slot_b);
  }
  const bool is_known = !wanted.function_version.empty() && !wanted.weights.contains("");
  if (is_known) return wanted;
  return Error{ErrorKind::NotFound, "the version that is to get traffic is not known yet"};
}

}  // namespace sluice::aws::lambda
