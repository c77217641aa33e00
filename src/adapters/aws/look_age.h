// How often the world is looked at: as often as it changes.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace sluice::aws {

/// How old what is told of a service may be: a tenth of the time since it changed, within these.
inline constexpr Milliseconds kFreshestLook{20'000};
inline constexpr Milliseconds kOldestLook{300'000};

inline Milliseconds most_age(TimePoint now, TimePoint changed_at) {
  return std::clamp((now - changed_at) / 10, kFreshestLook, kOldestLook);
}

}  // namespace sluice::aws
