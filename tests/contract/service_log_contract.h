// What every ports::ServiceLog must do. Each implementation runs this suite with a world of its own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "core/analysis/slot.h"
#include "ports/service_log.h"

namespace sluice::contract {

/// One revision with a replica that logs, and whoever reads its log.
class ServiceLogWorld {
 public:
  virtual ~ServiceLogWorld() = default;
  virtual ports::ServiceLog& log() = 0;
  virtual rollout::ServiceKey service() = 0;
  /// Its replica runs, and its log is read.
  virtual std::string revision() = 0;
  /// The replica writes so many error lines.
  virtual void complain(int lines) = 0;
  virtual TimePoint now() = 0;
  /// Lets time pass until the condition holds; false when it does not.
  virtual bool until(const std::function<bool()>& condition) = 0;
};

struct ServiceLogWorldFactory {
  std::string name;
  std::function<std::unique_ptr<ServiceLogWorld>()> make;  ///< Null: what it needs is not on this machine.
  friend void PrintTo(const ServiceLogWorldFactory& factory, std::ostream* out) { *out << factory.name; }
};

class ServiceLogContract : public testing::TestWithParam<ServiceLogWorldFactory> {
 protected:
  void SetUp() override {
    world_ = GetParam().make();
    if (!world_) GTEST_SKIP() << GetParam().name << " is not installed";
    revision_ = world_->revision();
    ASSERT_TRUE(world_->until([&] { return !slots(TimePoint{}).empty(); })) << "nobody reads the log";
  }
  std::vector<ports::LogSlot> slots(TimePoint from) {
    auto read = world_->log().read(world_->service(), revision_, from);
    return read.has_value() ? std::move(*read) : std::vector<ports::LogSlot>();
  }
  std::int64_t lines(TimePoint from) {
    std::int64_t sum = 0;
    for (const ports::LogSlot& slot : slots(from)) sum += slot.error_lines;
    return sum;
  }

  std::unique_ptr<ServiceLogWorld> world_;
  std::string revision_;
};

TEST_P(ServiceLogContract, CountsEachErrorLineOnce) {
  world_->complain(7);
  ASSERT_TRUE(world_->until([&] { return lines(TimePoint{}) >= 7; }));
  world_->complain(3);
  ASSERT_TRUE(world_->until([&] { return lines(TimePoint{}) >= 10; }));
  EXPECT_EQ(lines(TimePoint{}), 10);
}

TEST_P(ServiceLogContract, IsWatchedWhileNothingIsLogged) {
  const TimePoint last = slots(TimePoint{}).back().start;
  ASSERT_TRUE(world_->until([&] { return slots(TimePoint{}).back().start >= last + 5 * analysis::kSlotLength; }));
  const auto seen = slots(TimePoint{});
  for (std::size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i].error_lines, 0);
    EXPECT_EQ(seen[i].start.time_since_epoch() % analysis::kSlotLength, Milliseconds{0});
    if (i > 0) {
      EXPECT_EQ(seen[i].start - seen[i - 1].start, analysis::kSlotLength);
    }
  }
  EXPECT_LE(seen.back().start, world_->now());
}

TEST_P(ServiceLogContract, GivesWhatCameFromAMomentOn) {
  world_->complain(4);
  ASSERT_TRUE(world_->until([&] { return lines(TimePoint{}) >= 4; }));
  const TimePoint later = slots(TimePoint{}).back().start + analysis::kSlotLength;
  world_->complain(2);
  ASSERT_TRUE(world_->until([&] { return lines(TimePoint{}) >= 6; }));
  EXPECT_EQ(lines(later), 2);
  EXPECT_GE(slots(later).front().start, later);
}

TEST_P(ServiceLogContract, TellsTheFirstLinesAndNoMoreThanWanted) {
  world_->complain(5);
  ASSERT_TRUE(world_->until([&] { return lines(TimePoint{}) >= 5; }));
  const auto first = world_->log().first_error_lines(world_->service(), revision_, TimePoint{}, 1);
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->size(), 1u);
  EXPECT_FALSE(first->front().text.empty());
  EXPECT_LE(first->front().at, world_->now());
}

TEST_P(ServiceLogContract, KnowsNoStranger) {
  EXPECT_EQ(world_->log().read(world_->service(), "nobody", TimePoint{}).error().kind, ErrorKind::NotFound);
}

}  // namespace sluice::contract
