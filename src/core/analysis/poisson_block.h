// As BernoulliBlock, for counts over an exposure (log lines over requests): there may be more events than exposure.
#pragma once

#include "core/analysis/block_counts.h"

namespace sluice::analysis {

class PoissonBlock {
 public:
  explicit PoissonBlock(const SequentialSettings& settings, const SequentialMetric& metric);

  /// Fixes the alternatives by BLUE's running rate, which is taken to be at least the settings' lowest.
  void fix(double blue_rate);
  bool usable() const { return blue_ > 0; }
  double blue_rate() const { return blue_; }

  /// log e for each alternative; its expectation of exp is at most 1 under the null. 0 when a colour has no exposure.
  PerAlternative log_evidence(const BlockCounts& counts) const;

 private:
  PerAlternative odds_{};
  double ratio_;
  double slack_;
  double lowest_;
  double blue_ = -1;
  double log_blue_ = 0;
  PerAlternative green_{};
  PerAlternative log_green_{};
};

}  // namespace sluice::analysis
