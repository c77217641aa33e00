#include "adapters/podman/fleet.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>
#include <fstream>

#include "adapters/podman/containers.h"
#include "contract/fleet_contract.h"
#include "support/machine.h"
#include "support/registry.h"

namespace sluice::podman {
namespace {

using testing_support::Machine;

class PodmanWorld final : public contract::FleetWorld {
 public:
  explicit PodmanWorld(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}
  ports::Fleet& fleet() override { return machine_->fleet(); }
  ports::FleetStart healthy(int replicas) override { return Machine::responders(replicas); }
  ports::FleetStart ends_with(int exit_code) override {
    return Machine::responders(
        2, {{"NEVER_HEALTHY", "1"}, {"EXIT_AFTER_MS", "20"}, {"EXIT_CODE", std::to_string(exit_code)}});
  }
  ports::FleetStart never_healthy() override {
    auto start = Machine::responders(1, {{"NEVER_HEALTHY", "1"}});
    start.revision.health.within = Milliseconds(1000);
    return start;
  }
  ports::FleetStart without_image() override {
    auto start = Machine::responders(1);
    registry_.emplace(machine_->home(), machine_->daemons(), machine_->http());
    start.revision.image = registry_->address() + "/nothing@sha256:" + std::string(64, '0');
    return start;
  }
  void kill(const ports::Replica& replica) override {
    Containers containers(machine_->api());
    const auto container = containers.inspect(replica.name);
    ASSERT_TRUE(container.has_value() && *container);
    ASSERT_EQ(::kill((*container)->pid, SIGKILL), 0);
    EXPECT_TRUE(testing_support::eventually([&] { return ::kill((*container)->pid, 0) != 0; }));
  }
  std::vector<std::string> command(int exit_code, const std::string& text) override {
    return {"/responder", "--exit", std::to_string(exit_code), text};
  }
  int runs() override { return -1; }
  void crash() override { machine_->crash(); }

 private:
  std::unique_ptr<Machine> machine_;
  std::optional<testing_support::Registry> registry_;
};

std::unique_ptr<contract::FleetWorld> make_world() {
  auto machine = Machine::create();
  return machine ? std::make_unique<PodmanWorld>(std::move(machine)) : nullptr;
}

}  // namespace
}  // namespace sluice::podman

namespace sluice::contract {
INSTANTIATE_TEST_SUITE_P(Podman, FleetContract, testing::Values(FleetWorldFactory{"Podman", podman::make_world}));
}  // namespace sluice::contract

namespace sluice::podman {
namespace {

class PodmanFleet : public testing::Test {
 protected:
  void SetUp() override {
    machine_ = Machine::create();
    if (!machine_) GTEST_SKIP() << "podman is not installed";
  }
  void TearDown() override {
    if (!machine_) return;
    const auto list = machine_->fleet().list();
    ASSERT_TRUE(list.has_value()) << list.error().message;
    for (const auto& [service, revision] : *list) {
      EXPECT_TRUE(machine_->fleet().stop(service, revision, Milliseconds(0)).has_value());
    }
  }
  Container container(const ports::Replica& replica) {
    auto found = Containers(machine_->api()).inspect(replica.name);
    EXPECT_TRUE(found.has_value() && found->has_value());
    return **found;
  }

  std::unique_ptr<Machine> machine_;
};

TEST_F(PodmanFleet, ServesOnTheHostNetworkOnPortsOfItsChoice) {
  const auto start = Machine::responders(2, {{"VERSION", "7"}}, rollout::Network::Host);
  const auto replicas = machine_->fleet().start(start, {});
  ASSERT_TRUE(replicas.has_value()) << replicas.error().message;
  EXPECT_NE((*replicas)[0].port, (*replicas)[1].port);
  for (const auto& replica : *replicas) {
    const auto answer = machine_->http().send({.url = "http://127.0.0.1:" + std::to_string(replica.port) + "/"}, {});
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->body, "version 7\n");
  }
}

TEST_F(PodmanFleet, PullsAnImageByDigestAndSaysWhenTheRegistryIsDown) {
  auto start = Machine::responders(1);
  std::string image;
  {
    testing_support::Registry registry(machine_->home(), machine_->daemons(), machine_->http());
    image = registry.push(Machine::image(), "pulled-responder");
    start.revision.image = image;
    const auto replicas = machine_->fleet().start(start, {});
    ASSERT_TRUE(replicas.has_value()) << replicas.error().message;
  }
  ASSERT_TRUE(machine_->fleet().stop(start.service, start.revision.id, Milliseconds(0)).has_value());
  EXPECT_TRUE(machine_->fleet().start(start, {}).has_value()) << "what was pulled once needs no registry";
  start.revision.image = image.substr(0, image.find('@')) + "@sha256:" + std::string(64, '1');
  start.revision.id += "x";
  const auto absent = machine_->fleet().start(start, {});
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().kind, ErrorKind::Unavailable) << absent.error().message;
  std::ignore =
      machine_->api().call({.method = "DELETE", .path = "/images/" + image, .query = {{"force", "true"}}}, "");
}

TEST_F(PodmanFleet, NamesTheLimitWhenAReplicaRunsOutOfMemory) {
  auto start = Machine::responders(1, {{"EAT_MIB", "200"}});
  start.revision.limits.memory_bytes = 32 << 20;
  const auto replicas = machine_->fleet().start(start, {});
  ASSERT_FALSE(replicas.has_value());
  EXPECT_NE(replicas.error().message.find("out of memory (its limit is 32 MiB)"), std::string::npos)
      << replicas.error().message;
}

TEST_F(PodmanFleet, ShowsTheLastProbeAndTheLogOfAReplicaThatIsNeverHealthy) {
  auto start = Machine::responders(1, {{"NEVER_HEALTHY", "1"}});
  start.revision.health.within = Milliseconds(800);
  auto replicas = machine_->fleet().start(start, {});
  ASSERT_FALSE(replicas.has_value());
  EXPECT_NE(replicas.error().message.find("GET /health on port 8080 answered 503"), std::string::npos);
  EXPECT_TRUE(replicas.error().message.ends_with("listens on port 8080")) << replicas.error().message;
  start.revision.port = 9999;  // Where nobody listens: the variable PORT is the user's own here.
  start.revision.env = {{"PORT", "8080"}};
  replicas = machine_->fleet().start(start, {});
  ASSERT_FALSE(replicas.has_value());
  EXPECT_NE(replicas.error().message.find("on port 9999: connection refused"), std::string::npos)
      << replicas.error().message;
}

TEST_F(PodmanFleet, GivesSecretsAsVariablesAndShowsThemNowhere) {
  auto start = Machine::responders(1, {{"NEVER_HEALTHY", "1"}, {"VERSION", "x"}});
  start.revision.health.within = Milliseconds(500);
  start.secrets = {{"VERSION", Secret("hunter2-the-secret")}};  // The responder prints its version.
  const auto replicas = machine_->fleet().start(start, {});
  ASSERT_FALSE(replicas.has_value());
  EXPECT_NE(replicas.error().message.find("responder *** listens"), std::string::npos) << replicas.error().message;
  EXPECT_EQ(replicas.error().message.find("hunter2"), std::string::npos);
}

TEST_F(PodmanFleet, StopsARevisionWhoseMonitorAndProcessWereKilled) {
  const auto start = Machine::responders(1);
  const auto replicas = machine_->fleet().start(start, {});
  ASSERT_TRUE(replicas.has_value()) << replicas.error().message;
  const auto inspected = machine_->api().call({.path = "/containers/" + (*replicas)[0].name + "/json"}, "inspecting");
  ASSERT_TRUE(inspected.has_value());
  const auto state = boost::json::parse(*inspected).at("State");
  kill(static_cast<int>(state.at("ConmonPid").as_int64()), SIGKILL);
  kill(static_cast<int>(state.at("Pid").as_int64()), SIGKILL);
  const auto seen = machine_->fleet().observe(start.service, start.revision.id);
  ASSERT_TRUE(seen.has_value());
  EXPECT_TRUE(testing_support::eventually([&] {
    const auto now = machine_->fleet().observe(start.service, start.revision.id);
    return now.has_value() && now->size() == 1 && !now->at(0).running;
  })) << "podman still says that it runs, and was believed";
  const auto stopped = machine_->fleet().stop(start.service, start.revision.id, Milliseconds(1000));
  EXPECT_TRUE(stopped.has_value()) << stopped.error().message;
}

TEST_F(PodmanFleet, KillsWhatIgnoresTermAfterTheGrace) {
  const auto start = Machine::responders(1, {{"IGNORE_TERM", "1"}});
  ASSERT_TRUE(machine_->fleet().start(start, {}).has_value());
  const auto stopped = machine_->fleet().stop(start.service, start.revision.id, Milliseconds(200));
  EXPECT_TRUE(stopped.has_value()) << stopped.error().message;
  EXPECT_TRUE(machine_->fleet().observe(start.service, start.revision.id)->empty());
}

TEST_F(PodmanFleet, KeepsItsReplicasWhenPodmansServiceIsKilled) {
  const auto start = Machine::responders(1);
  const auto replicas = machine_->fleet().start(start, {});
  ASSERT_TRUE(replicas.has_value()) << replicas.error().message;
  ASSERT_EQ(kill(machine_->api().service().pid(), SIGKILL), 0);
  ASSERT_TRUE(testing_support::eventually([&] { return machine_->api().service().starts() == 2; }));
  const auto seen = machine_->fleet().observe(start.service, start.revision.id);
  ASSERT_TRUE(seen.has_value()) << seen.error().message;
  EXPECT_TRUE(seen->at(0).running);
}

TEST_F(PodmanFleet, DoesNotSeeOrTouchWhatAnotherSluiceStarted) {
  const auto start = Machine::responders(1);
  ASSERT_TRUE(machine_->fleet().start(start, {}).has_value());
  const auto other = Machine::create();
  EXPECT_TRUE(other->fleet().observe(start.service, start.revision.id)->empty());
  EXPECT_TRUE(other->fleet().list()->empty());
  EXPECT_TRUE(other->fleet().stop(start.service, start.revision.id, Milliseconds(0)).has_value());
  const auto taken = other->fleet().start(start, {});
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().kind, ErrorKind::Conflict) << taken.error().message;
  EXPECT_TRUE(machine_->fleet().observe(start.service, start.revision.id)->at(0).running);
}

TEST_F(PodmanFleet, EndsACommandThatTakesTooLong) {
  const auto start = Machine::responders(1);
  const auto ran = machine_->fleet().run_once(start, {"/responder"}, "t-" + start.revision.id, Milliseconds(300), {});
  ASSERT_FALSE(ran.has_value());
  EXPECT_EQ(ran.error().kind, ErrorKind::TimedOut) << ran.error().message;
}

TEST_F(PodmanFleet, ShowsTheLastLinesOfAllReplicas) {
  const auto start = Machine::responders(2);
  ASSERT_TRUE(machine_->fleet().start(start, {}).has_value());
  const auto lines = machine_->fleet().log_tail(start.service, start.revision.id, 10);
  ASSERT_TRUE(lines.has_value());
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_NE(std::ranges::find(*lines, "0: responder 0 listens on port 8080"), lines->end());
  EXPECT_NE(std::ranges::find(*lines, "1: responder 0 listens on port 8080"), lines->end());
}

TEST_F(PodmanFleet, AppliesLimitsAndAReadOnlyRoot) {
  auto start = Machine::responders(1);
  start.revision.read_only = true;
  start.revision.limits = {.memory_bytes = 64 << 20, .cpus = 0.5, .pids = 50};
  const auto replicas = machine_->fleet().start(start, {});
  ASSERT_TRUE(replicas.has_value()) << replicas.error().message;
  const auto inspected = machine_->api().call({.path = "/containers/" + (*replicas)[0].name + "/json"}, "inspecting");
  ASSERT_TRUE(inspected.has_value());
  const auto host = boost::json::parse(*inspected).at("HostConfig");
  EXPECT_TRUE(host.at("ReadonlyRootfs").as_bool());
  EXPECT_EQ(host.at("Memory").as_int64(), 64 << 20);
  EXPECT_EQ(host.at("CpuQuota").as_int64(), 50'000);
  EXPECT_EQ(host.at("PidsLimit").as_int64(), 50);
}

}  // namespace
}  // namespace sluice::podman
