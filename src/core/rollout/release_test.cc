#include "core/rollout/release.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "core/rollout/advance.h"

namespace sluice::rollout {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Weight percent(int number) { return *Weight::from_basis_points(number * 100); }

Plan plan_of(const std::string& service, std::vector<int> steps, bool has_blue = true) {
  Plan plan;
  plan.deployment = "d-" + service;
  plan.service = {"shop", "local", service};
  plan.green.id = "r2";
  if (has_blue) plan.blue = Revision{};
  plan.green_slot = Slot::B;
  plan.before = {has_blue, Weight::none()};
  for (const int step : steps) plan.strategy.steps.push_back({percent(step), Milliseconds{1000}});
  return plan;
}

/// Members whose effects all succeed, one at a time, when the test says so.
class ReleaseOf {
 public:
  ReleaseOf(std::vector<Plan> plans, const std::vector<std::vector<std::string>>& after) : plans_(std::move(plans)) {
    std::vector<Plan*> all;
    for (Plan& plan : plans_) all.push_back(&plan);
    join_in_release("d", all, after);
    for (const Plan& plan : plans_) states_[plan.service.service] = start({plan}, now_).state;
    for (const ReleaseMember& member : release().members) order_.push_back(member.service);
  }

  const Release& release() const { return *plans_.front().release; }
  State& of(const std::string& service) { return states_.at(service); }
  std::string stage(const std::string& service) {
    const auto stage = current_stage(of(service));
    return stage ? describe(of(service).plan, *stage) : std::string(to_string(*of(service).outcome));
  }
  void tell(const std::string& service, const Event& event) { of(service) = advance(of(service), event, now_).state; }

  /// Whatever it waits for happens, unless that is the release. False when it waits for the release, or has ended.
  bool step(const std::string& service) {
    const State& state = of(service);
    const auto stage = current_stage(state);
    if (!stage || state.mode == Mode::Held || stage->kind == StageKind::AwaitRelease) return false;
    if (stage->kind == StageKind::Bake && !state.in_flight) {
      now_ = std::max(now_, *state.bake_until);
      tell(service, DeadlineReached{});
      tell(service, ChecksJudged{of(service).in_flight->token, {}});
    } else if (!state.in_flight) {
      now_ = std::max(now_, *next_deadline(state));
      tell(service, DeadlineReached{});
    } else {
      tell(service, EffectSucceeded{state.in_flight->token, {}});
    }
    return true;
  }
  void run_to_barrier(const std::string& service) {
    while (step(service)) {
    }
  }
  ReleaseMoves moves() const {
    std::vector<MemberStanding> standings;
    for (const std::string& service : order_) {
      standings.push_back({.deployment = "d-" + service, .state = &states_.at(service)});
    }
    return rollout::moves(release(), standings);
  }
  void go_on(const std::string& deployment) {
    const std::string service = deployment.substr(2);
    tell(service, EffectSucceeded{of(service).in_flight->token, {}});
  }
  const std::vector<std::string>& order() const { return order_; }

 private:
  std::vector<Plan> plans_;
  std::vector<std::string> order_;
  std::map<std::string, State> states_;
  TimePoint now_{std::chrono::hours{1}};
};

TEST(Release, IsPreparedInTheOrderOfDependencies) {
  ReleaseOf shop({plan_of("rag", {10, 100}), plan_of("chat", {10, 100})}, {{}, {"rag"}});
  shop.run_to_barrier("rag");
  shop.run_to_barrier("chat");
  EXPECT_EQ(shop.stage("chat"), "wait until rag is prepared");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-rag")) << "chat waits until rag runs";
  shop.go_on("d-rag");
  EXPECT_THAT(shop.moves().go_on, IsEmpty());
  shop.run_to_barrier("rag");
  EXPECT_EQ(shop.stage("rag"), "wait until the whole release is prepared");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-chat"));
}

/// All members wait before their first traffic step.
ReleaseOf prepared(std::vector<Plan> plans, const std::vector<std::vector<std::string>>& after) {
  ReleaseOf shop(std::move(plans), after);
  for (const std::string& service : shop.order()) {
    shop.run_to_barrier(service);
    shop.go_on("d-" + service);
    shop.run_to_barrier(service);
  }
  return shop;
}

TEST(Release, MovesInLockStepAndThoseThatOthersDependOnGoFirst) {
  ReleaseOf shop = prepared({plan_of("rag", {10, 50, 100}), plan_of("gate", {100}), plan_of("chat", {10, 50, 100})},
                            {{}, {"rag"}, {"rag"}});
  EXPECT_EQ(shop.stage("gate"), "wait for the release's traffic step 3 of 3") << "its only step is the last one";
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-rag")) << "chat goes when rag has gone";
  shop.go_on("d-rag");
  EXPECT_THAT(shop.moves().go_on, IsEmpty());
  shop.step("rag");  // the split is read back
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-chat"));
  shop.go_on("d-chat");
  shop.run_to_barrier("chat");
  EXPECT_THAT(shop.moves().go_on, IsEmpty()) << "rag still bakes";
  shop.run_to_barrier("rag");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-rag"));
}

TEST(Release, NobodyStopsItsBlueBeforeAllHaveBaked) {
  ReleaseOf shop = prepared({plan_of("a", {100}), plan_of("b", {100})}, {{}, {}});
  for (const std::string& each : shop.moves().go_on) shop.go_on(each);
  shop.run_to_barrier("a");
  EXPECT_EQ(shop.stage("a"), "wait until the whole release has baked");
  EXPECT_THAT(shop.moves().go_on, IsEmpty());
  shop.run_to_barrier("b");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-a", "d-b"));
  shop.go_on("d-a");
  EXPECT_FALSE(can_roll_back(shop.of("a"))) << "the release stands";
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-b"));
}

TEST(Release, OnceOneIsPastTheLastBarrierNobodyIsTakenBack) {
  ReleaseOf shop = prepared({plan_of("a", {100}), plan_of("b", {100})}, {{}, {}});
  for (const std::string& each : shop.moves().go_on) shop.go_on(each);
  shop.run_to_barrier("a");
  shop.run_to_barrier("b");
  shop.go_on("d-a");
  shop.run_to_barrier("a");
  EXPECT_EQ(shop.stage("a"), "succeeded");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-b"));
  EXPECT_FALSE(shop.moves().because_of);
}

TEST(Release, WhatTakesOneBackTakesAllBackTheLastFirst) {
  ReleaseOf shop =
      prepared({plan_of("a", {10, 100}), plan_of("b", {10, 100}), plan_of("c", {100})}, {{}, {"a"}, {"b"}});
  shop.go_on("d-a");
  shop.step("a");
  shop.tell("a", RollbackRequested{"ana", "odd"});
  const ReleaseMoves moves = shop.moves();
  EXPECT_EQ(moves.because_of, "d-a");
  EXPECT_THAT(moves.take_back, ElementsAre("d-c", "d-b"));
  EXPECT_THAT(moves.go_on, IsEmpty());
  shop.tell("b", ReleaseTakenBack{"a", CauseKind::Alarm, "GREEN answers 5xx to 6%"});
  EXPECT_EQ(shop.of("b").mode, Mode::RollingBack);
  EXPECT_EQ(shop.of("b").cause->sentence, "a, of the same release, was taken back: GREEN answers 5xx to 6%");
  EXPECT_EQ(shop.of("b").cause->because_of, "a");
}

TEST(Release, OneThatIsHeldHoldsTheOthersBeforeTheirNextStep) {
  ReleaseOf shop = prepared({plan_of("a", {10, 100}), plan_of("b", {10, 100})}, {{}, {}});
  for (const std::string& each : shop.moves().go_on) shop.go_on(each);
  shop.step("a");
  shop.tell("a", HoldRequested{"ana"});
  shop.run_to_barrier("b");
  EXPECT_THAT(shop.moves().go_on, IsEmpty());
  shop.tell("a", PromoteRequested{"ana"});
  shop.run_to_barrier("a");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-a", "d-b"));
}

TEST(Release, AHoldAtABarrierKeepsAllThere) {
  ReleaseOf shop = prepared({plan_of("a", {10, 100}), plan_of("b", {10, 100})}, {{}, {}});
  shop.tell("a", HoldRequested{"ana"});
  EXPECT_EQ(shop.of("a").mode, Mode::Held);
  EXPECT_THAT(shop.moves().go_on, IsEmpty());
  shop.tell("a", PromoteRequested{"ana"});
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-a", "d-b"));
}

TEST(Release, AServiceThatNeverServedOpensWhenItIsPreparedForOthersMayNeedIt) {
  ReleaseOf shop({plan_of("rag", {10, 100}, false), plan_of("chat", {10, 100})}, {{}, {"rag"}});
  shop.run_to_barrier("rag");
  shop.go_on("d-rag");
  shop.run_to_barrier("chat");
  EXPECT_THAT(shop.moves().go_on, IsEmpty());
  shop.run_to_barrier("rag");
  EXPECT_EQ(green_share(shop.of("rag").plan, shop.of("rag").intended), Weight::full());
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-chat"));
}

TEST(Release, WaitsNoLongerThanItsPatience) {
  ReleaseOf shop = prepared({plan_of("a", {10, 100}), plan_of("b", {10, 100})}, {{}, {}});
  const State waiting = shop.of("a");
  const TimePoint late = *next_deadline(waiting);
  EXPECT_GE(shop.release().patience, waiting.plan.strategy.hold_for * 2) << "each may be held for its whole time";
  const Step step = advance(waiting, DeadlineReached{}, late);
  EXPECT_EQ(step.state.mode, Mode::RollingBack);
}

TEST(Release, TellsOfItsEndOnce) {
  ReleaseOf shop = prepared({plan_of("a", {100}), plan_of("b", {100})}, {{}, {}});
  for (int i = 0; i < 2; ++i) {
    for (const std::string& each : shop.moves().go_on) shop.go_on(each);
    shop.run_to_barrier("a");
    shop.run_to_barrier("b");
  }
  EXPECT_EQ(shop.stage("a"), "succeeded");
  EXPECT_THAT(shop.of("a").messages, IsEmpty());
  EXPECT_THAT(shop.of("b").messages, testing::SizeIs(1));
}

RC_GTEST_PROP(Release, EndsAsOneWhateverComesWhen, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(2, 5);
  std::vector<Plan> plans;
  std::vector<std::vector<std::string>> after;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<int> steps;
    for (int step = *rc::gen::inRange(0, 3); step > 0; --step) steps.push_back(90 - step * 10);
    steps.push_back(100);
    plans.push_back(plan_of(std::string(1, static_cast<char>('a' + i)), steps, *rc::gen::arbitrary<bool>()));
    if (*rc::gen::arbitrary<bool>()) plans.back().green.target = GatewayTarget{};
    after.emplace_back();
    for (std::size_t other = 0; other < i; ++other) {
      if (!*rc::gen::arbitrary<bool>()) continue;
      after.back().emplace_back(1, static_cast<char>('a' + other));
      after.back().insert(after.back().end(), after[other].begin(), after[other].end());
    }
  }
  ReleaseOf shop(plans, after);
  const bool fails = *rc::gen::arbitrary<bool>();
  auto patience = *rc::gen::inRange(0, 60);
  for (int idle = 0; idle < 2;) {
    bool has_moved = false;
    for (const std::string& service : shop.order()) {
      const auto turn = *rc::gen::inRange(0, 3);
      for (int i = 0; i < turn; ++i) has_moved = shop.step(service) || has_moved;
      if (fails && --patience == 0) shop.tell(service, RollbackRequested{"ana", ""});
      const ReleaseMoves moves = shop.moves();
      for (const std::string& each : moves.go_on) {
        shop.go_on(each);
        has_moved = true;
      }
      for (const std::string& each : moves.take_back) {
        shop.tell(each.substr(2), ReleaseTakenBack{"x", CauseKind::Person, "odd"});
        has_moved = true;
      }
    }
    if (!has_moved) {
      for (const std::string& service : shop.order()) has_moved = shop.step(service) || has_moved;
    }
    idle = has_moved ? 0 : idle + 1;
  }
  std::size_t good = 0;
  for (const std::string& service : shop.order()) {
    RC_ASSERT(shop.of(service).mode == Mode::Ended);
    good += *shop.of(service).outcome == Outcome::Succeeded ? 1 : 0;
  }
  RC_ASSERT(good == 0 || good == count);
}

TEST(Release, MovesFrontDoorsLastAndTakesThemBackFirst) {
  Plan door = plan_of("door", {100});
  door.green.target = GatewayTarget{};
  ReleaseOf shop({plan_of("web", {10, 100}), door, plan_of("worker", {10, 100}), plan_of("behind", {100})},
                 {{}, {"web"}, {}, {"web", "door"}});
  std::vector<std::string> order;
  for (const ReleaseMember& member : shop.release().members) order.push_back(member.service);
  EXPECT_THAT(order, ElementsAre("web", "worker", "door", "behind"));
  EXPECT_THAT(shop.release().members[2].after, ElementsAre("web", "worker")) << "nobody has said so of the worker";
  EXPECT_THAT(shop.release().members[3].after, ElementsAre("web", "door", "worker"));
  EXPECT_THAT(shop.release().members[1].after, IsEmpty());
}

Plan door_of(const std::string& service, std::vector<int> steps) {
  Plan door = plan_of(service, std::move(steps));
  door.green.target = GatewayTarget{};
  return door;
}

TEST(Release, AFrontDoorWithStepsMakesItsFirstOnceTheOthersHaveMadeTheirLast) {
  ReleaseOf shop = prepared({plan_of("web", {10, 100}), door_of("door", {10, 50, 100})}, {{}, {"web"}});
  EXPECT_EQ(shop.stage("web"), "wait until the whole release is prepared");
  EXPECT_EQ(shop.stage("door"), "wait for the release's traffic step 2 of 4");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-web"));
  shop.go_on("d-web");
  shop.run_to_barrier("web");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-web")) << "what the door leads to is still divided";
  shop.go_on("d-web");
  EXPECT_THAT(shop.moves().go_on, IsEmpty());
  shop.step("web");  // the split is read back
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-door"));
  shop.go_on("d-door");
  shop.run_to_barrier("door");
  EXPECT_EQ(green_share(shop.of("door").plan, shop.of("door").intended), percent(10));
  EXPECT_THAT(shop.moves().go_on, IsEmpty()) << "web still bakes at 100%";
  shop.run_to_barrier("web");
  EXPECT_EQ(shop.stage("web"), "wait until the whole release has baked");
  for (const int share : {50, 100}) {
    EXPECT_THAT(shop.moves().go_on, ElementsAre("d-door"));
    shop.go_on("d-door");
    shop.run_to_barrier("door");
    EXPECT_EQ(green_share(shop.of("door").plan, shop.of("door").intended), percent(share));
  }
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-web", "d-door"));
}

TEST(Release, AFrontDoorWithStepsGoesBackFirst) {
  ReleaseOf shop = prepared({plan_of("web", {100}), door_of("door", {10, 100})}, {{}, {}});
  for (const char* each : {"d-web", "d-door"}) {
    EXPECT_THAT(shop.moves().go_on, ElementsAre(each));
    shop.go_on(each);
    shop.step(std::string(each).substr(2));
  }
  shop.tell("web", GreenLost{"it exited"});
  EXPECT_THAT(shop.moves().take_back, ElementsAre("d-door"));
}

TEST(Release, FrontDoorsEndTogetherHoweverManyStepsTheyHave) {
  ReleaseOf shop = prepared({door_of("rest", {10, 50, 100}), door_of("socket", {100})}, {{}, {}});
  EXPECT_EQ(shop.release().rounds, 3);
  EXPECT_EQ(shop.stage("rest"), "wait until the whole release is prepared");
  EXPECT_EQ(shop.stage("socket"), "wait for the release's traffic step 3 of 3");
}

TEST(Release, ToldToGoToFullAtOnceAllWaitForTheirLastRoundsAlone) {
  ReleaseOf shop = prepared({plan_of("web", {10, 100}), door_of("door", {10, 50, 100})}, {{}, {"web"}});
  for (const std::string& service : shop.order()) shop.tell(service, PromoteRequested{"ana", true});
  EXPECT_EQ(shop.stage("web"), "wait for the release's traffic step 2 of 4");
  EXPECT_EQ(shop.stage("door"), "wait for the release's traffic step 4 of 4");
  EXPECT_THAT(shop.moves().go_on, ElementsAre("d-web"));
}

}  // namespace
}  // namespace sluice::rollout
