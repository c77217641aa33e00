#include "application/image_retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/scenario.h"
#include "simulation/simulated_functions.h"
#include "simulation/simulated_http.h"
#include "simulation/simulated_ids.h"
#include "simulation/simulated_image_scans.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_metric_queries.h"
#include "simulation/simulated_notifier.h"
#include "simulation/simulated_period_metrics.h"
#include "simulation/simulated_processes.h"
#include "simulation/simulated_secrets.h"
#include "simulation/simulated_service_log.h"
#include "simulation/simulated_telemetry.h"
#include "simulation/simulated_witnesses.h"

namespace sluice::application {
namespace {

using namespace std::chrono_literals;
using rollout::Outcome;
using simulation::Chance;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kRepository = "127.0.0.1:5000/web";

struct Store final : ports::ImageStore {
  Result<bool> has(const std::string& name) override {
    ++asked[name];
    return local.contains(name);
  }
  Status remove(const std::string& name) override {
    if (used.contains(name)) return Error{ErrorKind::Conflict, name + " is in use by a container"};
    if (local.erase(name) == 0) return Error{ErrorKind::NotFound, "there is no image " + name};
    return {};
  }
  std::set<std::string> local;
  std::map<std::string, int> asked;  ///< How often for each name.
  std::set<std::string> used;
};

struct Registry final : ports::OwnRegistry {
  bool is_own(const std::string& address) override { return address == "127.0.0.1:5000"; }
  Result<bool> has(const std::string& reference) override { return images.contains(reference); }
  Result<bool> remove(const std::string& reference) override { return images.erase(reference) > 0; }
  Status collect(const std::string& address) override {
    collected.push_back(address);
    return {};
  }
  std::set<std::string> images;
  std::vector<std::string> collected;
};

struct Records final : ports::ImageRecords {
  Result<std::optional<ports::ImageRecord>> find(const std::string&, const std::string&, const std::string&) override {
    return std::optional<ports::ImageRecord>();
  }
  Status save(const ports::ImageRecord&) override { return {}; }
  Result<std::vector<ports::ImageRecord>> all() override { return list; }
  Status remove(const std::string&, const std::string&, const std::string& commit) override {
    std::erase_if(list, [&](const auto& record) { return record.commit == commit; });
    return {};
  }
  std::vector<ports::ImageRecord> list;
};

/// One service in a simulated world in which nothing goes wrong, with retention at work.
class ImageRetentionTest : public testing::Test {
 protected:
  ~ImageRetentionTest() override {
    executor_.discard();
    controller_.reset();
  }
  void SetUp() override {
    telemetry_.begin(key_, 100);
    controller_ =
        std::make_unique<Controller>(RolloutPorts{executor_, ids_, executor_, journal_, fleet_, router_, telemetry_,
                                                  service_log_, secrets_, notifier_, processes_, http_, metric_queries_,
                                                  period_metrics_, functions_, witnesses_, image_scans_},
                                     "ana (process 7)");
    ASSERT_TRUE(controller_->recover());
    retention_ = ImageRetention::create(*controller_, gate_,
                                        {.clock = executor_,
                                         .executor = executor_,
                                         .journal = journal_,
                                         .records = records_,
                                         .store = store_,
                                         .registry = registry_,
                                         .log = [this](const std::string& line) { log_.push_back(line); }});
    controller_->add_observer(retention_);
  }
  static std::string image(int version) { return std::string(kRepository) + "@" + std::to_string(version); }
  bool until(const std::function<bool()>& condition) {
    const TimePoint bound = executor_.now() + 300s;
    while (!condition()) {
      if (executor_.now() > bound) return false;
      (void)executor_.step();
    }
    return true;
  }
  /// Deploys a version to its end.
  void deploy(int version) {
    rollout::Plan plan = simulation::short_scenario().services[0].deployments[0].request.plan;
    plan.green.id = "r" + std::to_string(version);
    plan.green.label = "sha-" + std::to_string(version);
    plan.green.image = image(version);
    store_.local.insert(image(version));
    registry_.images.insert(image(version));
    plan.deployment = ids_.next();
    const Status accepted = controller_->deploy({DeployRequest{.plan = plan, .supersede = false, .serving = {}}});
    ASSERT_TRUE(accepted.has_value()) << accepted.error().message;
    ASSERT_TRUE(until([&] {
      const auto& all = journal_.summaries();
      const auto found = std::ranges::find(all, plan.deployment, &ports::DeploymentSummary::deployment);
      return found != all.end() && found->outcome == Outcome::Succeeded;
    }));
  }
  void settle() {
    bool settled = false;
    executor_.in_world(executor_.now() + 30s, [&] { settled = true; });
    ASSERT_TRUE(until([&] { return settled; }));
  }

  rollout::ServiceKey key_{"shop", "local", "service0"};
  simulation::Faults faults_{1, {}};
  simulation::Crashes crashes_{faults_, {}};
  simulation::Trace trace_{{}};
  simulation::SimulatedExecutor executor_{Chance(1, "time"), faults_, crashes_};
  simulation::World world_{executor_, faults_, crashes_, trace_, Chance(1, "world"), simulation::Sabotage::None,
                           nullptr,   {}};
  simulation::SimulatedJournal journal_{world_};
  simulation::SimulatedFleet fleet_{world_};
  simulation::SimulatedRouter router_{world_, fleet_};
  simulation::SimulatedServiceLog service_log_;
  simulation::SimulatedTelemetry telemetry_{world_, fleet_, router_, service_log_};
  simulation::SimulatedNotifier notifier_{world_};
  simulation::SimulatedProcesses processes_{world_};
  simulation::SimulatedHttp http_{world_, fleet_, router_};
  simulation::SimulatedSecrets secrets_;
  simulation::SimulatedMetricQueries metric_queries_;
  simulation::SimulatedPeriodMetrics period_metrics_;
  simulation::SimulatedFunctions functions_;
  simulation::SimulatedWitnesses witnesses_;
  simulation::SimulatedImageScans image_scans_;
  simulation::SimulatedIds ids_;
  Store store_;
  Registry registry_;
  Records records_;
  std::vector<std::string> log_;
  std::unique_ptr<Controller> controller_;
  std::shared_ptr<ImageGate> gate_ =
      ImageGate::create([this](std::function<void()> call) { executor_.at(executor_.now(), std::move(call)); });
  std::shared_ptr<ImageRetention> retention_;
};

TEST_F(ImageRetentionTest, KeepsTheLiveRevisionAndTheFiveBeforeItOnTheMachineAndInItsRegistry) {
  store_.local.insert("localhost/base:1");
  for (int version = 1; version <= 8; ++version) deploy(version);
  settle();
  EXPECT_THAT(registry_.images, UnorderedElementsAre(image(3), image(4), image(5), image(6), image(7), image(8)));
  EXPECT_THAT(store_.local,
              UnorderedElementsAre(image(3), image(4), image(5), image(6), image(7), image(8), "localhost/base:1"));
  ASSERT_THAT(registry_.collected, Not(IsEmpty()));
  const auto times = registry_.collected.size();
  retention_->prune();
  settle();
  EXPECT_EQ(registry_.collected.size(), times) << "the registry was stopped for nothing";
}

TEST_F(ImageRetentionTest, RemovesNothingWhileSomebodyWorksWithImagesAndAllOfItAfterwards) {
  ImageGate::Use use;
  gate_->enter([&](ImageGate::Use given) { use = std::move(given); });
  for (int version = 1; version <= 8; ++version) deploy(version);
  settle();
  EXPECT_THAT(store_.local, Contains(image(1)));
  use.reset();
  settle();
  EXPECT_THAT(store_.local, Not(Contains(image(1))));
  EXPECT_THAT(store_.local, Not(Contains(image(2))));
}

TEST_F(ImageRetentionTest, KeepsNobodyWaitingWhenThereIsNothingToRemove) {
  for (int version = 1; version <= 8; ++version) deploy(version);
  settle();
  int alone = 0;
  ImageGate::Use use;
  gate_->enter([&](ImageGate::Use given) { use = std::move(given); });
  retention_->prune();
  settle();
  gate_->enter([&](const ImageGate::Use&) { ++alone; });
  EXPECT_EQ(alone, 1) << "a removal was waiting for its turn, and let nobody in before it";
  retention_->prune();
  settle();
  EXPECT_LE(store_.asked[image(1)], 2) << "what is known to be gone is looked for each time";
}

TEST_F(ImageRetentionTest, LeavesWhatAContainerUsesUntilItIsFree) {
  store_.used.insert(image(1));
  for (int version = 1; version <= 7; ++version) deploy(version);
  settle();
  EXPECT_THAT(store_.local, Contains(image(1)));
  store_.used.clear();
  retention_->prune();
  settle();
  EXPECT_THAT(store_.local, Not(Contains(image(1))));
  EXPECT_THAT(log_, Not(Contains(testing::HasSubstr("stays"))));
}

TEST_F(ImageRetentionTest, RemovesOldBuildsWithTheirRecordsButNoneThatServes) {
  for (int i = 1; i <= 8; ++i) {
    const std::string commit = "c" + std::to_string(i);
    records_.list.push_back({.project = "shop",
                             .service = "service0",
                             .commit = commit,
                             .used_at = executor_.now() - std::chrono::hours{100} + Milliseconds(i),
                             .digests = {{kRepository, std::to_string(i)}}});
    store_.local.insert("localhost/sluice-shop-service0:sha-" + commit);
  }
  deploy(1);
  settle();
  std::vector<std::string> commits;
  for (const auto& record : records_.list) commits.push_back(record.commit);
  EXPECT_THAT(commits, ElementsAre("c1", "c4", "c5", "c6", "c7", "c8"));
  EXPECT_THAT(store_.local, Not(Contains("localhost/sluice-shop-service0:sha-c2")));
  EXPECT_THAT(store_.local, Contains("localhost/sluice-shop-service0:sha-c1"));
}

TEST_F(ImageRetentionTest, ForgetsAnImageAgainThatWasNeededOnceMore) {
  for (int version = 1; version <= 7; ++version) deploy(version);
  settle();
  ASSERT_THAT(registry_.images, Not(Contains(image(1))));
  deploy(1);  // built and pushed again
  for (int version = 8; version <= 13; ++version) deploy(version);
  settle();
  EXPECT_THAT(registry_.images, Not(Contains(image(1))));
}

}  // namespace
}  // namespace sluice::application
