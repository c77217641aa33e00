#include "core/rollout/native_moves.h"

#include "core/rollout/codedeploy_moves.h"

namespace sluice::rollout {
namespace {

constexpr int kLeastLinear = 3;

bool can_express(const NativeMoves& moves) {
  return !moves.is_linear || (moves.share >= kLeastLinear && 100 % moves.share == 0);
}

}  // namespace

std::string_view strategy_of(const NativeMoves& moves) {
  if (moves.share >= 100) return "BLUE_GREEN";
  return moves.is_linear ? "LINEAR" : "CANARY";
}

std::vector<int> shares_of(const NativeMoves& moves) {
  std::vector<int> shares;
  for (int share = moves.share; share > 0 && share < 100; share += moves.is_linear ? moves.share : 100) {
    shares.push_back(share);
  }
  shares.push_back(100);
  return shares;
}

NativeMoves nearest_native_moves(const std::vector<int>& wanted) {
  NativeMoves nearest;
  int least = distance_of_shares(wanted, shares_of(nearest));
  for (int share = 1; share < 100; ++share) {
    for (const bool is_linear : {false, true}) {
      const NativeMoves moves{share, is_linear};
      if (!can_express(moves)) continue;
      if (const int far = distance_of_shares(wanted, shares_of(moves)); far < least) {
        least = far;
        nearest = moves;
      }
    }
  }
  return nearest;
}

}  // namespace sluice::rollout
