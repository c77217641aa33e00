// What every ports::Telemetry must do. Each implementation runs this suite with a world of its own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "ports/telemetry.h"

namespace sluice::contract {

/// A routed service, its replicas and clients, and the telemetry that measures them.
class TelemetryWorld {
 public:
  virtual ~TelemetryWorld() = default;
  virtual ports::Telemetry& telemetry() = 0;
  /// Has replicas in both router slots, and nobody has asked yet.
  virtual rollout::ServiceKey service() = 0;
  /// So many requests are answered by a router slot, each with 200 or each with a server error. A multiple of 10.
  virtual void ask(rollout::Slot slot, int count, bool fail) = 0;
  virtual TimePoint now() = 0;
  /// Lets time pass until the condition holds; false when it does not.
  virtual bool until(const std::function<bool()>& condition) = 0;
};

struct TelemetryWorldFactory {
  std::string name;
  std::function<std::unique_ptr<TelemetryWorld>()> make;  ///< Null: what it needs is not on this machine.
  friend void PrintTo(const TelemetryWorldFactory& factory, std::ostream* out) { *out << factory.name; }
};

class TelemetryContract : public testing::TestWithParam<TelemetryWorldFactory> {
 protected:
  void SetUp() override {
    world_ = GetParam().make();
    if (!world_) GTEST_SKIP() << GetParam().name << " is not installed";
    service_ = world_->service();
    const auto since_epoch = world_->now().time_since_epoch();
    from_ = TimePoint{since_epoch - since_epoch % analysis::kSlotLength};
  }
  ports::Measurements read(rollout::Slot slot, TimePoint from) {
    auto measured = world_->telemetry().read(service_, slot, from);
    return measured.has_value() ? std::move(*measured) : ports::Measurements{};
  }
  analysis::Slot total(rollout::Slot slot) {
    analysis::Slot sum;
    for (const analysis::Slot& one : read(slot, from_).slots) {
      sum.requests += one.requests;
      sum.informational_and_success += one.informational_and_success;
      sum.server_errors += one.server_errors;
      sum.latency.merge(one.latency);
    }
    return sum;
  }
  bool until_measured(rollout::Slot slot, std::int64_t requests) {
    return world_->until([&] { return total(slot).requests >= requests; });
  }

  std::unique_ptr<TelemetryWorld> world_;
  rollout::ServiceKey service_;
  TimePoint from_{};
};

TEST_P(TelemetryContract, CountsEveryRequestOnceAndForTheSlotThatAnsweredIt) {
  world_->ask(rollout::Slot::A, 30, false);
  world_->ask(rollout::Slot::B, 20, true);
  ASSERT_TRUE(until_measured(rollout::Slot::A, 30));
  ASSERT_TRUE(until_measured(rollout::Slot::B, 20));
  EXPECT_EQ(total(rollout::Slot::A).requests, 30);
  EXPECT_EQ(total(rollout::Slot::A).informational_and_success, 30);
  EXPECT_EQ(total(rollout::Slot::A).server_errors, 0);
  EXPECT_EQ(total(rollout::Slot::A).latency.total(), 30);
  EXPECT_EQ(total(rollout::Slot::B).requests, 20);
  EXPECT_EQ(total(rollout::Slot::B).server_errors, 20);
  EXPECT_EQ(read(rollout::Slot::A, from_).lost_lines, 0);
}

TEST_P(TelemetryContract, GivesCompleteSlotsInTheOrderOfTimeAndZerosWhereNothingCame) {
  world_->ask(rollout::Slot::A, 10, false);
  ASSERT_TRUE(until_measured(rollout::Slot::A, 10));
  ASSERT_TRUE(world_->until([&] { return read(rollout::Slot::B, from_).slots.size() >= 5; }));
  for (const rollout::Slot slot : {rollout::Slot::A, rollout::Slot::B}) {
    const auto slots = read(slot, from_).slots;
    ASSERT_FALSE(slots.empty());
    EXPECT_GE(slots.front().start, from_);
    EXPECT_LE(slots.back().start + analysis::kSlotLength, world_->now());
    for (std::size_t i = 0; i < slots.size(); ++i) {
      EXPECT_EQ(slots[i].start.time_since_epoch() % analysis::kSlotLength, Milliseconds{0});
      if (i > 0) {
        EXPECT_EQ(slots[i].start - slots[i - 1].start, analysis::kSlotLength);
      }
    }
  }
  EXPECT_EQ(total(rollout::Slot::B).requests, 0);
}

TEST_P(TelemetryContract, GivesTheSameSlotsToWhoeverAsksFromWhenever) {
  world_->ask(rollout::Slot::A, 20, false);
  ASSERT_TRUE(until_measured(rollout::Slot::A, 20));
  ASSERT_TRUE(world_->until([&] { return read(rollout::Slot::A, from_).slots.size() >= 5; }));
  const auto all = read(rollout::Slot::A, from_).slots;
  const TimePoint middle = all[all.size() / 2].start;
  const auto later = read(rollout::Slot::A, middle).slots;
  ASSERT_FALSE(later.empty());
  EXPECT_EQ(later.front().start, middle);
  for (std::size_t i = 0; i < all.size() - all.size() / 2; ++i) EXPECT_EQ(later.at(i), all[all.size() / 2 + i]);
}

TEST_P(TelemetryContract, TellsTheFirstBadAnswersAndNoMoreThanWanted) {
  world_->ask(rollout::Slot::A, 10, false);
  world_->ask(rollout::Slot::B, 20, true);
  ASSERT_TRUE(until_measured(rollout::Slot::B, 20));
  const auto answers = world_->telemetry().first_bad_answers(service_, rollout::Slot::B, from_, 2);
  ASSERT_TRUE(answers.has_value());
  ASSERT_EQ(answers->size(), 2u);
  for (const ports::BadAnswer& answer : *answers) {
    EXPECT_GE(answer.status, 500);
    EXPECT_GE(answer.at, from_);
    EXPECT_FALSE(answer.path.empty());
  }
  EXPECT_LE(answers->at(0).at, answers->at(1).at);
  EXPECT_TRUE(world_->telemetry().first_bad_answers(service_, rollout::Slot::A, from_, 2)->empty());
}

TEST_P(TelemetryContract, NotesTheRoutesAndTheFailedRequestsOfASpan) {
  world_->ask(rollout::Slot::B, 20, true);
  ASSERT_TRUE(until_measured(rollout::Slot::B, 20));
  const auto notes = world_->telemetry().notes(service_, rollout::Slot::B, from_, world_->now());
  ASSERT_TRUE(notes.has_value());
  ASSERT_FALSE(notes->routes.empty());
  EXPECT_EQ(notes->routes.front().errors, 20);
  EXPECT_FALSE(notes->failed.empty());
  const auto before = world_->telemetry().notes(service_, rollout::Slot::B, from_ - std::chrono::minutes{10},
                                                from_ - std::chrono::minutes{5});
  ASSERT_TRUE(before.has_value());
  EXPECT_TRUE(before->failed.empty());
}

TEST_P(TelemetryContract, KnowsNoStranger) {
  const rollout::ServiceKey nobody{service_.project, service_.environment, "nobody"};
  EXPECT_EQ(world_->telemetry().read(nobody, rollout::Slot::A, from_).error().kind, ErrorKind::NotFound);
}

}  // namespace sluice::contract
