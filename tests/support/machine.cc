#include "support/machine.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

namespace sluice::testing_support {

TemporaryFolder::TemporaryFolder() : path_(testing::TempDir() + "sluice-XXXXXX") {
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<Machine> Machine::create() {
  std::unique_ptr<Machine> machine(new Machine());
  const Status connected = machine->connect();
  if (connected.has_value()) return machine;
  const bool skip = connected.error().kind == ErrorKind::NotFound && std::getenv("CI") == nullptr;
  if (!skip) throw std::runtime_error(connected.error().message);
  return nullptr;
}

Machine::~Machine() {
  if (!api_) return;
  EXPECT_TRUE(api_->service().end(Milliseconds(1000)).has_value());
}

Status Machine::connect() {
  TRY_ASSIGN(api_, podman::ApiClient::create({.run_directory = run_directory()}, http_, daemons_));
  TRY_ASSIGN(fleet_, podman::Fleet::create(home(), *api_, http_));
  return {};
}

void Machine::crash() {
  fleet_.reset();
  api_.reset();
  const Status connected = connect();
  ASSERT_TRUE(connected.has_value()) << connected.error().message;
}

std::string Machine::image() {
  static const bool built = [] {
    const std::string command = fmt::format("'{0}/bench/responder/image.sh' '{1}/bench/responder' {2} >/dev/null",
                                            SLUICE_SOURCE_DIR, SLUICE_BINARY_DIR, "localhost/sluice-responder:test");
    return std::system(command.c_str()) == 0;
  }();
  EXPECT_TRUE(built) << "building the responder's image failed";
  return "localhost/sluice-responder:test";
}

ports::FleetStart Machine::responders(int replicas, std::map<std::string, std::string> env, rollout::Network network) {
  static std::atomic<int> count = 0;
  static const unsigned run = std::random_device()();
  ports::FleetStart start;
  start.service = {.project = "shop", .environment = "local", .service = "web"};
  start.revision.id = fmt::format("r{:08x}{}", run, ++count);
  start.revision.image = image();
  start.revision.replicas = replicas;
  start.revision.network = network;
  start.revision.env = std::move(env);
  start.revision.health = {.path = "/health", .every = Milliseconds(200), .within = Milliseconds(15'000)};
  return start;
}

bool eventually(const std::function<bool()>& condition) {
  for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);;) {
    if (condition()) return true;
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
}

}  // namespace sluice::testing_support
