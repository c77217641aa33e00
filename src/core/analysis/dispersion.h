// How much more BLUE's events scatter from second to second than independent ones would: about 1 for independent
// requests, about the mean size of a cluster for clustered ones. Evidence is divided by it ("tempered"), which stays
// valid for any number of at least 1 that was known before.
#pragma once

#include "core/analysis/block_counts.h"

namespace sluice::analysis {

class Dispersion {
 public:
  /// A second (or an aggregate) has ended. `yes_no`: there is at most one event a request.
  void add(const ColourCounts& counts, bool yes_no);
  /// The next second is not compared with the one before (a gap, another threshold).
  void skip() { before_ = {}; }
  /// 1..most.
  double tempering(double prior, double most) const;

  template <typename Archive>
  void archive(Archive& archive) {
    archive.number(scatter_, 0, 1e300);
    archive.number(expected_, 0, 1e300);
    archive.integer(before_.requests, 0, kMostCount);
    archive.integer(before_.events, 0, kMostCount);
  }

 private:
  double scatter_ = 0;
  double expected_ = 0;
  ColourCounts before_;
};

}  // namespace sluice::analysis
