#include "adapters/aws/appconfig/flag_move.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::aws::appconfig {
namespace {

using rollout::Slot;
using enum DeploymentState;

std::string text_of(const FlagMove& move) {
  struct Visitor {
    std::string operator()(const Reached&) const { return "reached"; }
    std::string operator()(const StillUnderWay& it) const { return fmt::format("wait for {}", it.number); }
    std::string operator()(const StartOf& it) const {
      return fmt::format("start {}{}", it.version, it.is_way_back ? " at once" : "");
    }
    std::string operator()(const StopOf& it) const { return fmt::format("stop {}", it.number); }
    std::string operator()(const TakenBack& it) const { return fmt::format("{} was taken back", it.number); }
    std::string operator()(const SomebodyElse& it) const {
      return fmt::format("{} has version {}", it.number, it.version);
    }
  };
  return std::visit(Visitor{}, move);
}

FlagHistory history(std::vector<FlagDeployment> newest_first) {
  FlagHistory result;
  for (FlagDeployment& deployment : newest_first) {
    if (deployment.state == Baking || deployment.state == Complete) deployment.percentage = 100;
    result.newest = std::max(result.newest, deployment.number);
  }
  result.deployments = std::move(newest_first);
  return result;
}

FlagDeployment deployment(int number, const std::string& version, DeploymentState state) {
  return {.number = number, .profile = "p", .version = version, .state = state, .percentage = 0};
}

/// BLUE is version 7 in slot A, deployed by number 5; GREEN version 8 in slot B.
const FlagSlots kForward{.versions = {SlotVersion{"7", "01A"}, SlotVersion{"8", "01B"}}, .green = Slot::B, .since = 5};
/// The same two the other way round: back to version 7, which is GREEN now.
const FlagSlots kRevert{.versions = {SlotVersion{"7", "01A"}, SlotVersion{"8", "01B"}}, .green = Slot::A, .since = 6};

std::string forward(const FlagHistory& history) { return text_of(next_move(history, kForward, Slot::B)); }
std::string back(const FlagHistory& history) { return text_of(next_move(history, kForward, Slot::A)); }
std::string revert(const FlagHistory& history) { return text_of(next_move(history, kRevert, Slot::A)); }

TEST(FlagMove, GoesForwardBySlowStepsUntilItIsComplete) {
  const FlagDeployment blue = deployment(5, "7", Complete);
  EXPECT_EQ(forward(history({blue})), "start 8");
  EXPECT_EQ(forward(history({deployment(6, "8", Validating), blue})), "wait for 6");
  EXPECT_EQ(forward(history({deployment(6, "8", Baking), blue})), "wait for 6");
  EXPECT_EQ(forward(history({deployment(6, "8", Complete), blue})), "reached");
}

TEST(FlagMove, TellsThatItWasTakenBackMeanwhile) {
  const FlagDeployment blue = deployment(5, "7", Complete);
  for (const DeploymentState state : {RollingBack, RolledBack, Reverted}) {
    EXPECT_EQ(forward(history({deployment(6, "8", state), blue})), "6 was taken back");
  }
}

TEST(FlagMove, TriesAgainWhatWasTakenBackInAnEarlierRollout) {
  const FlagHistory before = history({deployment(5, "8", RolledBack), deployment(4, "7", Complete)});
  EXPECT_EQ(forward(before), "start 8");
  EXPECT_EQ(loss_of(before, kForward, "01B"), nullptr);
}

TEST(FlagMove, GoesBackByStoppingOrRevertingIt) {
  const FlagDeployment blue = deployment(5, "7", Complete);
  EXPECT_EQ(back(history({deployment(6, "8", Deploying), blue})), "stop 6");
  EXPECT_EQ(back(history({deployment(6, "8", Baking), blue})), "stop 6");
  EXPECT_EQ(back(history({deployment(6, "8", RollingBack), blue})), "wait for 6");
  EXPECT_EQ(back(history({deployment(6, "8", RolledBack), blue})), "reached");
  EXPECT_EQ(back(history({deployment(6, "8", Complete), blue})), "stop 6");
  EXPECT_EQ(back(history({deployment(6, "8", Reverted), blue})), "reached");
  EXPECT_EQ(back(history({blue})), "reached");
}

TEST(FlagMove, DeploysTheOldVersionAtOnceWhereARevertWouldLeadElsewhere) {
  const FlagHistory other_before = history({deployment(6, "8", Complete), deployment(5, "6", Complete)});
  EXPECT_EQ(back(other_before), "start 7 at once");
  EXPECT_EQ(back(history({deployment(7, "7", Deploying), deployment(6, "8", Complete)})), "wait for 7");
  EXPECT_EQ(back(history({deployment(7, "7", Baking), deployment(6, "8", Complete)})), "reached");
  EXPECT_EQ(back(history({deployment(7, "7", RolledBack), deployment(6, "8", Complete)})), "start 7 at once");
}

TEST(FlagMove, GoesBackToAnOlderRevisionAsItGoesBack) {
  const FlagDeployment first = deployment(5, "7", Complete);
  EXPECT_EQ(revert(history({deployment(6, "8", Complete), first})), "stop 6");
  EXPECT_EQ(revert(history({deployment(6, "8", Reverted), first})), "reached");
  EXPECT_EQ(revert(history({deployment(7, "7", Baking), deployment(6, "8", Complete)})), "reached");
  EXPECT_EQ(text_of(next_move(history({deployment(6, "8", Reverted), first}), kRevert, Slot::B)), "start 8 at once");
}

TEST(FlagMove, LeavesWhatSomebodyElseHasDeployed) {
  const FlagDeployment blue = deployment(5, "7", Complete);
  for (const DeploymentState state : {Deploying, Baking, Complete}) {
    EXPECT_EQ(forward(history({deployment(6, "9", state), blue})), "6 has version 9");
    EXPECT_EQ(back(history({deployment(6, "9", state), blue})), "6 has version 9");
  }
  EXPECT_EQ(forward(history({deployment(6, "9", RolledBack), blue})), "start 8");
}

TEST(FlagMove, KnowsWhatWasThereBeforeSluiceAsOlder) {
  FlagSlots slots{
      .versions = {SlotVersion{"10", "version-10"}, SlotVersion{"9", "version-9"}}, .green = Slot::B, .since = 6};
  const FlagHistory both = history({deployment(6, "10", Complete), deployment(5, "9", Complete)});
  EXPECT_EQ(text_of(next_move(both, slots, Slot::B)), "stop 6");
  slots.versions[1].revision = "01A";
  EXPECT_EQ(text_of(next_move(both, slots, Slot::B)), "start 9");
}

TEST(FlagSplit, IsThatOfWhatIsUnderWayOrInForce) {
  const FlagDeployment blue = deployment(5, "7", Complete);
  EXPECT_EQ(split_of(history({blue}), kForward)->slot_b, Weight::none());
  EXPECT_EQ(split_of(history({deployment(6, "8", Deploying), blue}), kForward)->slot_b, Weight::full());
  EXPECT_EQ(split_of(history({deployment(6, "8", RollingBack), blue}), kForward)->slot_b, Weight::none());
  EXPECT_EQ(split_of(history({deployment(6, "8", Complete), blue}), kForward)->slot_b, Weight::full());
  EXPECT_EQ(split_of(history({deployment(6, "9", Complete), blue}), kForward).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(split_of(history({}), kForward).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(split_of(history({blue}), {}).error().kind, ErrorKind::NotFound);
}

TEST(FlagLoss, IsOfTheNewRevisionAlone) {
  const FlagHistory reverted = history({deployment(6, "8", Reverted), deployment(5, "7", Complete)});
  ASSERT_NE(loss_of(reverted, kForward, "01B"), nullptr);
  EXPECT_EQ(loss_of(reverted, kForward, "01B")->number, 6);
  EXPECT_EQ(loss_of(reverted, kForward, "01A"), nullptr);
}

}  // namespace
}  // namespace sluice::aws::appconfig
