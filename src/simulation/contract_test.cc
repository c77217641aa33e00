// The simulated fleet, router, journal, telemetry and service log keep the promises that the real ones keep, so that
// what the controller meets in a simulation is what it meets in the world.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "contract/fleet_contract.h"
#include "contract/journal_contract.h"
#include "contract/service_log_contract.h"
#include "contract/telemetry_contract.h"
#include "contract/traffic_router_contract.h"
#include "simulation/simulated_fleet.h"
#include "simulation/simulated_http.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_router.h"
#include "simulation/simulated_telemetry.h"

namespace sluice::simulation {
namespace {

using namespace std::chrono_literals;

/// A world in which nothing goes wrong unless the test says so. Calls are made from outside of it: each runs as work of
/// the executor, and time passes until it is done.
struct StillWorld {
  template <typename Act>
  auto run(Act act) -> decltype(act()) {
    std::optional<decltype(act())> result;
    executor.run(ports::Executor::Lane::Urgent, [&] { result.emplace(act()); }, [] {});
    while (!result) EXPECT_EQ(executor.step(), SimulatedExecutor::Progress::Ran);
    return std::move(*result);
  }
  void pass(Milliseconds span) {
    bool over = false;
    executor.in_world(executor.now() + span, [&] { over = true; });
    while (!over) EXPECT_EQ(executor.step(), SimulatedExecutor::Progress::Ran);
  }
  /// A revision of this quality, of which nothing runs yet.
  ports::FleetStart revision(int replicas, const Quality& quality) {
    ports::FleetStart start;
    start.service = {"shop", "local", "web"};
    start.revision.id = fmt::format("r{}", ++revisions);
    start.revision.image = "registry/web@" + start.revision.id;
    start.revision.replicas = replicas;
    start.revision.health = {.path = "/health", .every = 200ms, .within = 2s};
    world.qualities[start.revision.id] = quality;
    return start;
  }

  Faults faults{1, {}};
  Crashes crashes{faults, {}};
  Trace trace{{}};
  SimulatedExecutor executor{Chance(1, "time"), faults, crashes};
  World world{executor, faults, crashes, trace, Chance(1, "world"), Sabotage::None, nullptr, {}};
  SimulatedFleet fleet{world};
  SimulatedRouter router{world, fleet};
  SimulatedHttp http{world, fleet, router};
  SimulatedJournal journal{world};
  int revisions = 0;
};

/// A port of the simulation, called from outside of it.
class OutsideFleet final : public ports::Fleet {
 public:
  explicit OutsideFleet(StillWorld& still) : still_(still) {}
  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override {
    return still_.run([&] { return still_.fleet.start(request, stop); });
  }
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service, const std::string& id) override {
    return still_.run([&] { return still_.fleet.observe(service, id); });
  }
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override {
    return still_.run([&] { return still_.fleet.restart(request, index, stop); });
  }
  Status stop(const rollout::ServiceKey& service, const std::string& id, Milliseconds grace) override {
    return still_.run([&] { return still_.fleet.stop(service, id, grace); });
  }
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override {
    return still_.run([&] { return still_.fleet.run_once(request, argv, token, within, stop); });
  }
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& id,
                                            int lines) override {
    return still_.run([&] { return still_.fleet.log_tail(service, id, lines); });
  }
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override {
    return still_.run([&] { return still_.fleet.list(); });
  }

 private:
  StillWorld& still_;
};

class OutsideRouter final : public ports::TrafficRouter {
 public:
  explicit OutsideRouter(StillWorld& still) : still_(still) {}
  Status ensure(const ports::RoutedService& service) override {
    return still_.run([&] { return still_.router.ensure(service); });
  }
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override {
    return still_.run([&] { return still_.router.set_endpoints(service, slot, own, fallback); });
  }
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override {
    return still_.run([&] { return still_.router.set_split(service, split); });
  }
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override {
    return still_.run([&] { return still_.router.read_split(service); });
  }
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override {
    return still_.run([&] { return still_.router.open_sessions(service, slot); });
  }
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override {
    return still_.run([&] { return still_.router.clear_slot(service, slot, cut); });
  }
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override {
    return still_.run([&] { return still_.router.entrance(service, slot); });
  }

 private:
  StillWorld& still_;
};

class SimulatedFleetWorld final : public contract::FleetWorld {
 public:
  ports::Fleet& fleet() override { return fleet_; }
  ports::FleetStart healthy(int replicas) override { return still_.revision(replicas, {}); }
  ports::FleetStart ends_with(int exit_code) override {
    return still_.revision(2, {.dies_after = 20ms, .exit_code = exit_code});
  }
  ports::FleetStart never_healthy() override { return still_.revision(1, {.never_healthy = true}); }
  ports::FleetStart without_image() override { return still_.revision(1, {.image_missing = true}); }
  void kill(const ports::Replica& replica) override { still_.fleet.kill_port(replica.port); }
  std::vector<std::string> command(int exit_code, const std::string& text) override {
    if (exit_code == 0) return {"say", text};
    return {"fail", std::to_string(exit_code), text};
  }
  int runs() override { return still_.fleet.commands_run(); }
  void crash() override { still_.executor.discard(); }

 private:
  StillWorld still_;
  OutsideFleet fleet_{still_};
};

class SimulatedRouterWorld final : public contract::RouterWorld {
 public:
  ports::TrafficRouter& router() override { return router_; }
  ports::RoutedService service(const std::string& name) override {
    return {.service = {.project = "shop", .environment = "local", .service = name},
            .listen = "127.0.0.1:20080",
            .route = {.host = "", .path = "/" + name},
            .health = {.path = "/health", .every = 200ms, .within = 5s},
            .most_replicas = 4};
  }
  ports::Endpoint replica() override {
    const auto start = still_.revision(1, {});
    const auto replicas = still_.run([&] { return still_.fleet.start(start, {}); });
    EXPECT_TRUE(replicas.has_value()) << replicas.error().message;
    return {.address = replicas->front().address, .port = replicas->front().port};
  }
  ports::Endpoint dead_end() override { return {.address = "127.0.0.1", .port = 1}; }
  void kill(const ports::Endpoint& replica) override { still_.fleet.kill_port(replica.port); }
  std::map<std::string, int> ask(const ports::RoutedService& service, int count) override {
    const auto front = router_.entrance(service.service, nullptr);
    EXPECT_TRUE(front.has_value()) << front.error().message;
    return ask(*front, service, count);
  }
  std::map<std::string, int> ask(const ports::TrafficRouter::Entrance& entrance, const ports::RoutedService& service,
                                 int count) override {
    std::map<std::string, int> answers;
    for (int i = 0; i < count; ++i) {
      ports::HttpRequest request{.url = entrance.url + service.route.path};
      for (const auto& [name, value] : entrance.headers) request.headers[name] = value;
      const auto answer = still_.run([&] { return still_.http.send(request, {}); });
      ++answers[!answer.has_value()     ? answer.error().message
                : answer->status != 200 ? std::to_string(answer->status)
                                        : answer->headers.at("x-replica")];
    }
    return answers;
  }
  void crash() override { still_.executor.discard(); }
  void kill_data_plane() override {
    still_.router.refuse_until(still_.executor.now() + 100ms);
    still_.pass(100ms);
  }

 private:
  StillWorld still_;
  OutsideRouter router_{still_};
};

class SimulatedJournalWorld final : public contract::JournalWorld {
 public:
  ports::Journal& journal() override { return still_.journal; }
  void crash() override { still_.executor.discard(); }

 private:
  StillWorld still_;
};

/// A service with 100 requests a second, which reach a router slot while the world is asked to send some.
class Measured {
 public:
  Measured() {
    routed_ = {.service = {.project = "shop", .environment = "local", .service = "web"},
               .listen = "127.0.0.1:20080",
               .route = {.host = "", .path = "/"},
               .health = {.path = "/health", .every = 200ms, .within = 5s},
               .most_replicas = 4};
    ok(still.run([&] { return still.router.ensure(routed_); }));
    for (const rollout::Slot slot : kSlots) {
      const auto start = still.revision(1, {.log_errors = 1});
      revisions_[index_of(slot)] = start.revision.id;
      const auto replicas = still.run([&] { return still.fleet.start(start, {}); });
      EXPECT_TRUE(replicas.has_value()) << replicas.error().message;
      const ports::Endpoint endpoint{.address = replicas->front().address, .port = replicas->front().port};
      ok(still.run([&] { return still.router.set_endpoints(routed_.service, slot, {endpoint}, {}); }));
    }
    telemetry.begin(routed_.service, kRequestsASlot * 10);
    still.pass(30ms);
  }

  void ask(rollout::Slot slot, int count, bool fail) {
    const Milliseconds span = analysis::kSlotLength * (count / kRequestsASlot);
    const Weight of_b = slot == rollout::Slot::B ? Weight::full() : Weight::none();
    if (fail) telemetry.disturb(routed_.service, slot, still.executor.now() + span + 50ms, 1);
    still.router.set_split_by_hand(routed_.service, {.open = true, .slot_b = of_b});
    still.pass(span);
    still.router.set_split_by_hand(routed_.service, {.open = false, .slot_b = Weight::none()});
  }
  bool until(const std::function<bool()>& condition) {
    for (int i = 0; i < 100 && !condition(); ++i) still.pass(100ms);
    return condition();
  }
  const rollout::ServiceKey& service() const { return routed_.service; }
  const std::string& revision(rollout::Slot slot) const { return revisions_[index_of(slot)]; }

  StillWorld still;
  SimulatedServiceLog log;
  SimulatedTelemetry telemetry{still.world, still.fleet, still.router, log};

 private:
  static constexpr int kRequestsASlot = 10;
  static void ok(const Status& status) { EXPECT_TRUE(status.has_value()) << status.error().message; }

  ports::RoutedService routed_;
  std::array<std::string, 2> revisions_;
};

class SimulatedTelemetryWorld final : public contract::TelemetryWorld {
 public:
  ports::Telemetry& telemetry() override { return measured_.telemetry; }
  rollout::ServiceKey service() override { return measured_.service(); }
  void ask(rollout::Slot slot, int count, bool fail) override { measured_.ask(slot, count, fail); }
  TimePoint now() override { return measured_.still.executor.now(); }
  bool until(const std::function<bool()>& condition) override { return measured_.until(condition); }

 private:
  Measured measured_;
};

/// Each request logs an error; a service that is asked for one line gets it from the world's own hand.
class SimulatedServiceLogWorld final : public contract::ServiceLogWorld {
 public:
  ports::ServiceLog& log() override { return measured_.log; }
  rollout::ServiceKey service() override { return measured_.service(); }
  std::string revision() override { return measured_.revision(rollout::Slot::A); }
  void complain(int lines) override {
    measured_.still.pass(analysis::kSlotLength);
    const auto slots = measured_.log.read(service(), revision(), TimePoint{});
    ASSERT_TRUE(slots.has_value());
    measured_.log.add(service(), revision(), {.start = slots->back().start, .error_lines = lines});
  }
  TimePoint now() override { return measured_.still.executor.now(); }
  bool until(const std::function<bool()>& condition) override { return measured_.until(condition); }

 private:
  Measured measured_;
};

}  // namespace
}  // namespace sluice::simulation

namespace sluice::contract {

INSTANTIATE_TEST_SUITE_P(Simulated, TelemetryContract,
                         testing::Values(TelemetryWorldFactory{
                             "Simulated", [] { return std::make_unique<simulation::SimulatedTelemetryWorld>(); }}));
INSTANTIATE_TEST_SUITE_P(Simulated, ServiceLogContract,
                         testing::Values(ServiceLogWorldFactory{
                             "Simulated", [] { return std::make_unique<simulation::SimulatedServiceLogWorld>(); }}));

INSTANTIATE_TEST_SUITE_P(Simulated, FleetContract,
                         testing::Values(FleetWorldFactory{
                             "Simulated", [] { return std::make_unique<simulation::SimulatedFleetWorld>(); }}));
INSTANTIATE_TEST_SUITE_P(Simulated, TrafficRouterContract,
                         testing::Values(RouterWorldFactory{
                             "Simulated", [] { return std::make_unique<simulation::SimulatedRouterWorld>(); }}));
INSTANTIATE_TEST_SUITE_P(Simulated, JournalContract,
                         testing::Values(JournalWorldFactory{
                             "Simulated", [] { return std::make_unique<simulation::SimulatedJournalWorld>(); }}));

}  // namespace sluice::contract
