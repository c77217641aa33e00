#include "adapters/aws/call_budget.h"

#include <algorithm>

namespace sluice::aws {

CallBudget::Turn::~Turn() {
  if (priority_ != Priority::Urgent) return;
  const std::lock_guard lock(budget_.mutex_);
  --budget_.urgent_;
}

bool CallBudget::is_urgent() const {
  const std::lock_guard lock(mutex_);
  return urgent_ > 0;
}

CallBudget::Turn CallBudget::enter(Priority priority, const Pause& pause, const std::stop_token& stop) {
  if (priority == Priority::Urgent) {
    const std::lock_guard lock(mutex_);
    ++urgent_;
  } else {
    for (Milliseconds waited{0}; waited < kLongestWait && is_urgent(); waited += kLook) {
      if (!pause(kLook, stop)) break;
    }
  }
  return {*this, priority};
}

bool CallBudget::take(Priority priority, int cost) {
  const std::lock_guard lock(mutex_);
  const int reserve = priority == Priority::Urgent ? 0 : kReserve;
  if (tokens_ - cost < reserve) return false;
  tokens_ -= cost;
  return true;
}

void CallBudget::give_back(int cost) {
  const std::lock_guard lock(mutex_);
  tokens_ = std::min(kTokens, tokens_ + std::max(1, cost));
}

int CallBudget::left() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

}  // namespace sluice::aws
