#include "adapters/asio/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "ports/clock.h"

namespace sluice::asio {
namespace {

class WallClock final : public ports::Clock {
 public:
  TimePoint now() const override {
    return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  }
};

TEST(Executor, RunsWorkBesideTheStrandAndItsEndOnIt) {
  const WallClock clock;
  Executor executor(clock, {.urgent = 1, .ordinary = 2});
  std::thread::id worker;
  std::thread::id strand;
  executor.run(
      Executor::Lane::Ordinary, [&] { worker = std::this_thread::get_id(); },
      [&] {
        strand = std::this_thread::get_id();
        executor.stop();
      });
  executor.run_until_stopped();
  EXPECT_EQ(strand, std::this_thread::get_id());
  EXPECT_NE(worker, strand);
}

TEST(Executor, UrgentWorkDoesNotWaitBehindOrdinaryWork) {
  const WallClock clock;
  Executor executor(clock, {.urgent = 1, .ordinary = 1});
  std::atomic<bool> urgent_ran{false};
  executor.run(Executor::Lane::Ordinary, [&] { urgent_ran.wait(false); }, [&] { executor.stop(); });
  executor.run(
      Executor::Lane::Urgent,
      [&] {
        urgent_ran = true;
        urgent_ran.notify_all();
      },
      [] {});
  executor.run_until_stopped();
  EXPECT_TRUE(urgent_ran);
}

TEST(Executor, WakesInTheOrderOfTimeAndNotWhatWasCancelled) {
  const WallClock clock;
  Executor executor(clock, {.urgent = 1, .ordinary = 1});
  std::vector<int> order;
  const TimePoint now = clock.now();
  executor.at(now + Milliseconds{20}, [&] {
    order.push_back(2);
    EXPECT_GE(clock.now(), now + Milliseconds{20});
    executor.stop();
  });
  executor.at(now - Milliseconds{5}, [&] { order.push_back(1); });
  const std::uint64_t cancelled = executor.at(now + Milliseconds{5}, [&] { order.push_back(9); });
  executor.cancel(cancelled);
  executor.run_until_stopped();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

}  // namespace
}  // namespace sluice::asio
