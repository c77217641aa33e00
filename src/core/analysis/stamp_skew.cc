#include "core/analysis/stamp_skew.h"

#include <algorithm>

namespace sluice::analysis {

TimePoint StampSkew::moment_of(TimePoint stamp, TimePoint now) {
  const Milliseconds age = now - (stamp + skew_);
  newest_age_ = any_ ? std::min(newest_age_, age) : age;
  any_ = true;
  if (age > kCredibleStamp || age < Milliseconds{0}) return now;
  return now - age;
}

void StampSkew::end_batch() {
  if (!any_) return;
  any_ = false;
  const bool is_off = newest_age_ > kStampTolerance || newest_age_ < -kStampTolerance;
  if (is_off && suspects_) {
    skew_ += newest_age_;
    suspects_ = false;
    return;
  }
  suspects_ = is_off;
}

}  // namespace sluice::analysis
