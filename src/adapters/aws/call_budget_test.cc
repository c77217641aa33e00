#include "adapters/aws/call_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

namespace sluice::aws {
namespace {

TEST(CallBudget, LeavesAReserveForUrgentRepeats) {
  CallBudget budget;
  int repeats = 0;
  while (budget.take(Priority::Ordinary, CallBudget::kRepeatCost)) ++repeats;
  EXPECT_EQ(repeats, (CallBudget::kTokens - CallBudget::kReserve) / CallBudget::kRepeatCost);
  EXPECT_TRUE(budget.take(Priority::Urgent, CallBudget::kReserve));
  EXPECT_FALSE(budget.take(Priority::Urgent, 1));
  budget.give_back(0);
  EXPECT_EQ(budget.left(), 1);
  budget.give_back(10 * CallBudget::kTokens);
  EXPECT_EQ(budget.left(), CallBudget::kTokens);
}

Status really_pause(Milliseconds span, const std::stop_token& stop) {
  std::this_thread::sleep_for(span);
  if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "asked to stop"};
  return {};
}

TEST(CallBudget, LetsUrgentCallsGoFirst) {
  CallBudget budget;
  std::atomic<bool> urgent_ended = false;
  std::atomic<bool> was_first = false;
  std::jthread urgent([&] {
    std::latch asked(1);
    std::jthread ordinary;
    {
      const CallBudget::Turn turn = budget.enter(Priority::Urgent, really_pause, {});
      ordinary = std::jthread([&] {
        asked.count_down();
        const CallBudget::Turn second = budget.enter(Priority::Ordinary, really_pause, {});
        was_first = urgent_ended.load();
      });
      asked.wait();
      urgent_ended = true;
    }
    ordinary.join();
  });
  urgent.join();
  EXPECT_TRUE(was_first);
}

TEST(CallBudget, ReleasesWhoIsAskedToStop) {
  CallBudget budget;
  const CallBudget::Turn urgent = budget.enter(Priority::Urgent, really_pause, {});
  std::stop_source stop;
  stop.request_stop();
  const CallBudget::Turn ordinary = budget.enter(Priority::Ordinary, really_pause, stop.get_token());  // returns
}

}  // namespace
}  // namespace sluice::aws
