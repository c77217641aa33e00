#include "core/rollout/advance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rollout/message_text.h"
#include "core/rollout/stage_limits.h"

namespace sluice::rollout {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Weight percent(int value) { return *Weight::from_basis_points(value * 100); }

Plan story_plan() {
  Plan plan;
  plan.deployment = "01hdeployment";
  plan.service = {"mangaassist", "local", "orchestrator"};
  plan.requested_by = "ana";
  plan.green.id = "r2";
  plan.blue = Revision{};
  plan.blue->id = "r1";
  plan.green_slot = Slot::B;
  plan.before = {true, Weight::none()};
  plan.strategy.steps = {{percent(10), 20s}, {percent(50), 10s}, {percent(100), 10s}};
  plan.alarms = {analysis::Alarm{.name = "http_5xx", .then = analysis::Action::Rollback},
                 analysis::Alarm{.name = "error_log", .then = analysis::Action::Hold}};
  return plan;
}

/// Walks a deployment by answering its effects, one event at a time.
class Walk {
 public:
  explicit Walk(Plan plan) { take(start(Started{std::move(plan)}, now_)); }

  void feed(const Event& event) { take(advance(state_, event, now_)); }
  void feed_late(const Event& event, Milliseconds later) {
    now_ += later;
    feed(event);
  }
  void succeed() { feed(EffectSucceeded{state_.in_flight.value().token, {}}); }
  void fail(ErrorKind kind = ErrorKind::Failed) {
    feed(EffectFailed{state_.in_flight.value().token, Error{kind, "it broke"}});
  }
  void reach_deadline() {
    now_ = next_deadline(state_).value();
    feed(DeadlineReached{});
  }
  void judge_ok() { feed(ChecksJudged{state_.in_flight.value().token, {{"http_5xx", analysis::Verdict::Ok, ""}}}); }
  /// Goes forward, with everything well, until the stage is reached.
  void until(StageKind kind, std::size_t index = 0) {
    for (int i = 0; i < 100; ++i) {
      const auto stage = current_stage(state_);
      ASSERT_TRUE(stage.has_value()) << "ended before " << to_string(kind);
      if (*stage == Stage{kind, index}) return;
      step();
    }
    FAIL() << "never reached " << to_string(kind);
  }
  void to_the_end() {
    for (int i = 0; i < 100 && state_.mode != Mode::Ended; ++i) step();
  }

  const State& state() const { return state_; }
  const std::vector<Effect>& effects() const { return effects_; }
  TimePoint now() const { return now_; }
  Weight green() const { return green_share(state_.plan, state_.intended); }
  template <typename T>
  const T* last() const {
    for (auto effect = effects_.rbegin(); effect != effects_.rend(); ++effect) {
      if (const T* action = std::get_if<T>(&effect->action)) return action;
    }
    return nullptr;
  }

 private:
  void step() {
    const auto stage = current_stage(state_);
    if (stage->kind == StageKind::Bake && state_.mode == Mode::Forward) {
      if (state_.in_flight) return judge_ok();
      return reach_deadline();
    }
    if (state_.in_flight) return succeed();
    reach_deadline();
  }
  void take(Step step) {
    state_ = std::move(step.state);
    effects_ = std::move(step.effects);
  }

  State state_;
  std::vector<Effect> effects_;
  TimePoint now_{1'700'000'000'000ms};
};

TEST(RolloutAdvance, GoesThroughTheStepsAndRetiresBlueAtTheEnd) {
  Walk walk(story_plan());
  std::vector<int> shares;
  for (std::size_t i = 0; i < 3; ++i) {
    walk.until(StageKind::Shift, i);
    shares.push_back(walk.green().basis_points());
  }
  EXPECT_EQ(shares, (std::vector{1000, 5000, 10000}));
  walk.until(StageKind::RetireBlue);
  EXPECT_EQ(walk.last<Retire>()->colour, Colour::Blue);
  walk.to_the_end();
  EXPECT_EQ(walk.state().outcome, Outcome::Succeeded);
  EXPECT_EQ(walk.last<SendMessage>()->kind, MessageKind::Succeeded);
  EXPECT_FALSE(next_deadline(walk.state()).has_value());
}

TEST(RolloutAdvance, AFirstDeploymentHasNoCanaryAndOpensTheRouteAtOnce) {
  Plan plan = story_plan();
  plan.blue.reset();
  plan.before = {};
  Walk walk(plan);
  walk.until(StageKind::Shift, 2);
  EXPECT_EQ(walk.last<SetSplit>()->split, (TrafficSplit{true, Weight::full()}));
  walk.to_the_end();
  EXPECT_EQ(walk.state().outcome, Outcome::Succeeded);
}

TEST(RolloutAdvance, AFirstDeploymentThatFailsAfterTheOpeningClosesTheRouteAgain) {
  Plan plan = story_plan();
  plan.blue.reset();
  plan.before = {};
  Walk walk(plan);
  walk.until(StageKind::Bake, 2);
  walk.feed(AlarmBreached{{"http_5xx", analysis::Verdict::Breaching, "20% of answers were 5xx"}});
  EXPECT_EQ(walk.last<SetSplit>()->split, TrafficSplit{});
  walk.to_the_end();
  EXPECT_EQ(walk.state().outcome, Outcome::RolledBack);
}

TEST(RolloutAdvance, RollsBackWhenAnAlarmFiresDuringBakeWithTheWeightsFirst) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.feed(AlarmBreached{{"http_5xx", analysis::Verdict::Breaching, "20% of answers were 5xx"}});
  ASSERT_EQ(walk.effects().size(), 1u);
  EXPECT_EQ(walk.last<SetSplit>()->split, (TrafficSplit{true, Weight::none()}));
  EXPECT_EQ(walk.state().cause->sentence, "20% of answers were 5xx");
  walk.to_the_end();
  EXPECT_EQ(walk.state().outcome, Outcome::RolledBack);
}

TEST(RolloutAdvance, AStartThatFailsLeavesBlueUntouched) {
  Walk walk(story_plan());
  walk.until(StageKind::StartGreen);
  walk.fail();
  EXPECT_EQ(walk.last<SetSplit>(), nullptr);
  EXPECT_EQ(walk.last<Retire>()->colour, Colour::Green);
  walk.to_the_end();
  EXPECT_EQ(walk.state().outcome, Outcome::FailedBeforeTraffic);
  EXPECT_THAT(walk.state().cause->sentence, HasSubstr("start of GREEN: it broke"));
}

TEST(RolloutAdvance, RestoresTheSplitForEverUntilItIsReadBack) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 1);
  walk.feed(RollbackRequested{"ana", "looks odd"});
  bool told = false;
  for (int i = 0; i < 50; ++i) {
    walk.fail(ErrorKind::Unavailable);
    told = told || walk.last<SendMessage>() != nullptr;
    const Milliseconds wait = *next_deadline(walk.state()) - walk.now();
    EXPECT_LE(wait, kLongestRollbackRetry);
    walk.reach_deadline();
    ASSERT_NE(walk.last<SetSplit>(), nullptr);
  }
  EXPECT_TRUE(told);
  walk.to_the_end();
  EXPECT_EQ(walk.state().outcome, Outcome::RolledBack);
}

TEST(RolloutAdvance, TellsWhyTheWayBackFailedLastAndKeepsWhatItTold) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake);
  walk.feed(CancelRequested{"ana"});
  walk.fail(ErrorKind::Denied);
  EXPECT_THAT(message_text(walk.state(), MessageKind::RollbackStuck).body, HasSubstr("it broke"));
  walk.reach_deadline();
  walk.feed(EffectSucceeded{walk.state().in_flight->token, {"a rule is gone"}});
  EXPECT_EQ(walk.state().last_failure, "");
  walk.feed(EffectSucceeded{walk.state().in_flight->token, {"GET / 500"}});
  EXPECT_THAT(walk.state().evidence, testing::ElementsAre("a rule is gone", "GET / 500"));
}

TEST(RolloutAdvance, ASplitWriteGivenUpInFlightIsOutlivedBeforeGreenIsStopped) {
  Walk walk(story_plan());
  walk.until(StageKind::Shift, 1);
  const std::string stale = walk.state().in_flight->token;
  walk.feed(CancelRequested{"ana"});
  walk.succeed();  // the restore is read back, but the 50% write may still land
  EXPECT_EQ(current_stage(walk.state())->kind, StageKind::RestoreSplit);
  walk.reach_deadline();
  walk.feed(EffectSucceeded{stale, {}});  // it lands while the second restore is in flight
  walk.succeed();
  EXPECT_EQ(current_stage(walk.state())->kind, StageKind::RestoreSplit);  // so a third is sent
  EXPECT_EQ(walk.last<SetSplit>()->split, walk.state().plan.before);
  walk.succeed();
  EXPECT_EQ(current_stage(walk.state())->kind, StageKind::CollectEvidence);
  walk.to_the_end();
  EXPECT_EQ(walk.state().outcome, Outcome::Cancelled);
}

TEST(RolloutAdvance, AnAlarmOfActionHoldHoldsAndPromoteOverrulesIt) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  const CheckResult noisy{"error_log", analysis::Verdict::Breaching, "GREEN logs ten times the errors"};
  walk.feed(AlarmBreached{noisy});
  EXPECT_EQ(walk.state().mode, Mode::Held);
  EXPECT_EQ(walk.last<SendMessage>()->kind, MessageKind::Held);
  walk.feed(PromoteRequested{"ana", false});
  EXPECT_EQ(*current_stage(walk.state()), (Stage{StageKind::Shift, 1}));
  walk.feed(AlarmBreached{noisy});
  EXPECT_FALSE(walk.state().hold_requested.has_value());
  walk.feed(AlarmCleared{"error_log"});
  walk.feed(AlarmBreached{noisy});
  walk.succeed();
  EXPECT_EQ(walk.state().mode, Mode::Held);
}

TEST(RolloutAdvance, ABreachThatBlueShowsTooHoldsUntilItIsGreensOwn) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  CheckResult shared{"http_5xx", analysis::Verdict::Breaching, "both answer 5xx", true};
  walk.feed(AlarmBreached{shared});
  EXPECT_EQ(walk.state().mode, Mode::Held);
  EXPECT_EQ(walk.green(), percent(10));
  shared.blue_shows_it = false;
  walk.feed(AlarmBreached{shared});
  EXPECT_EQ(walk.state().mode, Mode::RollingBack);
}

TEST(RolloutAdvance, ABreachThatBlueShowsTooHoldsAtTheEndOfABakeAsWell) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight.value().token,
                         {{"http_5xx", analysis::Verdict::Breaching, "both answer 5xx", true}}});
  EXPECT_EQ(walk.state().mode, Mode::Held);
}

const AnalysisDecided kErrors{analysis::DecisionKind::Rollback, "sequential errors", "GREEN answers 5xx to 6%", 5.7,
                              4.6};
const AnalysisDecided kLog{analysis::DecisionKind::Hold, "sequential error_log", "GREEN logs errors", 5.1, 4.6};

TEST(RolloutAdvance, TheComparisonRollsBackWhileTheTrafficBakes) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.feed(kErrors);
  EXPECT_EQ(walk.state().mode, Mode::RollingBack);
  EXPECT_EQ(walk.state().cause, (Cause{CauseKind::Analysis, "sequential errors", "GREEN answers 5xx to 6%"}));
}

TEST(RolloutAdvance, TheComparisonHoldsAndAPersonPassesOverIt) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.feed(kLog);
  EXPECT_EQ(walk.state().mode, Mode::Held);
  walk.feed(PromoteRequested{"ana", false});
  walk.succeed();
  walk.feed(kLog);
  EXPECT_EQ(*current_stage(walk.state()), (Stage{StageKind::Bake, 1}));
  walk.feed(kErrors);
  EXPECT_EQ(walk.state().mode, Mode::RollingBack);
}

TEST(RolloutAdvance, TheComparisonRollsBackWhatIsHeld) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.feed(kLog);
  walk.feed(kErrors);
  EXPECT_EQ(walk.state().mode, Mode::RollingBack);
}

TEST(RolloutAdvance, TooLittleEvidenceHoldsAtTheEndOfABake) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight->token, {{"evidence", analysis::Verdict::NoData, "12 of 50"}}});
  EXPECT_EQ(walk.state().mode, Mode::Held);
  EXPECT_EQ(walk.state().hold->cause.kind, CauseKind::NoData);
}

TEST(RolloutAdvance, ARollbackAlarmStillActsWhileHeld) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.feed(HoldRequested{"ana"});
  walk.feed(AlarmBreached{{"http_5xx", analysis::Verdict::Breaching, "bad"}});
  EXPECT_EQ(walk.state().mode, Mode::RollingBack);
}

TEST(RolloutAdvance, AHoldRemindsHalfwayAndRollsBackAtItsDeadline) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.feed(HoldRequested{"ana"});
  const TimePoint held_at = walk.now();
  walk.reach_deadline();
  EXPECT_EQ(walk.now() - held_at, 30min);
  EXPECT_EQ(walk.last<SendMessage>()->kind, MessageKind::HoldReminder);
  walk.reach_deadline();
  EXPECT_EQ(walk.now() - held_at, 60min);
  EXPECT_EQ(walk.state().cause->kind, CauseKind::HoldExpired);
  EXPECT_NE(walk.last<SetSplit>(), nullptr);
}

TEST(RolloutAdvance, ACheckWithoutDataAtTheEndOfABakeHolds) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight->token, {{"http_5xx", analysis::Verdict::NoData, "no requests"}}});
  EXPECT_EQ(walk.state().mode, Mode::Held);
  EXPECT_EQ(walk.state().hold->cause.sentence, "no requests");
}

TEST(RolloutAdvance, AFirstDeploymentThatNobodyHasAskedYetDoesNotHold) {
  Plan plan = story_plan();
  plan.blue.reset();
  plan.before = {};
  Walk walk(plan);
  walk.until(StageKind::Bake, 2);
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight->token, {{"http_5xx", analysis::Verdict::NoData, "no requests"}}});
  EXPECT_EQ(walk.state().mode, Mode::Ended);
  EXPECT_EQ(walk.state().outcome, Outcome::Succeeded);
}

TEST(RolloutAdvance, AFirstDeploymentWhoseTelemetryFailsIsHeld) {
  Plan plan = story_plan();
  plan.blue.reset();
  plan.before = {};
  Walk walk(plan);
  walk.until(StageKind::Bake, 2);
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight->token, {{"http_5xx", analysis::Verdict::Error, "cannot be read"}}});
  EXPECT_EQ(walk.state().mode, Mode::Held);
}

const CheckResult kNoData{"http_5xx", analysis::Verdict::NoData, "no requests"};
const CheckResult kBreach{"http_5xx", analysis::Verdict::Breaching, "GREEN answered 5xx to 20%"};

/// Held at the end of the first bake, since an alarm that rolls back cannot answer.
Walk held_without_data() {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight->token, {kNoData}});
  return walk;
}

TEST(RolloutAdvance, WhoPassesOverMissingDataHasNotPassedOverABreach) {
  Walk walk = held_without_data();
  EXPECT_EQ(walk.state().hold->cause.kind, CauseKind::NoData);
  walk.feed(PromoteRequested{"ana", false});
  walk.succeed();
  EXPECT_EQ(*current_stage(walk.state()), (Stage{StageKind::Bake, 1}));
  walk.feed(AlarmBreached{kBreach});
  EXPECT_EQ(walk.state().mode, Mode::RollingBack);
}

TEST(RolloutAdvance, MissingDataThatWasPassedOverDoesNotHoldAgain) {
  Walk walk = held_without_data();
  walk.feed(PromoteRequested{"ana", false});
  walk.succeed();
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight->token, {kNoData}});
  EXPECT_EQ(*current_stage(walk.state()), (Stage{StageKind::Shift, 2}));
}

TEST(RolloutAdvance, WhoPassesOverABreachHasNotPassedOverMissingData) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.feed(AlarmBreached{{"error_log", analysis::Verdict::Breaching, "noisy"}});
  walk.feed(PromoteRequested{"ana", false});
  walk.succeed();
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight->token, {{"error_log", analysis::Verdict::NoData, "no log"}}});
  EXPECT_EQ(walk.state().mode, Mode::Held);
  EXPECT_EQ(walk.state().hold->cause.kind, CauseKind::NoData);
}

TEST(RolloutAdvance, APromoteOfAnOldJournalReplaysAsItWasActedOn) {
  Walk walk = held_without_data();
  walk.feed(PromoteRequested{"ana", false, PassesOver::Everything});
  walk.succeed();
  walk.reach_deadline();
  walk.feed(ChecksJudged{walk.state().in_flight->token, {kBreach}});
  EXPECT_EQ(*current_stage(walk.state()), (Stage{StageKind::Shift, 2}));
}

TEST(RolloutAdvance, PromoteFullPassesOverTheStepsBetween) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 0);
  walk.feed(PromoteRequested{"ana", true});
  EXPECT_EQ(*current_stage(walk.state()), (Stage{StageKind::Shift, 2}));
}

TEST(RolloutAdvance, AfterARestartItSendsTheSameTokenAgainAndBakesAnew) {
  Walk walk(story_plan());
  walk.until(StageKind::StartGreen);
  const std::string token = walk.state().in_flight->token;
  walk.feed(Recovered{});
  ASSERT_EQ(walk.effects().size(), 1u);
  EXPECT_EQ(walk.effects()[0].token, token);
  walk.until(StageKind::Bake, 0);
  walk.feed_late(Recovered{}, 15s);
  EXPECT_EQ(*walk.state().bake_until, walk.now() + 20s);
  EXPECT_EQ(walk.last<SetSplit>()->split, walk.state().intended);
}

TEST(RolloutAdvance, ADriftedSplitIsWrittenAgain) {
  Walk walk(story_plan());
  walk.until(StageKind::Bake, 1);
  walk.feed(SplitDrifted{{true, Weight::full()}});
  EXPECT_EQ(walk.last<SetSplit>()->split, (TrafficSplit{true, percent(50)}));
  walk.feed(SplitDrifted{{true, Weight::full()}});
  EXPECT_TRUE(walk.effects().empty()) << "one correction at a time";
}

TEST(RolloutAdvance, BlueThatIsBeingStoppedIsNoPlaceToGoBackTo) {
  Walk walk(story_plan());
  walk.until(StageKind::RetireBlue);
  EXPECT_FALSE(can_roll_back(walk.state()));
  walk.feed(RollbackRequested{"ana", ""});
  EXPECT_EQ(walk.state().mode, Mode::Forward);
}

TEST(RolloutAdvance, AHookThatSaysNoIsNotAskedAgain) {
  Plan plan = story_plan();
  plan.hooks = {LifecycleHook{HookPoint::BeforeAllowTraffic, HookCommand{{"false"}}}};
  Walk walk(plan);
  walk.until(StageKind::Hook);
  walk.fail();
  walk.to_the_end();
  EXPECT_EQ(walk.state().outcome, Outcome::FailedBeforeTraffic);
  EXPECT_THAT(walk.state().cause->sentence, HasSubstr("BeforeAllowTraffic hook"));
}

TEST(RolloutAdvance, AnUnreachableRouterIsAskedAgainAndThenGivenUp) {
  Walk walk(story_plan());
  walk.until(StageKind::Shift, 0);
  const TimePoint began = walk.now();
  while (walk.state().mode == Mode::Forward) {
    if (walk.state().in_flight) walk.fail(ErrorKind::Unavailable);
    if (walk.state().mode == Mode::Forward) walk.reach_deadline();
  }
  EXPECT_GE(walk.now() - began, 25s);
  EXPECT_EQ(walk.state().cause->kind, CauseKind::Router);
}

Plan plan_by_codedeploy() {
  Plan plan = story_plan();
  EcsTarget ecs;
  ecs.target_groups = {"a", "b"};
  ecs.codedeploy.emplace().moves = {10, false, 15min};
  plan.green.target = ecs;
  return plan;
}

TEST(RolloutAdvance, RollsBackWhereNothingCanBeHeld) {
  Walk walk(plan_by_codedeploy());
  walk.until(StageKind::Bake, 0);
  walk.feed(AnalysisDecided{analysis::DecisionKind::Hold, "sequential error_log", "GREEN logs errors", 5.1, 4.6});
  EXPECT_EQ(walk.state().mode, Mode::RollingBack);
  EXPECT_EQ(walk.state().cause->sentence, "GREEN logs errors");
}

TEST(RolloutAdvance, HoldsWhereEcsWaitsForAWord) {
  Plan plan = plan_by_codedeploy();
  auto& ecs = std::get<EcsTarget>(plan.green.target);
  ecs.codedeploy.reset();
  ecs.native.emplace().moves = {10, false};
  Walk walk(plan);
  walk.until(StageKind::Bake, 0);
  walk.feed(AnalysisDecided{analysis::DecisionKind::Hold, "sequential error_log", "GREEN logs errors", 5.1, 4.6});
  EXPECT_EQ(walk.state().mode, Mode::Held);
  EXPECT_FALSE(writes_weights(plan.green.target));
}

TEST(RolloutAdvance, WaitsWithATrafficStepForCodeDeploysClock) {
  Walk walk(plan_by_codedeploy());
  walk.until(StageKind::Shift, 1);
  const TimePoint began = walk.now();
  while (walk.state().mode == Mode::Forward) {
    if (walk.state().in_flight) walk.fail(ErrorKind::Unavailable);
    if (walk.state().mode == Mode::Forward) walk.reach_deadline();
  }
  EXPECT_GE(walk.now() - began, 15min);
}

}  // namespace
}  // namespace sluice::rollout
