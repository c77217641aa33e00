// The fleet, the router and the telemetry together, with the real podman and HAProxy, under constant load.
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>
#include <iostream>
#include <thread>

#include "adapters/podman/containers.h"
#include "support/haproxy_world.h"

namespace sluice {
namespace {

using rollout::Slot;
using testing_support::eventually;
using testing_support::HaproxyWorld;
using testing_support::Machine;

constexpr int kRate = 600;  ///< Requests a second: what the sanitizers leave room for.

class TrafficUnderLoad : public testing::Test {
 protected:
  void SetUp() override {
    world_ = HaproxyWorld::create();
    machine_ = Machine::create();
    if (!world_ || !machine_) {
      world_.reset();
      GTEST_SKIP() << "podman or HAProxy is not installed";
    }
    service_ = world_->service("web");
    ok(world_->router().ensure(service_));
    from_ = haproxy::slot_start(world_->clock().now());
    blue_ = start("blue", 2);
    ok(world_->router().set_endpoints(service_.service, Slot::A, endpoints(blue_), {}));
    weight(0);
  }
  void TearDown() override {
    if (!world_) return;
    const auto list = machine_->fleet().list();
    ASSERT_TRUE(list.has_value()) << list.error().message;
    for (const auto& [service, revision] : *list) {
      EXPECT_TRUE(machine_->fleet().stop(service, revision, Milliseconds(0)).has_value());
    }
  }

  static void ok(const Status& status) { ASSERT_TRUE(status.has_value()) << status.error().message; }
  std::vector<ports::Replica> start(const std::string& version, int replicas) {
    auto request = Machine::responders(replicas, {{"VERSION", version}});
    request.service = service_.service;
    auto started = machine_->fleet().start(request, {});
    EXPECT_TRUE(started.has_value()) << started.error().message;
    return started.has_value() ? *started : std::vector<ports::Replica>();
  }
  static std::vector<ports::Endpoint> endpoints(const std::vector<ports::Replica>& replicas) {
    std::vector<ports::Endpoint> result;
    for (const auto& replica : replicas) result.push_back({.address = replica.address, .port = replica.port});
    return result;
  }
  void green_up(int replicas) {
    green_ = start("green", replicas);
    ok(world_->router().set_endpoints(service_.service, Slot::B, endpoints(green_), endpoints(blue_)));
  }
  void weight(int basis_points) {
    ok(world_->router().set_split(service_.service,
                                  {.open = true, .slot_b = *Weight::from_basis_points(basis_points)}));
  }
  /// Runs the steps with load around them, and answers the load generator's summary.
  boost::json::object under_load(const std::function<void()>& steps) {
    const auto colon = service_.listen.rfind(':');
    Result<ports::ProcessResult> result = Error{ErrorKind::Failed, ""};
    std::stop_source stop;
    std::jthread load([&] {
      result = processes_.run(
          {.argv = {std::string(SLUICE_BINARY_DIR) + "/load", "--port", service_.listen.substr(colon + 1), "--path",
                    service_.route.path, "--rate", std::to_string(kRate), "--seconds", "6"}},
          stop.get_token());
    });
    until(Slot::A, kRate / 4);
    steps();
    load.join();
    EXPECT_TRUE(result.has_value()) << result.error().message;
    std::cout << result->out << result->err;
    return boost::json::parse(result->out).as_object();
  }
  /// Waits until a slot has answered so many requests more.
  void until(Slot slot, long more) {
    const long before = requests(slot);
    EXPECT_TRUE(eventually([&] { return requests(slot) >= before + more; }))
        << "no traffic on slot " << rollout::to_string(slot);
  }
  long requests(Slot slot) {
    const auto read = world_->telemetry().read(service_.service, slot, from_);
    long sum = 0;
    if (read.has_value()) {
      for (const auto& one : read->slots) sum += one.requests;
    }
    return sum;
  }
  static long number(const boost::json::object& summary, const char* name) { return summary.at(name).as_int64(); }
  void no_line_was_lost() {
    for (const Slot slot : {Slot::A, Slot::B}) {
      const auto read = world_->telemetry().read(service_.service, slot, from_);
      ASSERT_TRUE(read.has_value());
      EXPECT_EQ(read->lost_lines, 0);
    }
  }

  std::unique_ptr<HaproxyWorld> world_;
  std::unique_ptr<Machine> machine_;
  posix::Processes processes_;
  ports::RoutedService service_;
  std::vector<ports::Replica> blue_;
  std::vector<ports::Replica> green_;
  TimePoint from_{};
};

TEST_F(TrafficUnderLoad, ShiftsToGreenInStepsAndRetiresBlueWithoutALostRequest) {
  const auto summary = under_load([&] {
    green_up(2);
    for (const int share : {1'000, 5'000, 10'000}) {
      weight(share);
      until(Slot::B, kRate / 10);
    }
    EXPECT_TRUE(eventually([&] { return world_->router().open_sessions(service_.service, Slot::A)->requests == 0; }));
    ok(world_->router().set_endpoints(service_.service, Slot::B, endpoints(green_), {}));
    ok(world_->router().clear_slot(service_.service, Slot::A, true));
    const auto blue = machine_->fleet().list();
    ASSERT_TRUE(blue.has_value());
    for (const auto& [service, revision] : *blue) {
      if (blue_[0].name.find(revision) != std::string::npos)
        ok(machine_->fleet().stop(service, revision, Milliseconds(2000)));
    }
  });
  EXPECT_EQ(number(summary, "lost"), 0);
  EXPECT_EQ(number(summary, "served"), number(summary, "sent"));
  no_line_was_lost();
  EXPECT_TRUE(eventually([&] { return requests(Slot::A) + requests(Slot::B) == number(summary, "sent"); }));
}

TEST_F(TrafficUnderLoad, GivesGreenNothingOnceARollbackWasReadBack) {
  const auto summary = under_load([&] {
    green_up(1);
    weight(5'000);
    until(Slot::B, kRate / 10);
    weight(0);
    EXPECT_TRUE(eventually([&] { return world_->router().open_sessions(service_.service, Slot::B)->requests == 0; }));
    until(Slot::A, kRate / 10);
    const long green = requests(Slot::B);
    until(Slot::A, kRate / 2);
    EXPECT_EQ(requests(Slot::B), green);
  });
  EXPECT_EQ(number(summary, "lost"), 0);
}

TEST_F(TrafficUnderLoad, LosesAtMostTheRequestsInFlightWhenGreenIsKilledAtHalf) {
  const auto summary = under_load([&] {
    green_up(1);
    weight(5'000);
    until(Slot::B, kRate / 10);
    podman::Containers containers(machine_->api());
    const auto container = containers.inspect(green_[0].name);
    ASSERT_TRUE(container.has_value() && *container);
    ASSERT_EQ(kill((*container)->pid, SIGKILL), 0);
    until(Slot::B, kRate / 4);
    const auto read = world_->telemetry().read(service_.service, Slot::B, from_);
    long errors = 0;
    for (const auto& one : read->slots) errors += one.server_errors;
    EXPECT_GE(errors, kRate / 5) << "what BLUE answered for GREEN is GREEN's error";
    weight(0);
  });
  EXPECT_LE(number(summary, "lost"), 3);
}

TEST_F(TrafficUnderLoad, LosesOnlyWhatIsInFlightAndKeepsTheSplitWhenHaproxyIsKilledDuringAShift) {
  constexpr int kKills = 3;
  const auto summary = under_load([&] {
    green_up(1);
    weight(10'000);
    for (int i = 0; i < kKills; ++i) {
      until(Slot::B, kRate / 10);
      world_->kill_data_plane();
    }
    until(Slot::B, kRate / 2);
    EXPECT_EQ(world_->router().read_split(service_.service)->slot_b, Weight::full());
  });
  EXPECT_EQ(number(summary, "refused"), 0) << "its front door was closed meanwhile";
  EXPECT_LT(number(summary, "lost"), kKills * kRate / 20) << "more than what HAProxy had in hand";
}

TEST_F(TrafficUnderLoad, TakesANewServiceInWithoutALostRequest) {
  const auto summary = under_load([&] {
    for (int i = 0; i < 5; ++i) {
      ok(world_->router().ensure(world_->service("other" + std::to_string(i))));
      until(Slot::A, kRate / 5);
    }
  });
  EXPECT_EQ(number(summary, "lost"), 0);
}

}  // namespace
}  // namespace sluice
