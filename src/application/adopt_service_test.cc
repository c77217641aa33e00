#include "application/adopt_service.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>

namespace sluice::application {
namespace {

using adoption::Facts;
using adoption::Step;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr const char* kBlue = "arn:targetgroup/shop-blue/1";
constexpr const char* kGreen = "arn:targetgroup/shop-green/2";

Weight percent(int share) { return *Weight::from_basis_points(share * 100); }

/// ECS and a load balancer that do at once what they are told, and count it.
class FakeWorld final : public ports::AdoptionWorld {
 public:
  FakeWorld() {
    facts.rules = {{"rule-http", {{kBlue, 1}}}, {"rule-https", {{kBlue, 1}}}};
    facts.groups = {{"shop-blue", kBlue, 2, 2}, {"shop-green", "", 0, 0}};
    facts.groups_of_today = {{kBlue, kBlue, 2, 2}};
    facts.candidates = {{"web-rolling", "ECS", "shop-web:7", "web", 8080, kBlue, 2, 2, false, {}}};
  }

  Result<Facts> look(const std::string&, Look, std::stop_token) override {
    ++looks;
    if (failing_looks > 0) {
      --failing_looks;
      return Error{ErrorKind::Unavailable, "AWS did not answer"};
    }
    before_look();
    return facts;
  }

  Status carry_out(const Step& step, const std::string&, std::stop_token) override {
    calls.push_back(adoption::describe(step));
    const std::size_t kind = step.index();
    if (lost.erase(kind) > 0) {
      apply(step);
      return Error{ErrorKind::UnknownOutcome, "the answer was lost"};
    }
    if (dropped.erase(kind) > 0) return Error{ErrorKind::Unavailable, "it did not arrive"};
    if (refused == kind) return Error{ErrorKind::Denied, "not allowed"};
    apply(step);
    return {};
  }

  Facts facts;
  std::vector<std::string> calls;
  std::multiset<std::size_t> lost;     ///< Carried out, by the step's kind, and the answer lost.
  std::multiset<std::size_t> dropped;  ///< Not carried out.
  std::optional<std::size_t> refused;
  int looks = 0;
  int failing_looks = 0;
  std::function<void()> before_look = [] {};

 private:
  void apply(const Step& step) {
    if (std::get_if<adoption::MakeGroup>(&step) != nullptr) facts.groups[1].arn = kGreen;
    if (std::get_if<adoption::NameInRules>(&step) != nullptr) weigh(0);
    if (std::get_if<adoption::MakeService>(&step) != nullptr) facts.beside = {"ACTIVE", "EXTERNAL", {}};
    if (const auto* made = std::get_if<adoption::MakeTaskSet>(&step)) {
      facts.beside.task_sets = {{"ecs-svc/1", made->external_id, kGreen, false, true, 2, 2, 0, ""}};
      facts.groups[1].targets = facts.groups[1].healthy = 2;
    }
    if (const auto* shift = std::get_if<adoption::Shift>(&step)) weigh(shift->share.basis_points() / 100);
    if (std::get_if<adoption::MakePrimary>(&step) != nullptr) facts.beside.task_sets[0].is_primary = true;
    if (std::get_if<adoption::DeleteService>(&step) != nullptr) facts.beside = {"DRAINING", "EXTERNAL", {}};
  }
  void weigh(int green) {
    for (adoption::Rule& rule : facts.rules) rule.groups = {{kBlue, 100 - green}, {kGreen, green}};
  }
};

struct FakeClock final : ports::Clock {
  TimePoint now() const override { return time; }
  TimePoint time{};
};

class AdoptServiceTest : public testing::Test {
 protected:
  AdoptService use_case() {
    return AdoptService({.world = world,
                         .clock = clock,
                         .pause = [this](Milliseconds span, const std::stop_token&) -> Status {
                           clock.time += span;
                           return {};
                         },
                         .begun = [this](const Step& step) { begun.push_back(step.index()); },
                         .told = [this](const std::string& text) { told.push_back(text); }});
  }
  AdoptServiceRequest request() const {
    return {.wanted = {.cluster = "shop",
                       .service = "web",
                       .container = "web",
                       .from = "",
                       .steps = {{percent(10), minutes{5}}, {percent(100), minutes{1}}},
                       .drain = seconds{30}},
            .healthy_within = minutes{10}};
  }
  int weight() const { return world.facts.rules[0].groups[1].weight; }

  FakeWorld world;
  FakeClock clock;
  std::vector<std::size_t> begun;
  std::vector<std::string> told;
};

TEST_F(AdoptServiceTest, GoesThroughAllStepsOnce) {
  ASSERT_TRUE(use_case().adopt(request(), {}));
  EXPECT_EQ(begun, (std::vector<std::size_t>{0, 1, 2, 3, 5, 5, 6}));
  EXPECT_EQ(world.calls.size(), 7U);
  EXPECT_EQ(weight(), 100);
  EXPECT_TRUE(world.facts.beside.task_sets[0].is_primary);
  EXPECT_GE(clock.time.time_since_epoch(), minutes{6});
}

TEST_F(AdoptServiceTest, ThePlanChangesNothing) {
  EXPECT_EQ(use_case().plan(request(), {})->steps.size(), 8U);
  EXPECT_EQ(world.calls.size(), 0U);
}

TEST_F(AdoptServiceTest, LooksBeforeItRepeatsACall) {
  for (std::size_t kind = 0; kind < 7; ++kind) world.lost.insert(kind);
  ASSERT_TRUE(use_case().adopt(request(), {}));
  EXPECT_EQ(world.calls.size(), 7U);  // what had been done is not done twice
  world = FakeWorld();
  for (std::size_t kind = 0; kind < 7; ++kind) world.dropped.insert(kind);
  world.failing_looks = 3;
  ASSERT_TRUE(use_case().adopt(request(), {}));
  EXPECT_EQ(world.calls.size(), 7U + 6U);
}

TEST_F(AdoptServiceTest, MakesTheTaskSetThoughReadsTellOfOneThatIsGone) {
  int behind = 2;  // so many looks
  world.before_look = [&] {
    auto& sets = world.facts.beside.task_sets;
    if (!sets.empty() && sets.front().id == "gone") {
      sets.clear();
    } else if (world.facts.beside.is_there() && sets.empty() && behind-- > 0) {
      sets = {{"gone", "adopted-from-web-rolling", kGreen, true, false, 2, 0, 0, ""}};
    }
  };
  const Status adopted = use_case().adopt(request(), {});
  ASSERT_TRUE(adopted) << adopted.error().message;
  EXPECT_EQ(weight(), 100);
}

TEST_F(AdoptServiceTest, EndsWithTheReasonWhenSomethingIsNotAllowed) {
  world.refused = 3;
  const Status refused = use_case().adopt(request(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::Denied);
  world.refused.reset();
  ASSERT_TRUE(use_case().adopt(request(), {}));
}

TEST_F(AdoptServiceTest, MovesNothingToTasksThatDoNotBecomeHealthy) {
  world.before_look = [&] {
    if (world.facts.groups[1].healthy > 0) world.facts.groups[1].healthy = 1;
  };
  const Status late = use_case().adopt(request(), {});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::TimedOut);
  EXPECT_NE(late.error().message.find("2 of 2 tasks run, 1 healthy in"), std::string::npos) << late.error().message;
  EXPECT_EQ(weight(), 0);
}

TEST_F(AdoptServiceTest, SeesACrashLoopBeforeTheDeadline) {
  world.before_look = [&] {
    for (auto& set : world.facts.beside.task_sets) {
      set.is_steady = false;
      set.failures = 3;
      set.last_failure = "container web exited 3";
    }
  };
  const Status crashed = use_case().adopt(request(), {});
  ASSERT_FALSE(crashed);
  EXPECT_NE(crashed.error().message.find("crash loop: 2 of 2 tasks run"), std::string::npos);
  EXPECT_NE(crashed.error().message.find("container web exited 3"), std::string::npos);
  EXPECT_LT(clock.time.time_since_epoch(), minutes{1});
}

TEST_F(AdoptServiceTest, TakesAllRequestsBackWhenNoNewTaskIsHealthyAnyMore) {
  world.before_look = [&] {
    if (world.facts.rules[0].groups.size() == 2 && weight() == 10) world.facts.groups[1].healthy = 0;
  };
  const Status sick = use_case().adopt(request(), {});
  ASSERT_FALSE(sick);
  EXPECT_EQ(sick.error().kind, ErrorKind::Failed);
  EXPECT_NE(sick.error().message.find("all requests are with the service web-rolling again"), std::string::npos);
  EXPECT_EQ(weight(), 0);
}

TEST_F(AdoptServiceTest, ForgivesALookOrTwoWithoutAHealthyTask) {
  int looks = 0;
  world.before_look = [&] {
    if (world.facts.beside.task_sets.empty()) return;
    world.facts.groups[1].healthy = weight() != 10 || ++looks % 3 == 0 ? 2 : 0;
  };
  EXPECT_TRUE(use_case().adopt(request(), {}));
  EXPECT_GT(looks, 3);
}

TEST_F(AdoptServiceTest, GoesBackFromEverywhere) {
  ASSERT_TRUE(use_case().adopt(request(), {}));
  world.lost.insert(5);
  world.lost.insert(7);
  ASSERT_TRUE(use_case().give_back(request(), {}));
  EXPECT_EQ(weight(), 0);
  EXPECT_EQ(world.facts.beside.status, "DRAINING");
  const std::size_t calls = world.calls.size();
  ASSERT_TRUE(use_case().give_back(request(), {}));
  EXPECT_EQ(world.calls.size(), calls);
}

}  // namespace
}  // namespace sluice::application
