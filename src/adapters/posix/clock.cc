#include "adapters/posix/clock.h"

namespace sluice::posix {

Clock::Clock() : wall_start_(std::chrono::system_clock::now()), steady_start_(std::chrono::steady_clock::now()) {}

TimePoint Clock::now() const {
  return std::chrono::floor<Milliseconds>(wall_start_ + (std::chrono::steady_clock::now() - steady_start_));
}

}  // namespace sluice::posix
