// What every ports::TrafficRouter promises. A test program includes this once and instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(Haproxy, TrafficRouterContract,
//                            testing::Values(RouterWorldFactory{"Haproxy", make_world}));
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "contract/router_world.h"

namespace sluice::contract {

class TrafficRouterContract : public testing::TestWithParam<RouterWorldFactory> {
 protected:
  void SetUp() override {
    world_ = GetParam().make();
    if (!world_) GTEST_SKIP() << "what this router runs on is not installed";
  }
  ports::TrafficRouter& router() { return world_->router(); }
  static void ok(const Status& status) { ASSERT_TRUE(status.has_value()) << status.error().message; }
  static rollout::TrafficSplit split(int basis_points) {
    return {.open = true, .slot_b = *Weight::from_basis_points(basis_points)};
  }
  /// A known service with BLUE in slot A and GREEN in slot B.
  void two_colours() {
    service_ = world_->service("web");
    blue_ = world_->replica();
    green_ = world_->replica();
    ok(router().ensure(service_));
    ok(router().set_endpoints(service_.service, rollout::Slot::A, {blue_}, {}));
    ok(router().set_endpoints(service_.service, rollout::Slot::B, {green_}, {blue_}));
  }
  rollout::TrafficSplit read() {
    const auto read = router().read_split(service_.service);
    EXPECT_TRUE(read.has_value()) << read.error().message;
    return read.has_value() ? *read : rollout::TrafficSplit();
  }

  std::unique_ptr<RouterWorld> world_;
  ports::RoutedService service_;
  ports::Endpoint blue_;
  ports::Endpoint green_;
};

TEST_P(TrafficRouterContract, BeginsWithAClosedRoute) {
  const auto service = world_->service("web");
  ok(router().ensure(service));
  const auto read = router().read_split(service.service);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_FALSE(read->open);
  EXPECT_EQ(world_->ask(service, 3), (std::map<std::string, int>{{"503", 3}}));
}

TEST_P(TrafficRouterContract, DoesNotKnowAServiceBeforeItWasEnsured) {
  const auto service = world_->service("web");
  EXPECT_EQ(router().read_split(service.service).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(router().set_split(service.service, split(0)).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(router().open_sessions(service.service, rollout::Slot::A).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(router().set_endpoints(service.service, rollout::Slot::A, {}, {}).error().kind, ErrorKind::NotFound);
}

TEST_P(TrafficRouterContract, SendsEachShareToItsSlot) {
  two_colours();
  ok(router().set_split(service_.service, split(0)));
  EXPECT_EQ(world_->ask(service_, 50), (std::map<std::string, int>{{name_of(blue_), 50}}));
  ok(router().set_split(service_.service, split(10'000)));
  EXPECT_EQ(world_->ask(service_, 50), (std::map<std::string, int>{{name_of(green_), 50}}));
  ok(router().set_split(service_.service, split(2'500)));
  EXPECT_EQ(read(), split(2'500));
  auto answers = world_->ask(service_, 2'000);
  EXPECT_EQ(answers[name_of(blue_)] + answers[name_of(green_)], 2'000);
  // Six standard deviations of a fair draw of 2000 at a quarter (19.4 each).
  EXPECT_NEAR(answers[name_of(green_)], 500, 117);
}

TEST_P(TrafficRouterContract, ClosesAnOpenRouteAndKeepsItsShare) {
  two_colours();
  ok(router().set_split(service_.service, split(10'000)));
  rollout::TrafficSplit closed = split(3'000);
  closed.open = false;
  ok(router().set_split(service_.service, closed));
  EXPECT_EQ(read(), closed);
  EXPECT_EQ(world_->ask(service_, 3), (std::map<std::string, int>{{"503", 3}}));
}

TEST_P(TrafficRouterContract, KeepsSplitAndEndpointsWhenSluiceAndTheDataPlaneDie) {
  two_colours();
  ok(router().set_split(service_.service, split(10'000)));
  world_->kill_data_plane();
  EXPECT_EQ(read(), split(10'000));
  EXPECT_EQ(world_->ask(service_, 20), (std::map<std::string, int>{{name_of(green_), 20}}));
  world_->crash();
  EXPECT_EQ(read(), split(10'000));
  EXPECT_EQ(world_->ask(service_, 20), (std::map<std::string, int>{{name_of(green_), 20}}));
}

TEST_P(TrafficRouterContract, SetsASplitRightAfterTheDataPlaneDied) {
  two_colours();
  ok(router().set_split(service_.service, split(10'000)));
  world_->kill_data_plane();
  ok(router().set_split(service_.service, split(0)));
  EXPECT_EQ(world_->ask(service_, 20), (std::map<std::string, int>{{name_of(blue_), 20}}));
}

TEST_P(TrafficRouterContract, LeavesTheSplitAloneWhenAServiceIsEnsuredAgainOrAnotherIsAdded) {
  two_colours();
  ok(router().set_split(service_.service, split(10'000)));
  ok(router().ensure(service_));
  const auto other = world_->service("other");
  ok(router().ensure(other));
  EXPECT_EQ(read(), split(10'000));
  EXPECT_EQ(world_->ask(service_, 20), (std::map<std::string, int>{{name_of(green_), 20}}));
  EXPECT_EQ(world_->ask(other, 1), (std::map<std::string, int>{{"503", 1}}));
}

TEST_P(TrafficRouterContract, RefusesTheRouteOfAnotherService) {
  two_colours();
  auto other = world_->service("other");
  other.listen = service_.listen;
  other.route = service_.route;
  const Status refused = router().ensure(other);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_NE(refused.error().message.find(service_.service.to_string()), std::string::npos) << refused.error().message;
}

TEST_P(TrafficRouterContract, PutsInOnlyWhatAnswers) {
  two_colours();
  ok(router().set_split(service_.service, split(10'000)));
  const Status refused = router().set_endpoints(service_.service, rollout::Slot::B, {green_, world_->dead_end()}, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Unavailable) << refused.error().message;
  EXPECT_EQ(world_->ask(service_, 20), (std::map<std::string, int>{{name_of(green_), 20}}));
}

TEST_P(TrafficRouterContract, LetsTheFallbackAnswerWhenASlotsOwnReplicasDie) {
  two_colours();
  ok(router().set_split(service_.service, split(10'000)));
  world_->kill(green_);
  EXPECT_EQ(world_->ask(service_, 30), (std::map<std::string, int>{{name_of(blue_), 30}}));
}

TEST_P(TrafficRouterContract, SharesASlotAmongItsReplicas) {
  two_colours();
  const auto second = world_->replica();
  for (int i = 0; i < 2; ++i) ok(router().set_endpoints(service_.service, rollout::Slot::A, {blue_, second}, {}));
  ok(router().set_split(service_.service, split(0)));
  auto answers = world_->ask(service_, 100);
  EXPECT_EQ(answers[name_of(blue_)] + answers[name_of(second)], 100);
  EXPECT_GT(answers[name_of(blue_)], 10);
  EXPECT_GT(answers[name_of(second)], 10);
  ok(router().set_endpoints(service_.service, rollout::Slot::A, {second}, {}));
  EXPECT_EQ(world_->ask(service_, 20), (std::map<std::string, int>{{name_of(second), 20}}));
}

TEST_P(TrafficRouterContract, LetsSluiceItselfChooseASlotWhateverTheSplit) {
  two_colours();
  const auto slot = rollout::Slot::B;
  const auto entrance = router().entrance(service_.service, &slot);
  ASSERT_TRUE(entrance.has_value()) << entrance.error().message;
  EXPECT_EQ(world_->ask(*entrance, service_, 5), (std::map<std::string, int>{{name_of(green_), 5}})) << "closed";
  ok(router().set_split(service_.service, split(0)));
  EXPECT_EQ(world_->ask(*entrance, service_, 5), (std::map<std::string, int>{{name_of(green_), 5}}));
  const auto front = router().entrance(service_.service, nullptr);
  ASSERT_TRUE(front.has_value()) << front.error().message;
  EXPECT_EQ(world_->ask(*front, service_, 5), (std::map<std::string, int>{{name_of(blue_), 5}}));
}

TEST_P(TrafficRouterContract, DoesNotPassTheFallbacksAnswerOffAsTheSlots) {
  two_colours();
  const auto slot = rollout::Slot::B;
  const auto entrance = router().entrance(service_.service, &slot);
  ASSERT_TRUE(entrance.has_value()) << entrance.error().message;
  world_->kill(green_);
  EXPECT_EQ(world_->ask(*entrance, service_, 5), (std::map<std::string, int>{{"503", 5}}));
}

TEST_P(TrafficRouterContract, ClearsASlotOnlyWhenItHasNoTraffic) {
  two_colours();
  ok(router().set_split(service_.service, split(1)));
  const Status refused = router().clear_slot(service_.service, rollout::Slot::B, true);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  ok(router().set_split(service_.service, split(0)));
  for (int i = 0; i < 2; ++i) ok(router().clear_slot(service_.service, rollout::Slot::B, true));
  const auto open = router().open_sessions(service_.service, rollout::Slot::B);
  ASSERT_TRUE(open.has_value()) << open.error().message;
  EXPECT_EQ(open->requests, 0);
  EXPECT_EQ(world_->ask(service_, 10), (std::map<std::string, int>{{name_of(blue_), 10}}));
}

}  // namespace sluice::contract
