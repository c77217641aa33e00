// Everything killed and every run directory emptied, podman's included: what a reboot leaves. podman gets storage and
// run directories of its own here, so that nobody else's containers are touched.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/linux/process_identity.h"
#include "support/haproxy_world.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;
using rollout::Slot;
using testing_support::eventually;
using testing_support::HaproxyWorld;
using testing_support::Machine;

class Recover : public testing::Test {
 protected:
  void SetUp() override {
    const std::string folder = podman_.path();
    std::ofstream(folder + "/storage.conf") << fmt::format(
        "[storage]\ndriver = \"overlay\"\ngraphroot = \"{0}/storage\"\nrunroot = \"{0}/run/storage\"\n", folder);
    std::ofstream(folder + "/containers.conf") << fmt::format(
        "[engine]\ntmp_dir = \"{0}/run/libpod\"\nstatic_dir = \"{0}/storage/libpod\"\n"
        "[network]\nnetwork_config_dir = \"{0}/networks\"\n",
        folder);
    setenv("CONTAINERS_STORAGE_CONF", (folder + "/storage.conf").c_str(), 1);
    setenv("CONTAINERS_CONF", (folder + "/containers.conf").c_str(), 1);
  }
  void TearDown() override {
    const std::string command = "umount -l " + podman_.path() + "/storage/overlay 2>/dev/null; true";
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
  static void ok(const Status& status) { ASSERT_TRUE(status.has_value()) << status.error().message; }
  static void end(int pid) {
    kill(pid, SIGKILL);
    EXPECT_TRUE(eventually([pid] { return !linux_host::identify(pid); }));
  }
  /// A command of a process that still runs and names `path`, as podman's own clean-up after a container does; else
  /// empty.
  static std::string command_naming(const std::string& path) {
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "cmdline", std::ios::binary);
      std::string command{std::istreambuf_iterator<char>(file), {}};
      if (command.find(path) != std::string::npos) return command;
    }
    return {};
  }

  testing_support::TemporaryFolder podman_;
};

TEST_F(Recover, BringsTrafficBackAfterAllProcessesWereKilledAndTheRunDirectoriesEmptied) {
  auto world = HaproxyWorld::create();
  auto machine = Machine::create();
  if (!world || !machine) GTEST_SKIP() << "podman or HAProxy is not installed";
  const auto service = world->service("web");
  const auto request = Machine::responders(2, {{"VERSION", "blue"}}, rollout::Network::Host);
  ok(world->router().ensure(service));
  auto replicas = machine->fleet().start(request, {});
  ASSERT_TRUE(replicas.has_value()) << replicas.error().message;
  const auto endpoints = [&] {
    std::vector<ports::Endpoint> result;
    for (const auto& replica : *replicas) result.push_back({.address = replica.address, .port = replica.port});
    return result;
  };
  ok(world->router().set_endpoints(service.service, Slot::A, endpoints(), {}));
  ok(world->router().set_split(service.service, {.open = true, .slot_b = Weight::none()}));
  ASSERT_EQ(world->ask(service, 4), (std::map<std::string, int>{{"blue", 4}}));
  ok(machine->fleet().run_once(request, {"/responder", "--exit", "0"}, "before", Milliseconds(10'000), {}));

  for (const auto& replica : *replicas) {
    const auto inspected = machine->api().call({.path = "/containers/" + replica.name + "/json"}, "inspecting");
    ASSERT_TRUE(inspected.has_value());
    const auto state = boost::json::parse(*inspected).at("State");
    end(static_cast<int>(state.at("ConmonPid").as_int64()));  // First: it would clean up behind the other.
    end(static_cast<int>(state.at("Pid").as_int64()));
  }
  ok(machine->api().service().end(Milliseconds(0)));
  ok(world->haproxy().daemon()->end(Milliseconds(0)));
  const std::string unmount = fmt::format(
      "umount -l {0}/storage/overlay-containers/*/userdata/shm {0}/storage/overlay/*/merged 2>/dev/null; true",
      podman_.path());
  ASSERT_EQ(std::system(unmount.c_str()), 0);
  ASSERT_TRUE(eventually([&] { return command_naming(podman_.path()).empty(); })) << command_naming(podman_.path());
  fs::remove_all(podman_.path() + "/run");
  fs::remove_all(machine->run_directory());
  fs::remove_all(world->run_directory());

  world->crash();
  machine->crash();
  const auto seen = machine->fleet().observe(request.service, request.revision.id);
  ASSERT_TRUE(seen.has_value()) << seen.error().message;
  for (const auto& replica : *seen) EXPECT_FALSE(replica.running);
  replicas = machine->fleet().start(request, {});
  ASSERT_TRUE(replicas.has_value()) << replicas.error().message;
  ok(world->router().set_endpoints(service.service, Slot::A, endpoints(), {}));
  EXPECT_EQ(world->router().read_split(service.service).value(), (rollout::TrafficSplit{.open = true}));
  EXPECT_EQ(world->ask(service, 4), (std::map<std::string, int>{{"blue", 4}}));
  ok(machine->fleet().run_once(request, {"/responder", "--exit", "1"}, "before", Milliseconds(10'000), {}));
  ok(machine->fleet().stop(request.service, request.revision.id, Milliseconds(2000)));
}

}  // namespace
}  // namespace sluice
