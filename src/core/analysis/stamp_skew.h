// Puts the times that another process stamps on its lines on sluice's own clock. Sluice's runs on steadily; the wall
// clock, by which others stamp, may be stepped.
#pragma once

#include "base/time.h"

namespace sluice::analysis {

/// A difference up to this is taken for the lines' way here.
inline constexpr Milliseconds kStampTolerance{200};
/// A stamp farther than this from now is from before a step: the line counts as of now.
inline constexpr Milliseconds kCredibleStamp{10'000};

/// Lines come in batches, and the newest of a batch has only just been written: what it differs from now by, in two
/// batches one after the other, is a step of the clock. A step of kStampTolerance or less stays unnoticed and shifts
/// lines by that much.
class StampSkew {
 public:
  /// The moment of a line that came now. Never in the future.
  TimePoint moment_of(TimePoint stamp, TimePoint now);
  /// All lines that had come have been taken.
  void end_batch();

 private:
  Milliseconds skew_{0};
  Milliseconds newest_age_{0};  ///< Of this batch's lines, by their corrected stamps.
  bool any_ = false;
  bool suspects_ = false;  ///< The batch before was off already.
};

}  // namespace sluice::analysis
