// How much may be asked of AWS again, shared by all calls of an account and region.
// Rules: the "standard" retry mode of the AWS SDKs and Tools reference guide (feature-retry-behavior): a bucket of 500
// tokens, 5 for a repeat, 10 after a timeout; what worked gives back.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>

#include "base/result.h"
#include "base/time.h"

namespace sluice::aws {

enum class Priority {
  Urgent,  ///< Moves traffic, or is needed to: goes first and may use the whole bucket.
  Ordinary,
};

/// May be used from any number of threads at once.
class CallBudget {
 public:
  static constexpr int kTokens = 500;
  static constexpr int kReserve = 100;  ///< That ordinary repeats leave for urgent ones.
  static constexpr int kRepeatCost = 5;
  static constexpr int kTimeoutCost = 10;
  static constexpr Milliseconds kLongestWait{10'000};  ///< That an ordinary call waits for urgent ones.

  static constexpr Milliseconds kLook{10};  ///< Such a call looks again after this.
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;

  /// An attempt that is under way; while one is urgent, ordinary ones wait.
  class Turn {
   public:
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    friend CallBudget;
    Turn(CallBudget& budget, Priority priority) : budget_(budget), priority_(priority) {}
    CallBudget& budget_;
    Priority priority_;
  };

  /// Returns at once for an urgent call; for an ordinary one when no urgent one is under way, at the latest after
  /// `kLongestWait`, or when `pause` says that it was asked to stop.
  Turn enter(Priority priority, const Pause& pause, const std::stop_token& stop);

  /// Takes `cost` tokens for a repeat; false when there are too few: then it must not be repeated.
  bool take(Priority priority, int cost);
  /// After a call that worked: what its last repeat cost, at least one token.
  void give_back(int cost);
  int left() const;

 private:
  bool is_urgent() const;

  mutable std::mutex mutex_;
  int urgent_ = 0;
  int tokens_ = kTokens;
};

}  // namespace sluice::aws
