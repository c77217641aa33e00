#include "adapters/haproxy/router.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <thread>
#include <utility>

#include "adapters/linux/process_identity.h"
#include "contract/traffic_router_contract.h"
#include "support/haproxy_world.h"
#include "support/registry.h"

namespace sluice::haproxy {
namespace {

using testing_support::eventually;
using testing_support::HaproxyWorld;
using testing_support::ResponderProcess;

std::unique_ptr<contract::RouterWorld> make_world() { return HaproxyWorld::create(); }

}  // namespace
}  // namespace sluice::haproxy

namespace sluice::contract {
INSTANTIATE_TEST_SUITE_P(Haproxy, TrafficRouterContract,
                         testing::Values(RouterWorldFactory{"Haproxy", haproxy::make_world}));
}  // namespace sluice::contract

namespace sluice::haproxy {
namespace {

class HaproxyRouter : public testing::Test {
 protected:
  void SetUp() override {
    world_ = HaproxyWorld::create();
    if (!world_) GTEST_SKIP() << "HAProxy is not installed";
  }
  Router& router() { return world_->haproxy(); }
  /// Master and worker at once: a worker left alone ends by itself, and may take a connection along.
  void kill_haproxy() {
    const pid_t master = router().daemon()->pid();
    ASSERT_GT(master, 0);
    std::vector<pid_t> all = linux_host::session_members(master);
    all.push_back(master);
    for (const pid_t pid : all) ::kill(pid, SIGKILL);
    EXPECT_TRUE(eventually(
        [&] { return std::ranges::none_of(all, [](pid_t pid) { return linux_host::identify(pid).has_value(); }); }));
  }
  static void ok(const Status& status) { ASSERT_TRUE(status.has_value()) << status.error().message; }
  static rollout::TrafficSplit split(int basis_points) {
    return {.open = true, .slot_b = *Weight::from_basis_points(basis_points)};
  }

  std::unique_ptr<HaproxyWorld> world_;
};

TEST_F(HaproxyRouter, KeepsTheRunningHaproxyWhenSluiceComesBack) {
  ok(router().ensure(world_->service("web")));
  const int pid = router().daemon()->pid();
  world_->crash();
  EXPECT_EQ(router().daemon()->pid(), pid);
  EXPECT_EQ(router().daemon()->starts(), 0);
}

TEST_F(HaproxyRouter, ComesBackAsItWasAfterEverythingWasKilledAndTheRunDirectoryEmptied) {
  const auto service = world_->service("web");
  const auto green = world_->replica();
  ok(router().ensure(service));
  ok(router().set_endpoints(service.service, rollout::Slot::B, {green}, {}));
  ok(router().set_split(service.service, split(10'000)));
  ok(router().daemon()->end(Milliseconds(0)));
  std::filesystem::remove_all(world_->run_directory());
  world_->crash();
  EXPECT_EQ(world_->ask(service, 10), (std::map<std::string, int>{{contract::name_of(green), 10}}));
  EXPECT_EQ(router().read_split(service.service).value(), split(10'000));
}

TEST_F(HaproxyRouter, HoldsItsFrontDoorsWhileHaproxyIsDeadAndClosesThoseThatNobodyWants) {
  auto moved = world_->service("moved");
  const auto stays = world_->service("stays");
  moved.listen = "127.0.0.1:" + std::to_string(testing_support::free_tcp_port());
  ok(router().ensure(stays));
  ok(router().ensure(moved));
  for (int kill = 0; kill < 2; ++kill) {  // The second HAProxy has inherited what the first one had opened.
    const int starts = router().daemon()->starts();
    kill_haproxy();
    for (const auto& listen : {stays.listen, moved.listen}) {
      EXPECT_TRUE(world_->http().send({.url = "http://" + listen}, {}).has_value()) << listen << ", kill " << kill;
    }
    EXPECT_TRUE(eventually([&] { return router().daemon()->starts() > starts && router().daemon()->pid() > 0; }));
  }
  const std::string former = std::exchange(moved.listen, stays.listen);
  ok(router().ensure(moved));
  const auto refused = world_->http().send({.url = "http://" + former}, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Unavailable) << refused.error().message;
  moved.listen = former;
  ok(router().ensure(moved));
  EXPECT_TRUE(world_->http().send({.url = "http://" + former}, {}).has_value());
}

TEST_F(HaproxyRouter, HoldsTheFrontDoorsOfAHaproxyThatAnEarlierSluiceStarted) {
  const auto service = world_->service("web");
  ok(router().ensure(service));
  world_->crash();
  kill_haproxy();
  EXPECT_TRUE(world_->http().send({.url = "http://" + service.listen}, {}).has_value());
}

TEST_F(HaproxyRouter, NamesWhoHasThePort) {
  const ResponderProcess other;
  auto service = world_->service("web");
  service.listen = "127.0.0.1:" + std::to_string(other.port());
  const Status refused = router().ensure(service);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_NE(refused.error().message.find(service.listen + " is in use by responder"), std::string::npos)
      << refused.error().message;
  ok(router().ensure(world_->service("web")));
}

TEST_F(HaproxyRouter, RefusesNamesAndPathsThatWouldBreakItsConfiguration) {
  auto service = world_->service("web");
  service.health.path = "/health\n  server evil 10.0.0.1:80";
  EXPECT_EQ(router().ensure(service).error().kind, ErrorKind::InvalidInput);
  service = world_->service("a b");
  EXPECT_EQ(router().ensure(service).error().kind, ErrorKind::InvalidInput);
  service = world_->service("web");
  service.listen = "20080";
  EXPECT_EQ(router().ensure(service).error().kind, ErrorKind::InvalidInput);
}

TEST_F(HaproxyRouter, LeadsToTheLongestPathAndAnswers404ElseWhere) {
  auto root = world_->service("root");
  root.route.path = "/";
  root.route.host = "Shop.Example.com";
  auto api = world_->service("api");
  api.route = {.host = "shop.example.com", .path = "/api"};
  const auto at_root = world_->replica();
  const auto at_api = world_->replica();
  for (const auto& [service, replica] : {std::pair(root, at_root), std::pair(api, at_api)}) {
    ok(router().ensure(service));
    ok(router().set_endpoints(service.service, rollout::Slot::A, {replica}, {}));
    ok(router().set_split(service.service, split(0)));
  }
  const auto who = [&](const std::string& host, const std::string& path) {
    auto service = root;
    service.route.path = path;
    return world_->ask({.url = "http://" + root.listen, .headers = {{"Host", host}}}, service, 1).begin()->first;
  };
  EXPECT_EQ(who("shop.example.com", "/"), contract::name_of(at_root));
  EXPECT_EQ(who("shop.example.com:20080", "/api"), contract::name_of(at_api));
  EXPECT_EQ(who("SHOP.example.com", "/api/v1/chat?x=1"), contract::name_of(at_api));
  EXPECT_EQ(who("shop.example.com", "/apix"), contract::name_of(at_root));
  EXPECT_EQ(who("other.example.com", "/api"), "404");
}

TEST_F(HaproxyRouter, LetsNobodyElseChooseASlot) {
  const auto service = world_->service("web");
  const auto blue = world_->replica();
  const auto green = world_->replica();
  ok(router().ensure(service));
  ok(router().set_endpoints(service.service, rollout::Slot::A, {blue}, {}));
  ok(router().set_endpoints(service.service, rollout::Slot::B, {green}, {}));
  ok(router().set_split(service.service, split(0)));
  const ports::TrafficRouter::Entrance guessed{.url = "http://" + service.listen,
                                               .headers = {{kProbeHeader, "guess"}, {kSlotHeader, "b"}}};
  EXPECT_EQ(world_->ask(guessed, service, 5), (std::map<std::string, int>{{contract::name_of(blue), 5}}));
  const auto file = std::filesystem::status(world_->run_directory() + "/probe.secret").permissions();
  EXPECT_EQ(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(HaproxyRouter, TakesEffectWithAFullDiskAndSaysThatItWouldNotLast) {
  const auto service = world_->service("web");
  const auto blue = world_->replica();
  ok(router().ensure(service));
  ok(router().set_endpoints(service.service, rollout::Slot::A, {blue}, {}));
  ok(router().set_split(service.service, split(0)));
  // A folder in the place of the temporary file: it cannot be written, as on a full disk.
  std::filesystem::create_directory(world_->home() + "/haproxy/weights.map.new");
  const Status moved = router().set_split(service.service, split(10'000));
  ASSERT_FALSE(moved.has_value());
  EXPECT_EQ(moved.error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(router().read_split(service.service).value(), split(10'000));
}

TEST_F(HaproxyRouter, CountsSessionsAndWebSocketsFallbackIncluded) {
  const auto service = world_->service("web");
  ok(router().ensure(service));
  const ResponderProcess slow(std::map<std::string, std::string>{{"SLOW_MS", "60000"}});
  const ports::Endpoint endpoint{.address = "127.0.0.1", .port = slow.port()};
  ok(router().set_endpoints(service.service, rollout::Slot::A, {endpoint}, {}));
  ok(router().set_split(service.service, split(0)));
  std::stop_source stop;
  std::jthread request(
      [&] { std::ignore = world_->http().send({.url = "http://" + service.listen + "/web"}, stop.get_token()); });
  EXPECT_TRUE(eventually([&] { return router().open_sessions(service.service, rollout::Slot::A)->requests == 1; }));
  EXPECT_EQ(router().open_sessions(service.service, rollout::Slot::A)->websockets, 0);
  EXPECT_EQ(router().open_sessions(service.service, rollout::Slot::B)->requests, 0);
  stop.request_stop();
  request.join();
  EXPECT_TRUE(eventually([&] { return router().open_sessions(service.service, rollout::Slot::A)->requests == 0; }));
}

TEST_F(HaproxyRouter, MovesTheWeightInUnderFiveMillisecondsInTheMedian) {
  const auto service = world_->service("web");
  ok(router().ensure(service));
  std::vector<double> milliseconds;
  for (int i = 0; i < 101; ++i) {
    const auto start = std::chrono::steady_clock::now();
    ok(router().set_split(service.service, split(i * 10)));
    milliseconds.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(milliseconds);
  RecordProperty("median_milliseconds", std::to_string(milliseconds[50]));
  RecordProperty("most_milliseconds", std::to_string(milliseconds[100]));
  std::cout << "median " << milliseconds[50] << " ms, 95% " << milliseconds[95] << " ms, most " << milliseconds[100]
            << " ms\n";
  EXPECT_LT(milliseconds[50], 5.0);
}

}  // namespace
}  // namespace sluice::haproxy
