// A bound from above on an average that holds at every moment with a stated confidence: a mixture over a fixed grid of
// empirical-Bernstein supermartingales. What is averaged may change with time; only what was observed is summed up.
#pragma once

#include <array>
#include <optional>

#include "core/analysis/running_rate.h"

namespace sluice::analysis {

/// The sums that the bounds below share.
class UpperBound {
 public:
  static constexpr std::size_t kTilts = 8;
  /// How strongly each supermartingale bets, below 1; large ones serve few events, small ones many.
  static constexpr std::array<double, kTilts> kTilt{0.9, 0.6, 0.35, 0.18, 0.08, 0.03, 0.01, 0.003};
  static constexpr std::array<double, kTilts> kShare{0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05};

  /// Adds `weight` to what is averaged over, of which `observed` was seen; `scatter[i]` is what tilt i pays for it.
  void add(double weight, double observed, const std::array<double, kTilts>& scatter);
  /// The average is below this with probability 1 - alpha, at all moments at once; none before anything was added.
  std::optional<double> average_below(double alpha) const;

  template <typename Archive>
  void archive(Archive& archive) {
    archive.number(weight_, 0, 1e300);
    archive.number(observed_, -1e300, 1e300);
    for (double& value : scatter_) archive.number(value, 0, 1e300);
  }

 private:
  double weight_ = 0;
  double observed_ = 0;
  std::array<double, kTilts> scatter_{};
};

/// Bounds one colour's rate, averaged over all its requests.
class RateBound {
 public:
  RateBound(double prior, double prior_requests) : prior_(prior), prior_requests_(prior_requests) {}
  /// `tempering` was known before.
  void add(const ColourCounts& counts, double tempering);
  std::optional<double> rate_below(double alpha) const { return sums_.average_below(alpha); }

  template <typename Archive>
  void archive(Archive& archive) {
    sums_.archive(archive);
    seen_.archive(archive);
  }

 private:
  double prior_;
  double prior_requests_;
  UpperBound sums_;
  RunningRate seen_;
};

/// Bounds GREEN's rate minus BLUE's, averaged over blocks, each weighted by ng*nb/(ng+nb)/tempering. Both rates are
/// free to change from block to block.
class DifferenceBound {
 public:
  DifferenceBound(double prior, double prior_requests) : prior_(prior), prior_requests_(prior_requests) {}
  /// A block that was closed; `tempering` was known when it opened.
  void add(const BlockCounts& block, double tempering);
  std::optional<double> difference_below(double alpha) const { return sums_.average_below(alpha); }

  template <typename Archive>
  void archive(Archive& archive) {
    sums_.archive(archive);
    green_.archive(archive);
    blue_.archive(archive);
  }

 private:
  double prior_;
  double prior_requests_;
  UpperBound sums_;
  RunningRate green_;
  RunningRate blue_;
};

}  // namespace sluice::analysis
