#include "core/rollout/end_figures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "core/rollout/advance.h"

namespace sluice::rollout {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart{1'700'000'000'000ms};

Plan counted_plan() {
  Plan plan;
  plan.deployment = "01hdeployment";
  plan.service = {"shop", "live", "web"};
  plan.green.id = "r2";
  plan.blue.emplace().id = "r1";
  plan.green_slot = Slot::B;
  plan.before = {true, Weight::none()};
  plan.strategy.steps = {{*Weight::parse("10%"), 20s}, {Weight::full(), 10min}};
  plan.alarms = {analysis::Alarm{.name = "http_5xx", .then = analysis::Action::Rollback},
                 analysis::Alarm{.name = "error_log", .then = analysis::Action::Hold}};
  plan.notify = {{SlackChannel{SecretVariable{"HOOK"}}, {"failed"}}, {MetricNamespace{"Sluice", {}}, {}}};
  return plan;
}

/// Walks a deployment; a second passes with each answer.
class Walk {
 public:
  explicit Walk(Plan plan) { take(start(Started{std::move(plan)}, now_)); }

  void wait(Milliseconds span) { now_ += span; }
  void feed(const Event& event) { take(advance(state_, event, now_)); }
  void breach(const char* alarm) { feed(AlarmBreached{{alarm, analysis::Verdict::Breaching, "it is bad"}}); }
  void step() {
    now_ += 1s;
    const auto stage = current_stage(state_);
    if (stage->kind == StageKind::Bake && state_.in_flight && state_.mode == Mode::Forward) {
      return feed(ChecksJudged{state_.in_flight->token, {{"http_5xx", analysis::Verdict::Ok, ""}}});
    }
    if (state_.in_flight) return feed(EffectSucceeded{state_.in_flight->token, {}});
    now_ = std::max(now_, next_deadline(state_).value());
    feed(DeadlineReached{});
  }
  void until(StageKind kind) {
    while (current_stage(state_).value().kind != kind) step();
  }
  EndFigures end() {
    while (state_.mode != Mode::Ended) step();
    return end_figures(state_);
  }

  const State& state() const { return state_; }
  TimePoint now() const { return now_; }
  const std::vector<MessageKind>& sent() const { return sent_; }

 private:
  void take(Step step) {
    state_ = std::move(step.state);
    for (const Effect& effect : step.effects) {
      if (const auto* message = std::get_if<SendMessage>(&effect.action)) sent_.push_back(message->kind);
    }
  }

  State state_;
  TimePoint now_ = kStart;
  std::vector<MessageKind> sent_;
};

TEST(EndFigures, OfASuccessEndWithTheReadBackOfAllTraffic) {
  Plan plan = counted_plan();
  plan.committed_at = kStart - 4min;
  Walk walk(plan);
  const EndFigures figures = walk.end();
  EXPECT_EQ(figures.at, walk.state().ended_at);
  EXPECT_EQ(figures.succeeded, true);
  EXPECT_FALSE(figures.rolled_back);
  EXPECT_EQ(figures.duration, *walk.state().full_at - kStart);
  EXPECT_LT(figures.duration, 10min) << "the bake at 100% is not among it";
  EXPECT_EQ(figures.lead, figures.duration + 4min);
  EXPECT_EQ(figures.recovery, std::nullopt);
}

TEST(EndFigures, OfARollbackCountFromTheBreachToTheReadBack) {
  Walk walk(counted_plan());
  walk.until(StageKind::Bake);
  walk.wait(7s);
  const TimePoint breached = walk.now();
  walk.breach("http_5xx");
  const EndFigures figures = walk.end();
  EXPECT_EQ(figures.succeeded, false);
  EXPECT_TRUE(figures.rolled_back);
  EXPECT_EQ(figures.recovery, *walk.state().restored_at - breached);
  EXPECT_EQ(figures.duration, *walk.state().restored_at - kStart);
  EXPECT_EQ(figures.lead, std::nullopt);
}

TEST(EndFigures, CountTheHoldThatARollbackCameAfter) {
  Walk walk(counted_plan());
  walk.until(StageKind::Bake);
  const TimePoint held = walk.now();
  walk.breach("error_log");
  ASSERT_EQ(walk.state().mode, Mode::Held);
  walk.wait(5min);
  walk.feed(RollbackRequested{"ana", "seen enough"});
  const EndFigures figures = walk.end();
  EXPECT_EQ(figures.recovery, *walk.state().restored_at - held);
}

TEST(EndFigures, DoNotCountAHoldThatAPersonPassedOver) {
  Walk walk(counted_plan());
  walk.until(StageKind::Bake);
  walk.breach("error_log");
  walk.wait(5min);
  walk.feed(PromoteRequested{"ana", false});
  walk.until(StageKind::Bake);
  const TimePoint breached = walk.now();
  walk.breach("http_5xx");
  const EndFigures figures = walk.end();
  EXPECT_EQ(figures.recovery, *walk.state().restored_at - breached);
}

TEST(EndFigures, OfWhatNeverHadTrafficAreAFailureWithoutARecovery) {
  Walk walk(counted_plan());
  walk.until(StageKind::StartGreen);
  walk.feed(EffectFailed{walk.state().in_flight->token, Error{ErrorKind::Failed, "it broke"}});
  const EndFigures figures = walk.end();
  EXPECT_EQ(walk.state().outcome, Outcome::FailedBeforeTraffic);
  EXPECT_EQ(figures.succeeded, false);
  EXPECT_FALSE(figures.rolled_back);
  EXPECT_EQ(figures.recovery, std::nullopt);
}

TEST(EndFigures, OfACancelledDeploymentSayNothingOfItsSuccess) {
  Walk walk(counted_plan());
  walk.until(StageKind::StartGreen);
  walk.feed(CancelRequested{"ana"});
  const EndFigures figures = walk.end();
  EXPECT_EQ(figures.succeeded, std::nullopt);
  EXPECT_FALSE(figures.rolled_back);
}

TEST(EndFigures, AreNotNegativeWhereTheClockWasSteppedBack) {
  Walk walk(counted_plan());
  walk.until(StageKind::Bake);
  walk.breach("http_5xx");
  walk.wait(-1h);
  const EndFigures figures = walk.end();
  EXPECT_EQ(figures.recovery, 0ms);
  EXPECT_EQ(figures.duration, 0ms);
}

TEST(EndFigures, AreSentOnceForEveryEndOfEveryMemberAndOnlyWhereMetricsAreWanted) {
  const auto sent = [](const Plan& plan) {
    Walk walk(plan);
    walk.end();
    return std::ranges::count(walk.sent(), MessageKind::Figures);
  };
  Plan plan = counted_plan();
  EXPECT_EQ(sent(plan), 1);
  // The words of a release's success are of its last member; the figures are of each.
  plan.release =
      Release{.id = plan.deployment, .members = {{plan.deployment, "web", {}}, {"x", "api", {}}}, .rounds = 2};
  EXPECT_EQ(sent(plan), 1);
  plan.notify.pop_back();
  EXPECT_EQ(sent(plan), 0) << "tokens in the journals of others stay as they were";
}

TEST(EndFigures, AreSentAgainAfterACrashUntilTheyAreDelivered) {
  Walk walk(counted_plan());
  walk.end();
  walk.feed(Recovered{});
  EXPECT_EQ(std::ranges::count(walk.sent(), MessageKind::Figures), 2);
  ASSERT_EQ(walk.state().messages.back().kind, MessageKind::Figures);
  walk.feed(MessageDelivered{walk.state().messages.back().token});
  walk.feed(Recovered{});
  EXPECT_EQ(std::ranges::count(walk.sent(), MessageKind::Figures), 2);
}

/// Whatever comes when: what the figures say holds together.
TEST(EndFigures, AgreeWithTheOutcomeWhateverHappens) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int run = 0; run < 500; ++run) {
    Walk walk(counted_plan());
    for (int i = 0; walk.state().mode != Mode::Ended && i < 200; ++i) {
      switch (random() % 40) {
        case 0: walk.breach("http_5xx"); break;
        case 1: walk.breach("error_log"); break;
        case 2: walk.feed(RollbackRequested{"ana", ""}); break;
        case 3: walk.feed(CancelRequested{"ana"}); break;
        case 4: walk.feed(PromoteRequested{"ana", random() % 2 == 0}); break;
        case 5: walk.feed(HoldRequested{"ana"}); break;
        case 6: walk.feed(Recovered{}); break;
        case 7: walk.feed(GreenLost{"it fell"}); break;
        default: walk.step();
      }
    }
    const EndFigures figures = walk.end();
    const State& state = walk.state();
    EXPECT_EQ(figures.succeeded.has_value(), state.outcome != Outcome::Cancelled);
    EXPECT_EQ(figures.succeeded.value_or(false), state.outcome == Outcome::Succeeded);
    EXPECT_EQ(figures.rolled_back, state.outcome == Outcome::RolledBack);
    EXPECT_EQ(figures.recovery.has_value(), figures.rolled_back);
    EXPECT_LE(figures.duration, figures.at - kStart);
    EXPECT_LE(figures.recovery.value_or(0ms), figures.at - kStart);
    EXPECT_EQ(std::ranges::count(state.messages, MessageKind::Figures, &PendingMessage::kind), 1);
  }
}

}  // namespace
}  // namespace sluice::rollout
