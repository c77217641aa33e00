#include "application/deploy_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/given_measurements.h"
#include "simulation/simulated_fleet.h"
#include "simulation/simulated_ids.h"
#include "simulation/simulated_secrets.h"

namespace sluice::application {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

config::Service service(const std::string& name, std::vector<std::string> depends_on = {}) {
  config::Service result;
  result.name = name;
  result.depends_on = std::move(depends_on);
  return result;
}

std::vector<std::string> names(const std::vector<config::Service>& services) {
  std::vector<std::string> result;
  for (const config::Service& each : services) result.push_back(each.name);
  return result;
}

TEST(DeployService, DeploysWhatAServiceDependsOnFirst) {
  EXPECT_THAT(names(in_dependency_order(
                  {service("web", {"rag", "guard"}), service("rag", {"store"}), service("guard"), service("store")})),
              ElementsAre("guard", "store", "rag", "web"));
  EXPECT_THAT(names(in_dependency_order({service("web", {"rag"})})), ElementsAre("web"))
      << "a dependency that is not deployed now holds nothing up";
}

TEST(DeployService, NamesTheNearestServiceAndEnvironment) {
  config::Environment environment;
  environment.services = {service("orchestrator"), service("rag")};
  EXPECT_THAT(choose_service(environment, "orchestratr").error().message, HasSubstr("did you mean 'orchestrator'?"));
  EXPECT_THAT(choose_service(environment, "").error().message, HasSubstr("orchestrator, rag"));
  config::Configuration configuration;
  configuration.file = "sluice.yaml";
  configuration.environments["local"] = environment;
  EXPECT_THAT(choose_environment(configuration, "locl").error().message, HasSubstr("did you mean 'local'?"));
}

TEST(DeployService, GoesBackWithoutTheReleaseOfWhichTheLastDeploymentWas) {
  rollout::Plan last;
  last.deployment = "d.2";
  last.strategy.steps = {{Weight::full(), Milliseconds{1000}}};
  last.release = rollout::Release{.id = "d", .members = {{"d", "rag", {}}, {"d.2", "web", {"rag"}}}, .patience = {}};
  EXPECT_FALSE(revert_request({}, rollout::Revision{}, last, "ana").plan.release);
}

struct NoFingerprints final : ports::Fingerprints {
  std::string of(const Secret&) const override { return {}; }
};
struct NoPackages final : ports::Packages {
  Result<ports::Package> read(const std::string& path) override { return Error{ErrorKind::NotFound, path}; }
};
struct NoDefinitions final : ports::ApiDefinitions {
  Result<ports::ApiDefinition> read(const std::string& path) override { return Error{ErrorKind::NotFound, path}; }
};

/// Answers once so many questions have failed.
struct PoorRegistry final : ports::Registry {
  Result<std::string> digest(const ports::RegistryName&, std::stop_token) override {
    if (++asked <= fails) return Error{kind, "the registry is busy"};
    return "sha256:" + std::string(64, 'a');
  }
  Result<std::string> push(const std::string&, const ports::RegistryName&, std::stop_token) override {
    return Error{ErrorKind::Denied, "nobody pushes"};
  }
  int asked = 0;
  int fails = 0;
  ErrorKind kind = ErrorKind::Throttled;
};

const rollout::EcsTarget kEcs{.service = "web", .rules = {"listener-rule/app/shop/1/2/3"}};

class LookingUp : public testing::Test {
 protected:
  Result<DeployRequest> look_up() {
    return deploy_request(environment_, service_, {.image = "v2"},
                          {registry_, secrets_, fingerprints_, ids_, fleet_, packages_, definitions_, log_,
                           [this](Milliseconds span) -> Status {
                             pauses_.push_back(span);
                             return {};
                           }});
  }

  simulation::Faults faults_{1, {}};
  simulation::Crashes crashes_{faults_, std::nullopt};
  simulation::Trace trace_{{}};
  simulation::SimulatedExecutor executor_{simulation::Chance(1, "time"), faults_, crashes_};
  simulation::World world_{executor_, faults_, crashes_, trace_, simulation::Chance(1, "world"), {}, nullptr, {}};
  simulation::SimulatedFleet fleet_{world_};
  simulation::SimulatedSecrets secrets_;
  simulation::SimulatedIds ids_;
  GivenLog log_;
  NoFingerprints fingerprints_;
  NoPackages packages_;
  NoDefinitions definitions_;
  PoorRegistry registry_;
  config::Environment environment_{.registry = "example.test"};
  config::Service service_{service("web")};
  std::vector<Milliseconds> pauses_;
};

TEST_F(LookingUp, IsRepeatedInAwsAfterWhatMayPassByItself) {
  service_.target = kEcs;
  registry_.fails = 2;
  EXPECT_TRUE(look_up().has_value());
  EXPECT_THAT(pauses_, ElementsAre(Milliseconds{2000}, Milliseconds{4000}));
}

TEST_F(LookingUp, EndsAfterThreeAttempts) {
  service_.target = kEcs;
  registry_.fails = 9;
  EXPECT_EQ(look_up().error().kind, ErrorKind::Throttled);
  EXPECT_EQ(registry_.asked, 3);
}

TEST_F(LookingUp, IsNotRepeatedAfterARefusalNorOnAMachine) {
  service_.target = kEcs;
  registry_.fails = 9;
  registry_.kind = ErrorKind::Denied;
  EXPECT_EQ(look_up().error().kind, ErrorKind::Denied);
  service_.target = rollout::MachineTarget{};
  registry_.kind = ErrorKind::Unavailable;
  EXPECT_EQ(look_up().error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(registry_.asked, 2);
  EXPECT_THAT(pauses_, IsEmpty());
}

/// Something serves, and that is all.
struct ServingFleet final : ports::Fleet {
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey&, const rollout::Revision&) override {
    ports::Serving serving;
    serving.revision.id = "blue";
    return std::optional(serving);
  }
  Result<std::vector<ports::Replica>> start(const ports::FleetStart&, std::stop_token) override { return unused(); }
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey&, const std::string&) override {
    return unused();
  }
  Result<ports::Replica> restart(const ports::FleetStart&, int, std::stop_token) override { return unused(); }
  Status stop(const rollout::ServiceKey&, const std::string&, Milliseconds) override { return unused(); }
  Status run_once(const ports::FleetStart&, const std::vector<std::string>&, const std::string&, Milliseconds,
                  std::stop_token) override {
    return unused();
  }
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey&, const std::string&, int) override {
    return unused();
  }
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override { return unused(); }
  static Error unused() { return {ErrorKind::Failed, "not asked here"}; }
};

TEST_F(LookingUp, IsRefusedWhereAnAlarmIsOnWhatNobodyMeasures) {
  ServingFleet serving;
  const auto look = [&] {
    return deploy_request(environment_, service_, {.image = "v2"},
                          {registry_, secrets_, fingerprints_, ids_, serving, packages_, definitions_, log_,
                           [](Milliseconds) -> Status { return {}; }});
  };
  service_.target = kEcs;
  EXPECT_TRUE(look().has_value());
  service_.alarms = {{.name = "cpu", .metric = analysis::Metric::CpuUtilization, .above = 0.9}};
  EXPECT_EQ(look().error().message, "no Container Insights");
  service_.alarms[0].metric = analysis::Metric::ServiceCpuUtilization;
  EXPECT_TRUE(look().has_value()) << "ECS tells it always";
  service_.alarms[0].metric = analysis::Metric::CpuUtilization;
  log_.used["blue"];
  EXPECT_TRUE(look().has_value());
}

TEST(DeployService, TellsRevisionsApartByTheirContentOnly) {
  rollout::Revision a;
  a.id = "1";
  a.env = {{"LOG_LEVEL", "info"}};
  rollout::Revision b = a;
  b.id = "2";
  b.label = "sha-2";
  EXPECT_TRUE(same_content(a, b));
  b.env["LOG_LEVEL"] = "debug";
  EXPECT_FALSE(same_content(a, b));
  EXPECT_THAT(differences(a, b), ElementsAre(R"(env.LOG_LEVEL: "info" → "debug")", R"(label: "" → "sha-2")"));
}

}  // namespace
}  // namespace sluice::application
