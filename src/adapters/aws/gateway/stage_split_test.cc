#include "adapters/aws/gateway/stage_split.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sluice::aws::gateway {
namespace {

using rollout::ApiKind;
using rollout::TrafficSplit;

constexpr TrafficSplit kA{.open = true, .slot_b = Weight::none()};
constexpr TrafficSplit kB{.open = true, .slot_b = Weight::full()};
const Slots kBoth{"one", "two"};

Weight percent(int number) { return *Weight::from_basis_points(number * 100); }

TrafficSplit part(int number) { return {.open = true, .slot_b = percent(number)}; }

Stage at(const std::string& deployment) { return {.deployment = deployment, .auto_deploys = false, .canary = {}}; }

Stage with_canary(const std::string& deployment, const std::string& canary, Weight share) {
  return {.deployment = deployment, .auto_deploys = false, .canary = Canary{canary, share}};
}

Result<StageChange> change(const Stage& now, const TrafficSplit& wanted, OwnCanary own = OwnCanary::Theirs) {
  return change_for(now, wanted, kBoth, ApiKind::Rest, own);
}

/// What API Gateway makes of it.
Stage changed(Stage stage, const StageChange& change) {
  if (change.removes_canary) stage.canary.reset();
  if (!change.deployment.empty()) stage.deployment = change.deployment;
  if (!stage.canary && (!change.canary_deployment.empty() || change.canary_share)) {
    stage.canary = Canary{stage.deployment, Weight::none()};
  }
  if (!change.canary_deployment.empty()) stage.canary->deployment = change.canary_deployment;
  if (change.canary_share) stage.canary->share = *change.canary_share;
  return stage;
}

TEST(StageSplit, IsAllOfTheStagesOwnDeploymentWithoutACanary) {
  EXPECT_EQ(*split_of(at("one"), kBoth), kA);
  EXPECT_EQ(*split_of(at("two"), kBoth), kB);
}

TEST(StageSplit, GivesTheCanaryItsShareWhicheverSlotItIs) {
  EXPECT_EQ(*split_of(with_canary("one", "two", percent(10)), kBoth), part(10));
  EXPECT_EQ(*split_of(with_canary("two", "one", percent(10)), kBoth), part(90));
  EXPECT_EQ(*split_of(with_canary("two", "two", percent(10)), kBoth), kB) << "as AWS's promotion leaves it";
}

TEST(StageSplit, IsAConflictWhereTheStagePointsElsewhere) {
  const auto elsewhere = split_of(at("three"), kBoth);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().kind, ErrorKind::Conflict);
  EXPECT_NE(elsewhere.error().message.find("the deployment three, and those of this service are one and two"),
            std::string::npos);
  EXPECT_EQ(split_of(at(""), {"one", ""}).error().kind, ErrorKind::Conflict);
}

TEST(StageSplit, IsAConflictWhereTheCanaryIsOfAnotherDeployment) {
  const auto theirs = split_of(with_canary("one", "three", percent(10)), kBoth);
  ASSERT_FALSE(theirs);
  EXPECT_EQ(theirs.error().kind, ErrorKind::Conflict);
  EXPECT_NE(theirs.error().message.find("a canary of the deployment three"), std::string::npos);
  EXPECT_NE(theirs.error().message.find("op=remove,path=/canarySettings"), std::string::npos);
  for (const TrafficSplit& wanted : {kA, kB, part(50)}) {
    EXPECT_EQ(change(with_canary("one", "three", percent(10)), wanted).error().kind, ErrorKind::Conflict);
  }
}

TEST(StageSplit, IsNotKnownBeforeTheSlotsAre) {
  EXPECT_EQ(split_of(at("one"), {}).error().kind, ErrorKind::NotFound);
  for (const TrafficSplit& wanted : {kB, part(10)}) {
    EXPECT_EQ(change_for(at("one"), wanted, {"one", ""}, ApiKind::Rest, OwnCanary::Theirs).error().kind,
              ErrorKind::NotFound);
  }
}

TEST(StageSplit, HasPartsOfRestApisAloneAndIsNeverClosed) {
  const auto v2 = change_for(at("one"), part(50), kBoth, ApiKind::V2, OwnCanary::Theirs);
  EXPECT_EQ(v2.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(v2.error().message.find("HTTP or WebSocket API"), std::string::npos);
  EXPECT_EQ(change_for(at("one"), kB, kBoth, ApiKind::V2, OwnCanary::Theirs)->deployment, "two");
  EXPECT_EQ(change(at("one"), {.open = false, .slot_b = Weight::none()}).error().kind, ErrorKind::InvalidInput);
}

TEST(StageChange, MakesTheCanaryThenMovesItsShareThenPromotesIt) {
  StageChange made;
  made.canary_deployment = "two";
  made.canary_share = percent(10);
  EXPECT_EQ(*change(at("one"), part(10)), made);
  StageChange moved;
  moved.canary_share = percent(50);
  EXPECT_EQ(*change(with_canary("one", "two", percent(10)), part(50)), moved);
  StageChange promoted;
  promoted.removes_canary = true;
  promoted.deployment = "two";
  EXPECT_EQ(*change(with_canary("one", "two", percent(50)), kB), promoted);
}

TEST(StageChange, TakesACanaryBackAndLeavesTheStagesOwnDeployment) {
  StageChange removed;
  removed.removes_canary = true;
  EXPECT_EQ(*change(with_canary("one", "two", percent(50)), kA), removed);
  EXPECT_EQ(*change(with_canary("one", "two", Weight::none()), kA), removed);
}

TEST(StageChange, SwapsAStageWithoutACanaryByItsDeploymentAlone) {
  StageChange swapped;
  swapped.deployment = "two";
  EXPECT_EQ(*change(at("one"), kB), swapped);
  EXPECT_TRUE(change(at("two"), kB)->is_nothing());
}

TEST(StageChange, LeavesACanaryOfTheStagesOwnDeploymentUnlessItIsInTheWay) {
  const Stage promoted_by_hand = with_canary("two", "two", Weight::none());
  EXPECT_TRUE(change(promoted_by_hand, kB)->is_nothing());
  EXPECT_TRUE(change(promoted_by_hand, kB, OwnCanary::Ours)->removes_canary);
  EXPECT_EQ(change(promoted_by_hand, part(50)).error().kind, ErrorKind::Conflict);
  StageChange back;
  back.removes_canary = true;
  back.deployment = "one";
  EXPECT_EQ(*change(promoted_by_hand, kA), back);
}

RC_GTEST_PROP(StageChange, MakesTheStageAsWantedFromAnyThatHasBothDeployments, ()) {
  const auto any_slot = rc::gen::element<std::string>("one", "two");
  const auto any_share = rc::gen::map(rc::gen::inRange(0, Weight::kFull + 1),
                                      [](int points) { return *Weight::from_basis_points(points); });
  Stage now = at(*any_slot);
  if (*rc::gen::arbitrary<bool>()) now.canary = Canary{*any_slot, *any_share};
  const TrafficSplit wanted{.open = true, .slot_b = *any_share};
  const auto made = change(now, wanted, OwnCanary::Ours);
  RC_ASSERT(made.has_value());
  const Stage then = changed(now, *made);
  RC_ASSERT(*split_of(then, kBoth) == wanted);
  RC_ASSERT(change(then, wanted, OwnCanary::Ours)->is_nothing());
}

}  // namespace
}  // namespace sluice::aws::gateway
