#include "core/rollout/witness.h"

#include <gtest/gtest.h>

#include "core/rollout/advance.h"

namespace sluice::rollout {
namespace {

using namespace std::chrono_literals;
using analysis::Verdict;

const TimePoint kStart = TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 11 / 26));

Plan plan_with_a_witness() {
  Plan plan{.deployment = "01HZX"};
  plan.blue.emplace().id = "blue";
  plan.green.id = "green";
  plan.strategy.steps = {{.weight = Weight::full(), .bake = 5min}};
  plan.witnesses = {"orchestrator-5xx"};
  return plan;
}

State baking(Plan plan = plan_with_a_witness()) {
  State state = start({std::move(plan)}, kStart).state;
  while (current_stage(state)->kind != StageKind::Bake) {
    state = advance(state, EffectSucceeded{state.in_flight->token, {}}, kStart + 1min).state;
  }
  return state;
}

Witness firing(TimePoint since) {
  return {"orchestrator-5xx", WitnessState::Firing, "3 datapoints were above 1", since};
}

TEST(Witness, TakesGreenBackWithItsNameAndItsReason) {
  const State state = baking();
  const CheckResult result = judge(firing(kStart + 2min), state);
  EXPECT_EQ(result.verdict, Verdict::Breaching);
  const State after = advance(state, AlarmBreached{result}, kStart + 3min).state;
  EXPECT_EQ(after.mode, Mode::RollingBack);
  ASSERT_TRUE(after.cause);
  EXPECT_EQ(after.cause->kind, CauseKind::Alarm);
  EXPECT_EQ(after.cause->subject, "cloudwatch/orchestrator-5xx");
  EXPECT_EQ(
      after.cause->sentence,
      "the CloudWatch alarm orchestrator-5xx is in ALARM since 2026-11-26T00:02:00.000Z: 3 datapoints were above 1");
}

TEST(Witness, IsNoneThatThePlanDoesNotName) {
  const State state = baking();
  CheckResult result = judge(firing(kStart + 2min), state);
  result.alarm = check_of_witness("another");
  EXPECT_EQ(advance(state, AlarmBreached{result}, kStart + 3min).state.mode, Mode::Forward);
}

TEST(Witness, SaysNothingOfGreenWhenItFiredBeforeADeploymentThatIsTheCure) {
  Plan cure = plan_with_a_witness();
  cure.while_alarming = true;
  const State state = baking(cure);
  EXPECT_EQ(judge(firing(kStart - 1min), state).verdict, Verdict::Ok);
  EXPECT_EQ(judge(firing(kStart + 1min), state).verdict, Verdict::Breaching);
  EXPECT_EQ(judge(firing(kStart - 1min), baking()).verdict, Verdict::Breaching);
}

TEST(Witness, HoldsTheTrafficStepAtItsEndWithoutData) {
  const State state = baking();
  const Step judged = advance(state, DeadlineReached{}, kStart + 10min);
  const Witness silent{"orchestrator-5xx", WitnessState::NoData, "no datapoints were received", kStart};
  const State held =
      advance(judged.state, ChecksJudged{judged.state.in_flight->token, {judge(silent, judged.state)}}, kStart + 10min)
          .state;
  EXPECT_EQ(held.mode, Mode::Held);
  ASSERT_TRUE(held.hold);
  EXPECT_EQ(held.hold->cause.kind, CauseKind::NoData);
  EXPECT_EQ(held.hold->cause.subject, "cloudwatch/orchestrator-5xx");
}

TEST(Witness, StopsADeploymentBeforeItBegins) {
  Plan plan = plan_with_a_witness();
  const Status refused = check_before_start({firing(kStart)}, plan);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("3 datapoints were above 1"), std::string::npos);
  EXPECT_TRUE(check_before_start({{"orchestrator-5xx", WitnessState::NoData, "", kStart}}, plan));
  plan.while_alarming = true;
  EXPECT_TRUE(check_before_start({firing(kStart)}, plan));
  const Status missing = check_before_start({{"orchestrator-5xx", WitnessState::Missing, "", {}}}, plan);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
}

TEST(Witness, IsAskedBeforeAFirstDeploymentToo) {
  Plan first = plan_with_a_witness();
  first.blue.reset();
  EXPECT_EQ(forward_stages(first).front().kind, StageKind::CheckBlue);
  first.witnesses.clear();
  EXPECT_NE(forward_stages(first).front().kind, StageKind::CheckBlue);
}

}  // namespace
}  // namespace sluice::rollout
