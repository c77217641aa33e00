// What every ports::Fleet promises. A test program includes this once and instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(Podman, FleetContract, testing::Values(FleetWorldFactory{"Podman", make_world}));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "ports/fleet.h"

namespace sluice::contract {

/// A fleet with the things around it that a test moves.
class FleetWorld {
 public:
  virtual ~FleetWorld() = default;
  virtual ports::Fleet& fleet() = 0;
  /// A start whose revision id is fresh and whose replicas become healthy.
  virtual ports::FleetStart healthy(int replicas) = 0;
  /// Its replicas end by themselves with this code before they are healthy.
  virtual ports::FleetStart ends_with(int exit_code) = 0;
  virtual ports::FleetStart never_healthy() = 0;
  virtual ports::FleetStart without_image() = 0;
  /// Ends a replica's process as a crash would.
  virtual void kill(const ports::Replica& replica) = 0;
  /// A command that prints `text` and exits with `exit_code`.
  virtual std::vector<std::string> command(int exit_code, const std::string& text) = 0;
  /// How often a command was run in a revision's containers so far; -1 when that cannot be known.
  virtual int runs() = 0;
  /// sluice dies and comes back: `fleet()` is a new object over the same world.
  virtual void crash() = 0;
};

struct FleetWorldFactory {
  std::string name;
  std::function<std::unique_ptr<FleetWorld>()> make;
  friend void PrintTo(const FleetWorldFactory& factory, std::ostream* out) { *out << factory.name; }
};

class FleetContract : public testing::TestWithParam<FleetWorldFactory> {
 protected:
  void SetUp() override {
    world_ = GetParam().make();
    if (!world_) GTEST_SKIP() << "what this fleet runs on is not installed";
  }
  void TearDown() override {
    if (!world_) return;
    for (const auto& start : started_) {
      const Status stopped = fleet().stop(start.service, start.revision.id, Milliseconds(0));
      EXPECT_TRUE(stopped.has_value()) << stopped.error().message;
    }
  }
  ports::Fleet& fleet() { return world_->fleet(); }
  ports::FleetStart remembered(ports::FleetStart start) {
    started_.push_back(start);
    return start;
  }
  std::vector<ports::Replica> observed(const ports::FleetStart& start) {
    auto replicas = fleet().observe(start.service, start.revision.id);
    EXPECT_TRUE(replicas.has_value()) << replicas.error().message;
    return replicas.has_value() ? *replicas : std::vector<ports::Replica>();
  }

  std::unique_ptr<FleetWorld> world_;
  std::vector<ports::FleetStart> started_;
};

TEST_P(FleetContract, StartsEveryReplicaAndListsThem) {
  const auto start = remembered(world_->healthy(2));
  const auto replicas = fleet().start(start, {});
  ASSERT_TRUE(replicas.has_value()) << replicas.error().message;
  ASSERT_EQ(replicas->size(), 2u);
  for (int i = 0; i < 2; ++i) {
    const auto& replica = (*replicas)[static_cast<std::size_t>(i)];
    EXPECT_EQ(replica.index, i);
    EXPECT_TRUE(replica.running);
    EXPECT_FALSE(replica.address.empty());
    EXPECT_GT(replica.port, 0);
    EXPECT_EQ(replica.restarts, 0);
  }
  EXPECT_NE((*replicas)[0].name, (*replicas)[1].name);
  EXPECT_EQ(observed(start).size(), 2u);
  const auto list = fleet().list();
  ASSERT_TRUE(list.has_value());
  EXPECT_NE(std::find(list->begin(), list->end(), std::pair(start.service, start.revision.id)), list->end());
}

TEST_P(FleetContract, KeepsHealthyReplicasWhenStartedAgainAfterACrash) {
  const auto start = remembered(world_->healthy(2));
  const auto first = fleet().start(start, {});
  ASSERT_TRUE(first.has_value()) << first.error().message;
  world_->crash();
  const auto second = fleet().start(start, {});
  ASSERT_TRUE(second.has_value()) << second.error().message;
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ((*first)[i].address, (*second)[i].address);
    EXPECT_EQ((*first)[i].port, (*second)[i].port);
  }
}

TEST_P(FleetContract, ReplacesOnlyTheReplicaThatEnded) {
  const auto start = remembered(world_->healthy(2));
  const auto first = fleet().start(start, {});
  ASSERT_TRUE(first.has_value()) << first.error().message;
  world_->kill((*first)[1]);
  const auto seen = observed(start);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_TRUE(seen[0].running);
  EXPECT_FALSE(seen[1].running);
  const auto again = fleet().start(start, {});
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_TRUE((*again)[1].running);
  EXPECT_EQ((*again)[0].port, (*first)[0].port);
  EXPECT_EQ((*again)[0].address, (*first)[0].address);
}

TEST_P(FleetContract, RestartsOneReplicaAndCountsIt) {
  const auto start = remembered(world_->healthy(1));
  const auto first = fleet().start(start, {});
  ASSERT_TRUE(first.has_value()) << first.error().message;
  world_->kill((*first)[0]);
  for (int restarts = 1; restarts <= 2; ++restarts) {
    const auto replica = fleet().restart(start, 0, {});
    ASSERT_TRUE(replica.has_value()) << replica.error().message;
    EXPECT_TRUE(replica->running);
    EXPECT_EQ(replica->restarts, restarts);
    EXPECT_EQ(observed(start).at(0).restarts, restarts);
  }
}

TEST_P(FleetContract, NamesTheExitCodeOfAReplicaThatEndsAndLeavesNothingBehind) {
  const auto start = remembered(world_->ends_with(3));
  const auto replicas = fleet().start(start, {});
  ASSERT_FALSE(replicas.has_value());
  EXPECT_EQ(replicas.error().kind, ErrorKind::Failed);
  EXPECT_NE(replicas.error().message.find("exit code 3"), std::string::npos) << replicas.error().message;
  EXPECT_TRUE(observed(start).empty());
}

TEST_P(FleetContract, GivesUpOnAReplicaThatIsNeverHealthy) {
  const auto start = remembered(world_->never_healthy());
  const auto replicas = fleet().start(start, {});
  ASSERT_FALSE(replicas.has_value());
  EXPECT_EQ(replicas.error().kind, ErrorKind::TimedOut);
  EXPECT_NE(replicas.error().message.find("GET " + start.revision.health.path), std::string::npos)
      << replicas.error().message;
  EXPECT_TRUE(observed(start).empty());
}

TEST_P(FleetContract, StopsStartingWhenCancelled) {
  const auto start = remembered(world_->never_healthy());
  std::stop_source stop;
  stop.request_stop();
  const auto replicas = fleet().start(start, stop.get_token());
  ASSERT_FALSE(replicas.has_value());
  EXPECT_EQ(replicas.error().kind, ErrorKind::Cancelled) << replicas.error().message;
  EXPECT_TRUE(observed(start).empty());
}

TEST_P(FleetContract, SaysWhenTheImageIsNotThere) {
  const auto start = remembered(world_->without_image());
  const auto replicas = fleet().start(start, {});
  ASSERT_FALSE(replicas.has_value());
  EXPECT_EQ(replicas.error().kind, ErrorKind::NotFound) << replicas.error().message;
}

TEST_P(FleetContract, StopsARevisionTwice) {
  const auto start = remembered(world_->healthy(2));
  ASSERT_TRUE(fleet().start(start, {}).has_value());
  for (int i = 0; i < 2; ++i) {
    const auto stopped = fleet().stop(start.service, start.revision.id, Milliseconds(2000));
    EXPECT_TRUE(stopped.has_value()) << stopped.error().message;
    EXPECT_TRUE(observed(start).empty());
  }
}

TEST_P(FleetContract, LeavesOtherRevisionsAlone) {
  const auto blue = remembered(world_->healthy(1));
  const auto green = remembered(world_->healthy(1));
  ASSERT_TRUE(fleet().start(blue, {}).has_value());
  ASSERT_TRUE(fleet().start(green, {}).has_value());
  ASSERT_TRUE(fleet().stop(green.service, green.revision.id, Milliseconds(2000)).has_value());
  ASSERT_EQ(observed(blue).size(), 1u);
  EXPECT_TRUE(observed(blue)[0].running);
}

TEST_P(FleetContract, RunsACommandOnceEvenWhenAskedAgainAfterACrash) {
  const auto start = remembered(world_->healthy(1));
  const std::string token = "token-" + start.revision.id;
  const int before = world_->runs();
  for (int i = 0; i < 2; ++i) {
    const auto ran = fleet().run_once(start, world_->command(0, "migrated"), token, Milliseconds(20'000), {});
    EXPECT_TRUE(ran.has_value()) << ran.error().message;
    world_->crash();
  }
  if (before >= 0) {
    EXPECT_EQ(world_->runs(), before + 1);
  }
}

TEST_P(FleetContract, TellsHowACommandFailedAndRemembersIt) {
  const auto start = remembered(world_->healthy(1));
  const std::string token = "token-" + start.revision.id;
  for (int i = 0; i < 2; ++i) {
    const auto ran = fleet().run_once(start, world_->command(7, "no such table"), token, Milliseconds(20'000), {});
    ASSERT_FALSE(ran.has_value());
    EXPECT_EQ(ran.error().kind, ErrorKind::Failed);
    EXPECT_NE(ran.error().message.find("exit code 7"), std::string::npos) << ran.error().message;
    EXPECT_NE(ran.error().message.find("no such table"), std::string::npos) << ran.error().message;
  }
}

}  // namespace sluice::contract
