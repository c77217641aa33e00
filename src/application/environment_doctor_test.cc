#include "application/environment_doctor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::application {
namespace {

using Status = DoctorFinding::Status;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct SomePermissions final : ports::Permissions {
  Result<std::string> identity(const rollout::AwsAccess&) override { return who; }
  Result<std::vector<ports::DeniedAction>> denied(const rollout::AwsAccess&, const std::string&,
                                                  const std::string&) override {
    return answer;
  }
  Result<std::string> who{"arn:aws:iam::123456789012:role/sluice"};
  Result<std::vector<ports::DeniedAction>> answer{std::vector<ports::DeniedAction>{}};
};

/// Nobody is asked of more than what serves.
struct SomeFleet final : ports::Fleet {
  static Error no() { return {ErrorKind::Failed, "the doctor only looks"}; }
  Result<std::vector<ports::Replica>> start(const ports::FleetStart&, std::stop_token) override { return no(); }
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey&, const std::string&) override { return no(); }
  Result<ports::Replica> restart(const ports::FleetStart&, int, std::stop_token) override { return no(); }
  sluice::Status stop(const rollout::ServiceKey&, const std::string&, Milliseconds) override { return no(); }
  sluice::Status run_once(const ports::FleetStart&, const std::vector<std::string>&, const std::string&, Milliseconds,
                          std::stop_token) override {
    return no();
  }
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey&, const std::string&, int) override {
    return no();
  }
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey&, const rollout::Revision&) override {
    return answer;
  }
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override { return no(); }
  Result<std::optional<ports::Serving>> answer{std::optional<ports::Serving>()};
};

class EnvironmentDoctor : public testing::Test {
 protected:
  std::vector<DoctorFinding> findings() {
    config::Environment environment;
    environment.name = "production";
    environment.is_aws = true;
    environment.account = "123456789012";
    config::Service service;
    service.name = "overflow";
    service.target = rollout::LambdaTarget{.region = "eu-west-1", .function = "overflow", .alias = "live"};
    service.alarms = alarms_;
    environment.services = {service};
    return examine(environment, {.permissions = permissions_,
                                 .fleet_of = [this](const auto&) -> ports::Fleet& { return fleet_; },
                                 .utilization_of =
                                     [this](const auto&, const auto&, const std::string& revision) {
                                       asked_.push_back(revision);
                                       return used_;
                                     }});
  }
  static auto is(Status status, const char* name) {
    return testing::AllOf(Field(&DoctorFinding::status, status), Field(&DoctorFinding::name, name));
  }

  SomePermissions permissions_;
  SomeFleet fleet_;
  std::vector<analysis::Alarm> alarms_;
  Result<std::vector<ports::UtilizationSlot>> used_{std::vector<ports::UtilizationSlot>()};
  std::vector<std::string> asked_;  ///< Revisions that somebody wants to know the use of.
};

TEST_F(EnvironmentDoctor, SaysWhoseKeysTheyAreAndThatAllIsWell) {
  EXPECT_THAT(findings(),
              ElementsAre(is(Status::Ok, "keys"), is(Status::Ok, "permissions"), is(Status::Ok, "overflow")));
  EXPECT_THAT(findings()[0].what, HasSubstr("role/sluice"));
}

TEST_F(EnvironmentDoctor, AsksNothingWithoutKeys) {
  permissions_.who = Error{ErrorKind::Denied, "no credentials"};
  EXPECT_THAT(findings(), ElementsAre(is(Status::Lacks, "keys")));
}

TEST_F(EnvironmentDoctor, LooksNoFurtherWithKeysOfAnotherAccount) {
  permissions_.who = "arn:aws:iam::210987654321:user/anna";
  EXPECT_THAT(findings(), ElementsAre(is(Status::Lacks, "account")));
}

TEST_F(EnvironmentDoctor, NamesWhatIsDeniedAndThePolicyThatAllowsIt) {
  permissions_.answer = std::vector<ports::DeniedAction>{{"lambda:UpdateAlias", "arn:function:overflow", true}};
  EXPECT_THAT(findings(),
              ElementsAre(is(Status::Ok, "keys"), is(Status::Lacks, "lambda:UpdateAlias"), is(Status::Ok, "overflow")));
  EXPECT_EQ(findings()[1].mend, "sluice iam-policy --environment production");
}

TEST_F(EnvironmentDoctor, CannotTellOfAPatternWhetherAPartOfItIsAllowed) {
  permissions_.answer =
      std::vector<ports::DeniedAction>{{"ecs:RegisterTaskDefinition", "arn:task-definition/*", false}};
  EXPECT_THAT(findings()[1], is(Status::Note, "ecs:RegisterTaskDefinition"));
}

TEST_F(EnvironmentDoctor, GoesOnWhenPermissionsCannotBeTried) {
  permissions_.answer = Error{ErrorKind::Denied, "allow iam:SimulatePrincipalPolicy"};
  fleet_.answer = Error{ErrorKind::NotFound, "there is no function overflow"};
  EXPECT_THAT(findings(),
              ElementsAre(is(Status::Ok, "keys"), is(Status::Note, "permissions"), is(Status::Lacks, "overflow")));
}

TEST_F(EnvironmentDoctor, LooksWhetherAnybodyMeasuresWhatAlarmsOnTasksNeed) {
  alarms_ = {{.name = "memory", .metric = analysis::Metric::MemoryUtilization},
             {.name = "of_both", .metric = analysis::Metric::ServiceMemoryUtilization}};
  EXPECT_THAT(findings(),
              ElementsAre(is(Status::Ok, "keys"), is(Status::Ok, "permissions"), is(Status::Ok, "overflow")))
      << "nothing serves, so there is nothing to measure";
  fleet_.answer = ports::Serving{.revision = {.id = "r1", .image = "", .label = ""}};
  EXPECT_THAT(findings().back(), is(Status::Note, "overflow's alarms")) << "nobody tells of a task";
  used_ = std::vector<ports::UtilizationSlot>{{.memory = {.reserved = 10'000, .used = 4'000}}};
  EXPECT_THAT(findings().back(), is(Status::Ok, "overflow's alarms"));
  EXPECT_EQ(findings().back().what, "what its tasks use is measured, for memory");
  used_ = Error{ErrorKind::NotFound, "no Container Insights"};
  EXPECT_THAT(findings().back(), is(Status::Lacks, "overflow's alarms"));
  EXPECT_EQ(findings().back().what, "memory: no Container Insights");
  EXPECT_THAT(asked_, Each("r1"));
}

TEST_F(EnvironmentDoctor, AsksNobodyForAlarmsOnTheWholeService) {
  alarms_ = {{.name = "of_both", .metric = analysis::Metric::ServiceMemoryUtilization}};
  fleet_.answer = ports::Serving{.revision = {.id = "r1", .image = "", .label = ""}};
  used_ = Error{ErrorKind::NotFound, "no Container Insights"};
  EXPECT_THAT(findings().back(), is(Status::Ok, "overflow"));
  EXPECT_THAT(asked_, IsEmpty());
}

}  // namespace
}  // namespace sluice::application
