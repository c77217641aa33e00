#include "core/analysis/step_evidence.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

constexpr StepEvidence kWanted{.requests = 50, .at_most_worse = 0.01};

TEST(StepEvidence, WantsRequestsOfGreenFirst) {
  EXPECT_EQ(has_enough(kWanted, 49, 0.001, true), Enough::TooFewRequests);
  EXPECT_EQ(has_enough(kWanted, 50, 0.001, true), Enough::Yes);
}

TEST(StepEvidence, WantsABoundThatIsLowEnoughWhileThereIsABlueToCompareWith) {
  EXPECT_EQ(has_enough(kWanted, 1000, 0.011, true), Enough::TooUncertain);
  EXPECT_EQ(has_enough(kWanted, 1000, 0.01, true), Enough::Yes);
  EXPECT_EQ(has_enough(kWanted, 1000, std::nullopt, true), Enough::TooUncertain);
  EXPECT_EQ(has_enough(kWanted, 1000, std::nullopt, false), Enough::Yes);
}

TEST(StepEvidence, TakesAnyBoundWhereItIsSwitchedOff) {
  EXPECT_EQ(has_enough({.requests = 0, .at_most_worse = 1}, 0, std::nullopt, true), Enough::Yes);
}

TEST(StepEvidence, SaysWhatIsLacking) {
  EXPECT_EQ(describe_lack(Enough::TooFewRequests, kWanted, 12, std::nullopt),
            "GREEN has answered 12 of the 50 requests that the step wants");
  EXPECT_EQ(describe_lack(Enough::TooUncertain, kWanted, 100, 0.0352),
            "GREEN may still answer 5xx to 3.6 points more of its requests than BLUE, and the step wants at most 1");
  EXPECT_EQ(describe_lack(Enough::TooUncertain, kWanted, 100, std::nullopt),
            "GREEN and BLUE have not yet had requests to compare");
}

}  // namespace
}  // namespace sluice::analysis
