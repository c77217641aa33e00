#include "adapters/haproxy/telemetry.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "adapters/posix/clock.h"
#include "contract/telemetry_contract.h"
#include "support/haproxy_world.h"

namespace sluice::haproxy {
namespace {

using testing_support::eventually;
using testing_support::HaproxyWorld;
using testing_support::ResponderProcess;

/// Sums of everything that was measured since a moment.
analysis::Slot total(const ports::Telemetry& telemetry, const rollout::ServiceKey& service, rollout::Slot slot,
                     TimePoint from) {
  analysis::Slot sum;
  const auto read = telemetry.read(service, slot, from);
  if (!read.has_value()) return sum;
  for (const auto& one : read->slots) {
    sum.requests += one.requests;
    sum.informational_and_success += one.informational_and_success;
    sum.client_errors += one.client_errors;
    sum.server_errors += one.server_errors;
    sum.failed_health_checks += one.failed_health_checks;
  }
  return sum;
}

/// A responder that answers well in each slot, and one that fails, which is put in its place.
class HaproxyTelemetryWorld final : public contract::TelemetryWorld {
 public:
  static std::unique_ptr<contract::TelemetryWorld> create() {
    auto world = HaproxyWorld::create();
    if (!world) return nullptr;
    return std::unique_ptr<contract::TelemetryWorld>(new HaproxyTelemetryWorld(std::move(world)));
  }
  ports::Telemetry& telemetry() override { return world_->telemetry(); }
  rollout::ServiceKey service() override { return service_.service; }
  void ask(rollout::Slot slot, int count, bool fail) override {
    const ResponderProcess& answers = fail ? bad_ : good_;
    const ports::Endpoint endpoint{.address = "127.0.0.1", .port = answers.port()};
    ok(world_->router().set_endpoints(service_.service, slot, {endpoint}, {}));
    const bool b = slot == rollout::Slot::B;
    ok(world_->router().set_split(service_.service, {.open = true, .slot_b = b ? Weight::full() : Weight::none()}));
    world_->ask(service_, count);
  }
  TimePoint now() override { return world_->clock().now(); }
  bool until(const std::function<bool()>& condition) override { return eventually(condition); }

 private:
  explicit HaproxyTelemetryWorld(std::unique_ptr<HaproxyWorld> world)
      : world_(std::move(world)), service_(world_->service("web")) {
    ok(world_->router().ensure(service_));
  }
  static void ok(const Status& status) { EXPECT_TRUE(status.has_value()) << status.error().message; }

  std::unique_ptr<HaproxyWorld> world_;
  ports::RoutedService service_;
  ResponderProcess good_;
  ResponderProcess bad_{std::map<std::string, std::string>{{"FAIL_SHARE", "1"}}};
};

}  // namespace
}  // namespace sluice::haproxy

namespace sluice::contract {
INSTANTIATE_TEST_SUITE_P(Haproxy, TelemetryContract,
                         testing::Values(TelemetryWorldFactory{"Haproxy", haproxy::HaproxyTelemetryWorld::create}));
}  // namespace sluice::contract

namespace sluice::haproxy {
namespace {

class HaproxyTelemetry : public testing::Test {
 protected:
  void SetUp() override {
    world_ = HaproxyWorld::create();
    if (!world_) GTEST_SKIP() << "HAProxy is not installed";
    service_ = world_->service("web");
    ok(world_->router().ensure(service_));
    from_ = slot_start(world_->clock().now());  // Slots are read whole.
  }
  static void ok(const Status& status) { ASSERT_TRUE(status.has_value()) << status.error().message; }
  static ports::Endpoint at(const ResponderProcess& responder) {
    return {.address = "127.0.0.1", .port = responder.port()};
  }
  void open(rollout::Slot slot) {
    const bool b = slot == rollout::Slot::B;
    ok(world_->router().set_split(service_.service, {.open = true, .slot_b = b ? Weight::full() : Weight::none()}));
  }
  analysis::Slot total(rollout::Slot slot) {
    return haproxy::total(world_->telemetry(), service_.service, slot, from_);
  }

  std::unique_ptr<HaproxyWorld> world_;
  ports::RoutedService service_;
  TimePoint from_{};
};

TEST_F(HaproxyTelemetry, CountsEveryRequestOfItsSlotAndNoProbe) {
  const ResponderProcess good;
  const ResponderProcess bad(std::map<std::string, std::string>{{"FAIL_SHARE", "1"}});
  ok(world_->router().set_endpoints(service_.service, rollout::Slot::A, {at(good)}, {}));
  ok(world_->router().set_endpoints(service_.service, rollout::Slot::B, {at(bad)}, {}));
  open(rollout::Slot::A);
  world_->ask(service_, 40);
  open(rollout::Slot::B);
  world_->ask(service_, 20);
  const auto entrance = world_->router().entrance(service_.service, nullptr);
  ASSERT_TRUE(entrance.has_value());
  world_->ask(*entrance, service_, 10);
  EXPECT_TRUE(
      eventually([&] { return total(rollout::Slot::A).requests == 40 && total(rollout::Slot::B).requests == 20; }));
  EXPECT_EQ(total(rollout::Slot::A).informational_and_success, 40);
  EXPECT_EQ(total(rollout::Slot::B).server_errors, 20);
  const auto answers = world_->telemetry().first_bad_answers(service_.service, rollout::Slot::B, from_, 3);
  ASSERT_TRUE(answers.has_value());
  ASSERT_EQ(answers->size(), 3u);
  EXPECT_EQ(answers->at(0).status, 500);
  EXPECT_EQ(answers->at(0).path, "/web");
  EXPECT_FALSE(answers->at(0).request_id.empty());
  const auto notes =
      world_->telemetry().notes(service_.service, rollout::Slot::B, from_, world_->clock().now() + Milliseconds(1000));
  ASSERT_TRUE(notes.has_value());
  ASSERT_EQ(notes->routes.size(), 1u);
  EXPECT_EQ(notes->routes[0].route, "GET /web");
  EXPECT_EQ(notes->routes[0].errors, 20);
  EXPECT_EQ(notes->failed.at(0).request_id, answers->at(0).request_id);
  EXPECT_EQ(world_->telemetry().read(service_.service, rollout::Slot::A, from_)->lost_lines, 0);
}

TEST_F(HaproxyTelemetry, GivesSlotsOfZerosWhereNothingCame) {
  EXPECT_TRUE(eventually([&] {
    const auto read = world_->telemetry().read(service_.service, rollout::Slot::A, from_);
    return read.has_value() && read->slots.size() >= 5;
  }));
  const auto read = world_->telemetry().read(service_.service, rollout::Slot::A, from_);
  for (std::size_t i = 0; i < read->slots.size(); ++i) {
    EXPECT_EQ(read->slots[i].requests, 0);
    if (i > 0) {
      EXPECT_EQ(read->slots[i].start - read->slots[i - 1].start, analysis::kSlotLength);
    }
  }
  const rollout::ServiceKey nobody{.project = "shop", .environment = "local", .service = "nobody"};
  EXPECT_EQ(world_->telemetry().read(nobody, rollout::Slot::A, from_).error().kind, ErrorKind::NotFound);
}

TEST_F(HaproxyTelemetry, CountsADeadGreensRequestsAsItsErrorsThoughBlueAnswersThem) {
  const ResponderProcess blue;
  ResponderProcess green;
  ok(world_->router().set_endpoints(service_.service, rollout::Slot::A, {at(blue)}, {}));
  ok(world_->router().set_endpoints(service_.service, rollout::Slot::B, {at(green)}, {at(blue)}));
  open(rollout::Slot::B);
  world_->ask(service_, 5);
  green.kill();
  EXPECT_EQ(world_->ask(service_, 20), (std::map<std::string, int>{{contract::name_of(at(blue)), 20}}));
  EXPECT_TRUE(eventually([&] { return total(rollout::Slot::B).server_errors == 20; }))
      << total(rollout::Slot::B).server_errors;
  EXPECT_EQ(total(rollout::Slot::B).requests, 25);
  EXPECT_TRUE(eventually([&] { return total(rollout::Slot::B).failed_health_checks > 0; }));
  EXPECT_EQ(total(rollout::Slot::A).requests, 0);
  EXPECT_EQ(total(rollout::Slot::A).failed_health_checks, 0);
}

TEST_F(HaproxyTelemetry, GoesOnCountingThroughAReloadAndADeathOfHaproxy) {
  const ResponderProcess blue;
  ok(world_->router().set_endpoints(service_.service, rollout::Slot::A, {at(blue)}, {}));
  open(rollout::Slot::A);
  world_->ask(service_, 10);
  ok(world_->router().ensure(world_->service("other")));
  world_->ask(service_, 10);
  world_->kill_data_plane();
  EXPECT_EQ(world_->ask(service_, 10), (std::map<std::string, int>{{contract::name_of(at(blue)), 10}}));
  EXPECT_TRUE(eventually([&] { return total(rollout::Slot::A).requests == 30; })) << total(rollout::Slot::A).requests;
  EXPECT_EQ(world_->telemetry().read(service_.service, rollout::Slot::A, from_)->lost_lines, 0);
}

TEST_F(HaproxyTelemetry, HasNoDataForATimeInWhichHaproxyWasAway) {
  EXPECT_TRUE(
      eventually([&] { return world_->telemetry().read(service_.service, rollout::Slot::A, from_).has_value(); }));
  ok(world_->haproxy().daemon()->end(Milliseconds(0)));
  const TimePoint end = world_->clock().now();
  EXPECT_TRUE(eventually([&] { return world_->clock().now() > end + Milliseconds(3000); }));
  const auto read = world_->telemetry().read(service_.service, rollout::Slot::A, from_);
  ASSERT_TRUE(read.has_value());
  ASSERT_FALSE(read->slots.empty());
  EXPECT_LT(read->slots.back().start, end + Milliseconds(2500));
}

}  // namespace
}  // namespace sluice::haproxy
