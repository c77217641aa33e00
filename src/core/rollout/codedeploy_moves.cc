#include "core/rollout/codedeploy_moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace sluice::rollout {
namespace {

using std::chrono::minutes;

/// From each to the nearest of the others.
int one_way(const std::vector<int>& from, const std::vector<int>& to) {
  int sum = 0;
  for (const int share : from) {
    int best = 100;
    for (const int other : to) best = std::min(best, std::abs(share - other));
    sum += best;
  }
  return sum;
}

}  // namespace

int distance_of_shares(const std::vector<int>& a, const std::vector<int>& b) { return one_way(a, b) + one_way(b, a); }

std::optional<CodeDeployMoves> predefined_moves(std::string_view name) {
  if (name == kPredefinedMoves[0]) return CodeDeployMoves{};
  if (name == kPredefinedMoves[1]) return CodeDeployMoves{10, false, minutes{5}};
  if (name == kPredefinedMoves[2]) return CodeDeployMoves{10, false, minutes{15}};
  if (name == kPredefinedMoves[3]) return CodeDeployMoves{10, true, minutes{1}};
  if (name == kPredefinedMoves[4]) return CodeDeployMoves{10, true, minutes{3}};
  return std::nullopt;
}

std::vector<int> shares_of(const CodeDeployMoves& moves) {
  std::vector<int> shares;
  if (moves.share >= 1 && moves.share < 100) {
    shares.push_back(moves.share);
    for (int share = 2 * moves.share; moves.is_linear && share < 100; share += moves.share) shares.push_back(share);
  }
  shares.push_back(100);
  return shares;
}

CodeDeployMoves nearest_moves(const std::vector<int>& wanted) {
  CodeDeployMoves nearest;
  int least = distance_of_shares(wanted, shares_of(nearest));
  for (int share = 1; share < 100; ++share) {
    for (const bool is_linear : {false, true}) {
      const CodeDeployMoves moves{share, is_linear};
      if (const int far = distance_of_shares(wanted, shares_of(moves)); far < least) {
        least = far;
        nearest = moves;
      }
    }
  }
  return nearest;
}

std::string describe_shares(const std::vector<int>& shares) {
  std::string text;
  for (const int share : shares) text += fmt::format("{}{}%", text.empty() ? "" : ", ", share);
  return text;
}

}  // namespace sluice::rollout
