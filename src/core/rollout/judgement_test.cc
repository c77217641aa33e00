#include "core/rollout/judgement.h"

#include <gtest/gtest.h>

namespace sluice::rollout {
namespace {

using namespace std::chrono_literals;

Plan by_the_minute() {
  Plan plan;
  plan.green.target = EcsTarget{};
  plan.alarms.emplace_back();
  plan.strategy.steps = {{*Weight::from_basis_points(1000), 5min}, {Weight::full(), 4min}};
  return plan;
}

TEST(Judgement, WaitsForTheLastMinutesOfAStep) {
  Plan plan = by_the_minute();
  EXPECT_EQ(judged_after_bake(plan, 0), telemetry_timing(EcsTarget{}).delay);
  EXPECT_EQ(judged_bake(plan, 0), 5min);
  plan.green.target = MachineTarget{};
  EXPECT_EQ(judged_after_bake(plan, 0), 0ms);
}

TEST(Judgement, NeedNotWaitButAtTheLastStep) {
  Plan plan = by_the_minute();
  plan.strategy.waits_for_figures = false;
  EXPECT_EQ(judged_after_bake(plan, 0), 0ms);
  EXPECT_EQ(judged_bake(plan, 0), 5min - 125s - 60s) << "what CloudWatch has told of by then";
  EXPECT_EQ(judged_after_bake(plan, 1), telemetry_timing(EcsTarget{}).delay);
  EXPECT_EQ(judged_bake(plan, 1), 4min);
  plan.strategy.steps.front().bake = 1min;
  EXPECT_EQ(judged_bake(plan, 0), 0ms);
}

TEST(Judgement, WaitsForNothingWhereNothingIsJudged) {
  Plan plan = by_the_minute();
  plan.alarms.clear();
  EXPECT_EQ(judged_after_bake(plan, 1), 0ms);
}

}  // namespace
}  // namespace sluice::rollout
