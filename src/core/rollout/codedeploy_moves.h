// How CodeDeploy moves the traffic of an ECS service: by a canary of two increments, by equal ones, or all at once.
// Source: "Working with deployment configurations in CodeDeploy" of its user guide.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace sluice::rollout {

struct CodeDeployMoves {
  int share = 100;           ///< GREEN's first one, in percent; 100: all at once.
  bool is_linear = false;    ///< The same again and again; else the rest in a second increment.
  Milliseconds interval{0};  ///< Between two increments: whole minutes.
  friend bool operator==(const CodeDeployMoves&, const CodeDeployMoves&) = default;
};

/// The configurations for ECS that every account has.
inline constexpr std::array<std::string_view, 5> kPredefinedMoves = {
    "CodeDeployDefault.ECSAllAtOnce", "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "CodeDeployDefault.ECSCanary10Percent15Minutes", "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes"};
inline constexpr std::string_view kAllAtOnce = kPredefinedMoves.front();

/// Nothing for another name.
std::optional<CodeDeployMoves> predefined_moves(std::string_view name);

/// GREEN's share after each increment, in percent; the last one is 100.
std::vector<int> shares_of(const CodeDeployMoves& moves);

/// Those that come nearest to `wanted`, which rises to 100. Where they are equal to it, they express it. No interval is
/// set.
CodeDeployMoves nearest_moves(const std::vector<int>& wanted);

/// How far two lists of shares are apart, in percents: from each share of both to the nearest of the other.
int distance_of_shares(const std::vector<int>& a, const std::vector<int>& b);

/// `10%, 20%, … 100%` and the like.
std::string describe_shares(const std::vector<int>& shares);

}  // namespace sluice::rollout
