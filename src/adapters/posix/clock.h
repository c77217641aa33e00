// The machine's clock.
#pragma once

#include <chrono>

#include "ports/clock.h"

namespace sluice::posix {

/// Wall-clock time as it was when this object was made, carried on by the monotonic clock. Any thread may ask.
class Clock final : public ports::Clock {
 public:
  Clock();
  TimePoint now() const override;

 private:
  std::chrono::system_clock::time_point wall_start_;
  std::chrono::steady_clock::time_point steady_start_;
};

}  // namespace sluice::posix
