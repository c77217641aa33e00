// The time, for everything that is not pure.
#pragma once

#include "base/time.h"

namespace sluice::ports {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time that never runs backwards while the process lives: read once, then measured monotonic.
  virtual TimePoint now() const = 0;
};

}  // namespace sluice::ports
