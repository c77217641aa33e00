#include "adapters/aws/gateway/stage_split.h"

#include <gtest/gtest.h>

namespace sluice::aws::gateway {
namespace {

constexpr rollout::TrafficSplit kA{.open = true, .slot_b = Weight::none()};
constexpr rollout::TrafficSplit kB{.open = true, .slot_b = Weight::full()};
const Slots kBoth{"one", "two"};

TEST(StageSplit, IsTheWholeOfOneSlot) {
  EXPECT_EQ(*split_of("one", kBoth), kA);
  EXPECT_EQ(*split_of("two", kBoth), kB);
  EXPECT_EQ(*deployment_for(kA, kBoth), "one");
  EXPECT_EQ(*deployment_for(kB, kBoth), "two");
}

TEST(StageSplit, IsAConflictWhereTheStagePointsElsewhere) {
  const auto elsewhere = split_of("three", kBoth);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().kind, ErrorKind::Conflict);
  EXPECT_NE(elsewhere.error().message.find("the deployment three, and those of this service are one and two"),
            std::string::npos);
  EXPECT_EQ(split_of("", {"one", ""}).error().kind, ErrorKind::Conflict);
}

TEST(StageSplit, IsNotKnownBeforeTheSlotsAre) {
  EXPECT_EQ(split_of("one", {}).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(deployment_for(kB, {"one", ""}).error().kind, ErrorKind::NotFound);
}

TEST(StageSplit, HasNoPartsAndIsNeverClosed) {
  const auto half = Weight::from_basis_points(5000);
  EXPECT_EQ(deployment_for({.open = true, .slot_b = *half}, kBoth).error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(deployment_for({.open = false, .slot_b = Weight::none()}, kBoth).error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace sluice::aws::gateway
