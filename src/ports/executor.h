// Where work runs: blocking work beside the strand, callbacks on it. In simulation both are simulated time.
#pragma once

#include <cstdint>
#include <functional>

#include "base/time.h"

namespace sluice::ports {

class Executor {
 public:
  virtual ~Executor() = default;

  enum class Lane {
    Urgent,  ///< Rollbacks and weights: never waits behind ordinary work.
    Ordinary,
  };
  /// How many works of each lane run at the same time. Most of them wait for others to answer: the members of a large
  /// release, each with its questions to a store of metrics, are to wait for their own world and not for each other.
  static constexpr int kUrgentAtOnce = 8;
  static constexpr int kOrdinaryAtOnce = 32;

  /// Runs `work` off the strand, then `done` on it. `work` must heed the token it captured.
  virtual void run(Lane lane, std::function<void()> work, std::function<void()> done) = 0;

  /// Calls `wake` on the strand at `when` (at once when it has passed). Returned id cancels it.
  virtual std::uint64_t at(TimePoint when, std::function<void()> wake) = 0;
  virtual void cancel(std::uint64_t id) = 0;
};

}  // namespace sluice::ports
