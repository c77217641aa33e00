#include "adapters/podman/service_log.h"

#include <gtest/gtest.h>

#include "adapters/posix/clock.h"
#include "contract/service_log_contract.h"
#include "support/machine.h"

namespace sluice::podman {
namespace {

using testing_support::eventually;
using testing_support::Machine;

/// One responder that logs an error for every request.
class PodmanServiceLogWorld final : public contract::ServiceLogWorld {
 public:
  static std::unique_ptr<contract::ServiceLogWorld> create() {
    auto machine = Machine::create();
    if (!machine) return nullptr;
    return std::unique_ptr<contract::ServiceLogWorld>(new PodmanServiceLogWorld(std::move(machine)));
  }
  ~PodmanServiceLogWorld() override {
    log_.reset();
    EXPECT_TRUE(machine_->fleet().stop(start_.service, start_.revision.id, Milliseconds(0)).has_value());
  }
  ports::ServiceLog& log() override { return *log_; }
  rollout::ServiceKey service() override { return start_.service; }
  std::string revision() override { return start_.revision.id; }
  void complain(int lines) override {
    for (int i = 0; i < lines; ++i) {
      ports::HttpRequest request{.url = "http://" + replica_.address + ":" + std::to_string(replica_.port) + "/"};
      ASSERT_TRUE(machine_->http().send(request, {}).has_value());
    }
  }
  TimePoint now() override { return clock_.now(); }
  bool until(const std::function<bool()>& condition) override { return eventually(condition); }

 private:
  explicit PodmanServiceLogWorld(std::unique_ptr<Machine> machine)
      : machine_(std::move(machine)),
        log_(std::make_unique<ServiceLog>(machine_->fleet().owner(), machine_->api(), clock_)),
        start_(Machine::responders(1, {{"LOG_SHARE", "1"}})) {
    const auto replicas = machine_->fleet().start(start_, {});
    EXPECT_TRUE(replicas.has_value()) << replicas.error().message;
    if (replicas.has_value()) replica_ = replicas->front();
  }

  posix::Clock clock_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<ServiceLog> log_;
  ports::FleetStart start_;
  ports::Replica replica_;
};

}  // namespace
}  // namespace sluice::podman

namespace sluice::contract {
INSTANTIATE_TEST_SUITE_P(Podman, ServiceLogContract,
                         testing::Values(ServiceLogWorldFactory{"Podman", podman::PodmanServiceLogWorld::create}));
}  // namespace sluice::contract

namespace sluice::podman {
namespace {

class PodmanServiceLog : public testing::Test {
 protected:
  void SetUp() override {
    machine_ = Machine::create();
    if (!machine_) GTEST_SKIP() << "podman is not installed";
  }
  void TearDown() override {
    log_.reset();
    for (const auto& start : started_) {
      EXPECT_TRUE(machine_->fleet().stop(start.service, start.revision.id, Milliseconds(0)).has_value());
    }
  }
  void follow() { log_ = std::make_unique<ServiceLog>(machine_->fleet().owner(), machine_->api(), clock_); }
  /// Replicas that log an error for every request, with the request's id.
  ports::FleetStart start(int replicas) {
    started_.push_back(Machine::responders(replicas, {{"LOG_SHARE", "1"}}));
    replicas_ = *machine_->fleet().start(started_.back(), {});
    return started_.back();
  }
  void ask(std::size_t replica, const std::string& id, int count) {
    const auto& there = replicas_.at(replica);
    for (int i = 0; i < count; ++i) {
      ports::HttpRequest request{.url = "http://" + there.address + ":" + std::to_string(there.port) + "/"};
      request.headers["x-request-id"] = id;
      ASSERT_TRUE(machine_->http().send(request, {}).has_value());
    }
  }
  ports::LogSlot total(const ports::FleetStart& start) const {
    ports::LogSlot sum;
    const auto slots = log_->read(start.service, start.revision.id, TimePoint{});
    if (!slots.has_value()) return sum;
    for (const auto& slot : *slots) {
      sum.error_lines += slot.error_lines;
      sum.requests_with_errors += slot.requests_with_errors;
    }
    return sum;
  }

  posix::Clock clock_;
  std::unique_ptr<Machine> machine_;
  std::unique_ptr<ServiceLog> log_;
  std::vector<ports::FleetStart> started_;
  std::vector<ports::Replica> replicas_;
};

TEST_F(PodmanServiceLog, CountsTheErrorsOfAllReplicasFromTheirBeginning) {
  follow();
  const auto blue = start(1);
  ASSERT_TRUE(eventually([&] { return log_->read(blue.service, blue.revision.id, TimePoint{}).has_value(); }));
  const auto green = start(2);
  ask(0, "7F01", 3);
  ask(1, "7F01", 1);
  ask(1, "7F02", 1);
  EXPECT_TRUE(eventually([&] { return total(green).error_lines == 5; })) << total(green).error_lines;
  EXPECT_EQ(total(green).requests_with_errors, 2);
  const auto lines = log_->first_error_lines(green.service, green.revision.id, TimePoint{}, 2);
  ASSERT_TRUE(lines.has_value());
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_NE(lines->at(0).text.find("7F01"), std::string::npos) << lines->at(0).text;
  EXPECT_GT(lines->at(0).at, clock_.now() - Milliseconds(60'000));
}

TEST_F(PodmanServiceLog, LeavesOutWhatWasLoggedBeforeItBegan) {
  const auto blue = start(1);
  ask(0, "7F01", 3);
  ASSERT_TRUE(eventually([&] {
    const auto tail = machine_->fleet().log_tail(blue.service, blue.revision.id, 10);
    return tail.has_value() && tail->size() == 4;
  }));
  follow();
  EXPECT_TRUE(eventually([&] { return log_->read(blue.service, blue.revision.id, TimePoint{}).has_value(); }));
  ask(0, "7F02", 2);
  EXPECT_TRUE(eventually([&] { return total(blue).error_lines == 2; })) << total(blue).error_lines;
}

TEST_F(PodmanServiceLog, IsWatchedWhileNothingIsLoggedAndKnowsNoStranger) {
  follow();
  const auto green = start(1);
  EXPECT_TRUE(eventually([&] {
    const auto slots = log_->read(green.service, green.revision.id, TimePoint{});
    return slots.has_value() && slots->size() >= 5 && slots->back().start > clock_.now() - Milliseconds(400);
  }));
  EXPECT_EQ(total(green).error_lines, 0);
  EXPECT_EQ(log_->read(green.service, "nobody", TimePoint{}).error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace sluice::podman
