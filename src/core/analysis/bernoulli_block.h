// The evidence of one block of yes/no events that GREEN's rate is above `ratio * BLUE's rate + slack`, whatever BLUE's
// rate is: the likelihood ratio of an alternative to the null hypothesis that lies nearest to it (its reverse
// information projection, weighted by the requests of both colours). docs/analysis.md derives it.
#pragma once

#include "core/analysis/block_counts.h"

namespace sluice::analysis {

class BernoulliBlock {
 public:
  explicit BernoulliBlock(const SequentialSettings& settings, const SequentialMetric& metric);

  /// Fixes the alternatives by BLUE's running rate; must happen before anything of the block is known. The rate is
  /// clamped to the settings' range.
  void fix(double blue_rate);
  /// False when so much is allowed to GREEN that a block can say nothing: its evidence is 0 then.
  bool usable() const { return usable_; }
  double blue_rate() const { return blue_; }

  /// log e for each alternative; its expectation of exp is at most 1 under the null. 0 when a colour has no requests.
  PerAlternative log_evidence(const BlockCounts& counts) const;

 private:
  PerAlternative nearest_blue(double green_requests, double blue_requests) const;

  PerAlternative odds_{};  ///< exp(D).
  double ratio_;
  double slack_;
  double lowest_;
  double highest_;
  double hopeless_;
  bool usable_ = false;
  double blue_ = -1;
  double log_blue_ = 0;
  double log_not_blue_ = 0;
  PerAlternative green_{};
  PerAlternative log_green_{};
  PerAlternative log_not_green_{};
};

}  // namespace sluice::analysis
