// What is known of a colour's rate: events over requests, both fading with a half-life.
#pragma once

#include "core/analysis/block_counts.h"

namespace sluice::analysis {

class RunningRate {
 public:
  void add(const ColourCounts& counts) {
    requests_ += static_cast<double>(counts.requests);
    events_ += static_cast<double>(counts.events);
  }
  void fade(double factor) {
    requests_ *= factor;
    events_ *= factor;
  }
  /// With `prior_requests` more requests at the prior rate.
  double rate(double prior, double prior_requests) const {
    return (events_ + prior * prior_requests) / (requests_ + prior_requests);
  }

  template <typename Archive>
  void archive(Archive& archive) {
    archive.number(requests_, 0, 1e300);
    archive.number(events_, 0, 1e300);
  }

 private:
  double requests_ = 0;
  double events_ = 0;
};

}  // namespace sluice::analysis
