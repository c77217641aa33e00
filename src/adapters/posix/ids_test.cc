#include "adapters/posix/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

namespace sluice::posix {
namespace {

class StandingClock final : public ports::Clock {
 public:
  explicit StandingClock(std::int64_t milliseconds) : time_(Milliseconds(milliseconds)) {}
  TimePoint now() const override { return time_; }
  void set(std::int64_t milliseconds) { time_ = TimePoint(Milliseconds(milliseconds)); }

 private:
  TimePoint time_;
};

TEST(Ids, BeginWithTheTimeInCrockfordBase32) {
  // The specification's example: 1469918176385 is 01ARYZ6S41.
  const StandingClock clock(1'469'918'176'385);
  Ids ids(clock);
  const std::string id = ids.next();
  EXPECT_EQ(id.size(), 26u);
  EXPECT_EQ(id.substr(0, 10), "01aryz6s41");
  EXPECT_EQ(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
}

TEST(Ids, KeepTheirOrderWithinAMillisecondAndWhenTheClockStepsBack) {
  StandingClock clock(1'000'000);
  Ids ids(clock);
  std::vector<std::string> made;
  for (int i = 0; i < 1'000; ++i) made.push_back(ids.next());
  clock.set(999'000);
  made.push_back(ids.next());
  clock.set(1'000'001);
  made.push_back(ids.next());
  EXPECT_TRUE(std::is_sorted(made.begin(), made.end()));
  EXPECT_EQ(std::adjacent_find(made.begin(), made.end()), made.end());
}

TEST(Ids, OfTwoMakersDiffer) {
  const StandingClock clock(1'000'000);
  Ids one(clock);
  Ids other(clock);
  EXPECT_NE(one.next(), other.next());
}

TEST(Ids, AreUniqueAcrossThreads) {
  const StandingClock clock(5);
  Ids ids(clock);
  std::vector<std::vector<std::string>> made(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : made) {
      threads.emplace_back([&ids, &mine] {
        for (int i = 0; i < 500; ++i) mine.push_back(ids.next());
      });
    }
  }
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  EXPECT_EQ(all.size(), 2'000u);
}

}  // namespace
}  // namespace sluice::posix
