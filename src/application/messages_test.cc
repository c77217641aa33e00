#include "application/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "simulation/simulated_secrets.h"

namespace sluice::application {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Error throttled() { return {ErrorKind::Throttled, "later"}; }
Error denied() { return {ErrorKind::Denied, "never"}; }

TEST(Incidents, OfAReleaseAreOne) {
  EXPECT_EQ(incident_of("01kaq0"), "01kaq0");
  EXPECT_EQ(incident_of("01kaq0.3"), "01kaq0");
}

TEST(MessageDelivery, GoesOnWithThoseThatMayStillTakeIt) {
  Delivery delivery;
  EXPECT_TRUE(delivery.take({{0, {}, {}}, {1, {}, throttled()}, {2, {}, denied()}}, 3));
  EXPECT_THAT(delivery.done, ElementsAre(0, 2));
  EXPECT_EQ(delivery.refused, "never");
  EXPECT_FALSE(delivery.take({{1, {}, {}}}, 3));
  EXPECT_THAT(delivery.done, ElementsAre(0, 1, 2));
}

TEST(MessageDelivery, GivesUpInTheEnd) {
  Delivery delivery;
  EXPECT_TRUE(delivery.take({{0, {}, throttled()}}, 2));
  EXPECT_EQ(delivery.refused, "");
  EXPECT_FALSE(delivery.take({{0, {}, throttled()}}, 2));
  EXPECT_EQ(delivery.refused, "later");
}

/// Takes everything, and remembers the last.
class Kept final : public ports::Notifier {
 public:
  Status send(const ports::Recipient& to, const ports::Message&) override {
    secret = to.secret.reveal();
    return {};
  }
  std::string secret;
};

TEST(MessageDelivery, ReadsTheSecretOfThePlaceJustBefore) {
  simulation::SimulatedSecrets secrets;
  Kept kept;
  const rollout::MessagePlace place = rollout::GitHubRepository{"o/r", rollout::SecretVariable{"TOKEN"}};
  const Status early = deliver(secrets, kept, place, {}, "");
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, ErrorKind::Unavailable) << "it may be known later";
  EXPECT_THAT(early.error().message, HasSubstr("GitHub issues of o/r"));
  secrets.send("TOKEN");
  EXPECT_TRUE(deliver(secrets, kept, place, {}, ""));
  EXPECT_EQ(kept.secret, "TOKEN");
  EXPECT_TRUE(deliver(secrets, kept, rollout::SnsTopic{"arn", ""}, {}, ""));
  EXPECT_EQ(kept.secret, "");
}

const rollout::ServiceKey kWeb{"shop", "live", "web"};
const rollout::ServiceKey kRag{"shop", "live", "rag"};

rollout::Plan plan(const std::string& id) {
  rollout::Plan plan;
  plan.deployment = id;
  plan.service = kWeb;
  plan.green.label = "sha-1";
  return plan;
}

/// What has ended, the newest first.
History history(std::vector<ports::DeploymentSummary> all) {
  return [all = std::move(all)](const rollout::ServiceKey& service) -> Result<std::vector<ports::DeploymentSummary>> {
    std::vector<ports::DeploymentSummary> found;
    for (const auto& summary : all) {
      if (summary.service == service) found.push_back(summary);
    }
    return found;
  };
}

ports::DeploymentSummary ended(const std::string& id, rollout::Outcome outcome,
                               const rollout::ServiceKey& service = kWeb) {
  return {.deployment = id, .service = service, .outcome = outcome};
}

using enum rollout::Outcome;

TEST(Incidents, EndWithTheNextSuccessOfTheirService) {
  const History known = history({ended("d6", Succeeded), ended("d5", RolledBack), ended("d5", RolledBack, kRag),
                                 ended("d4.2", FailedBeforeTraffic), ended("d4", Cancelled, kRag),
                                 ended("d3", Succeeded), ended("d2", RolledBack)});
  const ports::About of_success = about(plan("d6"), rollout::MessageKind::Succeeded, TimePoint{}, known);
  EXPECT_THAT(of_success.ended, ElementsAre("d6", "d5", "d4"));
  EXPECT_EQ(of_success.kind, "succeeded");
  EXPECT_EQ(of_success.service, "web");
  EXPECT_THAT(about(plan("d6"), rollout::MessageKind::RolledBack, TimePoint{}, known).ended, IsEmpty());
  EXPECT_THAT(about(plan("d6"), rollout::MessageKind::Cancelled, TimePoint{}, known).ended, ElementsAre("d6"));
}

TEST(Incidents, EndWithTheSuccessOfAReleaseForAllItsServices) {
  rollout::Plan member = plan("d6.2");
  member.release =
      rollout::Release{.id = "d6", .members = {{"d6", "rag", {}}, {"d6.2", "web", {"rag"}}}, .patience = {}};
  const History known = history({ended("d5", RolledBack), ended("d4", RolledBack, kRag), ended("d3", Succeeded, kRag),
                                 ended("d2", RolledBack, kRag)});
  EXPECT_THAT(about(member, rollout::MessageKind::Succeeded, TimePoint{}, known).ended, ElementsAre("d6", "d4", "d5"));
}

TEST(Incidents, EndTheirOwnWhereTheJournalCannotBeRead) {
  const History mute = [](const auto&) -> Result<std::vector<ports::DeploymentSummary>> {
    return Error{ErrorKind::Unavailable, "the disk"};
  };
  EXPECT_THAT(about(plan("d6"), rollout::MessageKind::Succeeded, TimePoint{}, mute).ended, ElementsAre("d6"));
}

}  // namespace
}  // namespace sluice::application
