// "Did you mean": the valid name nearest to what was typed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// The candidate with the smallest edit distance (optimal string alignment, case ignored) to `name`, or nothing
/// when even the best one differs in more than a third of its letters (at least one difference is allowed).
std::optional<std::string> nearest_name(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace sluice
