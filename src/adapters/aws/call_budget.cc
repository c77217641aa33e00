#include "adapters/aws/call_budget.h"

#include <algorithm>

namespace sluice::aws {

CallBudget::Turn::~Turn() {
  if (priority_ != Priority::Urgent) return;
  const std::lock_guard lock(budget_.mutex_);
  if (--budget_.urgent_ == 0) budget_.urgent_ended_.notify_all();
}

CallBudget::Turn CallBudget::enter(Priority priority, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (priority == Priority::Urgent) {
    ++urgent_;
  } else {
    urgent_ended_.wait_for(lock, stop, kLongestWait, [this] { return urgent_ == 0; });
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
