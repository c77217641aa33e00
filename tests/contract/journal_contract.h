// What every ports::Journal promises. A test program includes this once and instantiates the suite:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, JournalContract, testing::Values(JournalWorldFactory{"Sqlite", make_world}));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ports/journal.h"

namespace sluice::contract {

class JournalWorld {
 public:
  virtual ~JournalWorld() = default;
  virtual ports::Journal& journal() = 0;
  /// sluice dies and comes back: `journal()` is a new object over what was durable.
  virtual void crash() = 0;
};

struct JournalWorldFactory {
  std::string name;
  std::function<std::unique_ptr<JournalWorld>()> make;
  friend void PrintTo(const JournalWorldFactory& factory, std::ostream* out) { *out << factory.name; }
};

class JournalContract : public testing::TestWithParam<JournalWorldFactory> {
 protected:
  static constexpr TimePoint kStart{Milliseconds{1'795'446'000'000}};

  void SetUp() override { world_ = GetParam().make(); }
  ports::Journal& journal() { return world_->journal(); }
  void crash() { world_->crash(); }
  static TimePoint at(int seconds) { return kStart + std::chrono::seconds{seconds}; }

  static rollout::Started started(const std::string& deployment, const std::string& service = "web") {
    rollout::Started event;
    event.plan.deployment = deployment;
    event.plan.service = {"shop", "local", service};
    event.plan.requested_by = "ada";
    event.plan.green = revision("rev-" + deployment);
    event.plan.strategy.steps = {{Weight::full(), std::chrono::seconds{10}}};
    return event;
  }
  static rollout::Revision revision(const std::string& id) {
    rollout::Revision revision;
    revision.id = id;
    revision.image = "127.0.0.1:5000/web@sha256:" + id;
    revision.secrets["KEY"] = {rollout::SecretFile{"key"}, "f00d"};
    return revision;
  }
  static ports::LiveService live(const std::string& revision_id, const std::string& service = "web") {
    return {
        {"shop", "local", service}, revision(revision_id), rollout::Slot::B, {"127.0.0.1:20080", "a.example", "/x"}};
  }
  static ports::DeploymentSummary summary(const std::string& deployment, rollout::Outcome outcome, int ended_at,
                                          const std::string& service = "web") {
    ports::DeploymentSummary summary;
    summary.deployment = deployment;
    summary.service = {"shop", "local", service};
    summary.revision = "rev-" + deployment;
    summary.label = "sha-1";
    summary.image = "image";
    summary.previous_revision = "rev-0";
    summary.requested_by = "ada";
    summary.outcome = outcome;
    if (outcome != rollout::Outcome::Succeeded) {
      summary.cause_kind = "alarm";
      summary.cause = "GREEN answered 5xx; \"quoted\"\nand ünïcode";
    }
    summary.started_at = at(0);
    if (outcome == rollout::Outcome::Succeeded) summary.full_at = at(ended_at - 1);
    summary.ended_at = at(ended_at);
    return summary;
  }
  /// Begins, succeeds, and is what serves.
  void deploy(const std::string& deployment, int ended_at, const std::string& revision_id = "") {
    ASSERT_TRUE(journal().begin(started(deployment), at(ended_at - 2), "ada").has_value());
    const ports::LiveService serving = live(revision_id.empty() ? "rev-" + deployment : revision_id);
    ASSERT_TRUE(journal().finish(summary(deployment, rollout::Outcome::Succeeded, ended_at), &serving).has_value());
  }
  std::vector<std::string> served(int most = 10) {
    std::vector<std::string> ids;
    const auto revisions = journal().revisions({"shop", "local", "web"}, most);
    EXPECT_TRUE(revisions.has_value());
    for (const auto& revision : revisions.value()) ids.push_back(revision.id);
    return ids;
  }

  std::unique_ptr<JournalWorld> world_;
};

TEST_P(JournalContract, KeepsEveryRecordInOrderOverACrash) {
  const rollout::Started first = started("d1");
  const auto lease = journal().begin(first, at(0), "ada on machine (pid 7)");
  ASSERT_TRUE(lease.has_value()) << lease.error().message;
  EXPECT_EQ(lease->epoch, 1);
  const std::vector<rollout::Event> events{rollout::EffectSucceeded{"t1", {"line"}},
                                           rollout::EffectFailed{"t2", {ErrorKind::UnknownOutcome, "lost"}},
                                           rollout::HoldRequested{"ada"}};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(journal().append("d1", {i + 1, at(i + 1), events[static_cast<std::size_t>(i)]}).has_value());
  }
  crash();
  const auto records = journal().load("d1");
  ASSERT_TRUE(records.has_value()) << records.error().message;
  ASSERT_EQ(records->size(), 4u);
  EXPECT_EQ(records->front().event, rollout::Event(first));
  for (int i = 0; i < 3; ++i) {
    const ports::JournalRecord& record = (*records)[static_cast<std::size_t>(i) + 1];
    EXPECT_EQ(record.sequence, i + 1);
    EXPECT_EQ(record.at, at(i + 1));
    EXPECT_EQ(record.event, events[static_cast<std::size_t>(i)]);
  }
  ASSERT_EQ(journal().leases()->size(), 1u);
  EXPECT_EQ(journal().leases()->front().owner, "ada on machine (pid 7)");
  EXPECT_EQ(journal().leases()->front().taken_at, at(0));
}

TEST_P(JournalContract, GivesOneLeaseAServiceAndNamesItsHolder) {
  ASSERT_TRUE(journal().begin(started("d1"), at(0), "ada").has_value());
  const auto second = journal().begin(started("d2"), at(1), "bob");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
  EXPECT_NE(second.error().message.find("d1"), std::string::npos) << second.error().message;
  EXPECT_NE(second.error().message.find("ada"), std::string::npos) << second.error().message;
  EXPECT_EQ(journal().load("d2").error().kind, ErrorKind::NotFound) << "nothing was written";
  EXPECT_TRUE(journal().begin(started("d3", "api"), at(1), "bob").has_value()) << "another service is free";
  EXPECT_EQ(journal().unarchived(), (std::vector<std::string>{"d1", "d3"}));
}

TEST_P(JournalContract, BeginsTheMembersOfAReleaseTogetherOrNotAtAll) {
  ASSERT_TRUE(journal().begin(started("d1"), at(0), "ada").has_value());
  const auto refused = journal().begin_together({started("d2", "api"), started("d3")}, at(1), "bob");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  crash();
  EXPECT_EQ(journal().load("d2").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(journal().leases()->size(), 1u);
  ASSERT_TRUE(journal().finish(summary("d1", rollout::Outcome::RolledBack, 9), nullptr).has_value());
  ASSERT_TRUE(journal().enqueue_together({{started("d4", "api").plan, at(2)}, {started("d5").plan, at(2)}}));
  const auto leases = journal().begin_together({started("d4", "api"), started("d5")}, at(10), "bob");
  ASSERT_TRUE(leases.has_value()) << leases.error().message;
  ASSERT_EQ(leases->size(), 2u);
  EXPECT_EQ(leases->front().deployment, "d4");
  EXPECT_EQ(leases->back().epoch, 2);
  crash();
  EXPECT_TRUE(journal().queued()->empty());
  EXPECT_EQ(journal().load("d5")->size(), 1u);
}

TEST_P(JournalContract, KeepsThoseThatWaitTogetherOrNone) {
  ASSERT_TRUE(journal().enqueue({started("d1").plan, at(1)}).has_value());
  const Status refused = journal().enqueue_together({{started("d2", "api").plan, at(2)}, {started("d3").plan, at(2)}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  crash();
  EXPECT_EQ(journal().queued()->size(), 1u);
}

TEST_P(JournalContract, TheEpochRisesWithEveryHolder) {
  deploy("d1", 10);
  const auto second = journal().begin(started("d2"), at(20), "bob");
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->epoch, 2);
}

TEST_P(JournalContract, RefusesARecordThatDoesNotFollow) {
  ASSERT_TRUE(journal().begin(started("d1"), at(0), "ada").has_value());
  const auto append = [&](int sequence) {
    return journal().append("d1", {sequence, at(1), rollout::HoldRequested{"ada"}});
  };
  ASSERT_TRUE(append(1).has_value());
  for (const int wrong : {0, 1, 3}) {
    const Status status = append(wrong);
    ASSERT_FALSE(status.has_value()) << wrong;
    EXPECT_EQ(status.error().kind, ErrorKind::Conflict);
  }
  EXPECT_EQ(journal().load("d1")->size(), 2u);
  EXPECT_EQ(journal().append("nowhere", {0, at(1), rollout::DeadlineReached{}}).error().kind, ErrorKind::NotFound);
}

TEST_P(JournalContract, FinishingFreesTheLeaseAndSetsWhatIsLive) {
  ASSERT_TRUE(journal().begin(started("d1"), at(0), "ada").has_value());
  const ports::LiveService serving = live("rev-d1");
  ASSERT_TRUE(journal().finish(summary("d1", rollout::Outcome::Succeeded, 9), &serving).has_value());
  crash();
  EXPECT_TRUE(journal().leases()->empty());
  EXPECT_EQ(journal().live({"shop", "local", "web"}).value(), serving);
  EXPECT_EQ(journal().live({"shop", "local", "api"}).value(), std::nullopt);
  EXPECT_EQ(journal().all_live().value(), std::vector{serving});
}

TEST_P(JournalContract, KeepsTheLastProgressToTheByteUntilTheEnd) {
  const std::string bytes("a\0\xff\n", 4);
  EXPECT_EQ(journal().keep_progress("d1", bytes).error().kind, ErrorKind::NotFound);
  ASSERT_TRUE(journal().begin(started("d1"), at(0), "ada").has_value());
  EXPECT_EQ(journal().progress("d1").value(), std::nullopt);
  ASSERT_TRUE(journal().keep_progress("d1", "older").has_value());
  ASSERT_TRUE(journal().keep_progress("d1", bytes).has_value());
  crash();
  EXPECT_EQ(journal().progress("d1").value(), bytes);
  ASSERT_TRUE(journal().finish(summary("d1", rollout::Outcome::RolledBack, 9), nullptr).has_value());
  EXPECT_EQ(journal().progress("d1").value(), std::nullopt);
}

TEST_P(JournalContract, WhatWasTakenBackLeavesLiveAsItWas) {
  deploy("d1", 10);
  ASSERT_TRUE(journal().begin(started("d2"), at(11), "ada").has_value());
  ASSERT_TRUE(journal().finish(summary("d2", rollout::Outcome::RolledBack, 20), nullptr).has_value());
  EXPECT_EQ(journal().live({"shop", "local", "web"}).value()->revision.id, "rev-d1");
  EXPECT_EQ(served(), std::vector<std::string>{"rev-d1"});
}

TEST_P(JournalContract, FinishingAgainChangesNothing) {
  deploy("d1", 10);
  deploy("d2", 20);
  const ports::LiveService old = live("rev-d1");
  ASSERT_TRUE(journal().finish(summary("d1", rollout::Outcome::RolledBack, 30), &old).has_value());
  EXPECT_EQ(journal().live({"shop", "local", "web"}).value()->revision.id, "rev-d2");
  const auto history = journal().history(std::nullopt, 10);
  ASSERT_EQ(history->size(), 2u);
  EXPECT_EQ(history->back().outcome, rollout::Outcome::Succeeded);
}

TEST_P(JournalContract, AnEndedDeploymentStillTellsAboutItsMessages) {
  deploy("d1", 10);
  ASSERT_TRUE(journal().begin(started("d2"), at(11), "ada").has_value()) << "somebody else has the lease now";
  EXPECT_TRUE(journal().append("d1", {1, at(12), rollout::MessageDelivered{"t"}}).has_value());
  EXPECT_EQ(journal().unarchived(), (std::vector<std::string>{"d1", "d2"}));
  ASSERT_TRUE(journal().archive("d1").has_value());
  ASSERT_TRUE(journal().archive("d1").has_value()) << "again";
  EXPECT_EQ(journal().unarchived(), std::vector<std::string>{"d2"});
  EXPECT_EQ(journal().load("d1")->size(), 2u) << "an archived one can still be read";
  EXPECT_EQ(journal().archive("nowhere").error().kind, ErrorKind::NotFound);
}

TEST_P(JournalContract, ADeploymentThatWaitsIsKeptUntilItBegins) {
  ASSERT_TRUE(journal().begin(started("d1"), at(0), "ada").has_value());
  const rollout::Plan waiting = started("d2").plan;
  ASSERT_TRUE(journal().enqueue({waiting, at(1)}).has_value());
  const Status second = journal().enqueue({started("d3").plan, at(2)});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
  EXPECT_NE(second.error().message.find("d2"), std::string::npos) << second.error().message;
  ASSERT_TRUE(journal().enqueue({started("d4", "api").plan, at(3)}).has_value()) << "another service";
  crash();
  auto queued = journal().queued();
  ASSERT_TRUE(queued.has_value()) << queued.error().message;
  ASSERT_EQ(queued->size(), 2u);
  EXPECT_EQ(queued->front().plan.deployment, "d4");
  EXPECT_TRUE(queued->back().plan == waiting);
  EXPECT_EQ(queued->back().at, at(1));
  EXPECT_EQ(journal().load("d2").error().kind, ErrorKind::NotFound) << "it has not begun";
  ASSERT_TRUE(journal().finish(summary("d1", rollout::Outcome::RolledBack, 9), nullptr).has_value());
  ASSERT_TRUE(journal().begin(started("d2"), at(10), "ada").has_value());
  crash();
  ASSERT_EQ(journal().queued()->size(), 1u);
  EXPECT_EQ(journal().queued()->front().plan.deployment, "d4");
}

TEST_P(JournalContract, ADeploymentThatWaitedInVainHasAnEnd) {
  ASSERT_TRUE(journal().enqueue({started("d2").plan, at(1)}).has_value());
  ASSERT_TRUE(journal().give_up(summary("d2", rollout::Outcome::FailedBeforeTraffic, 9)).has_value());
  ASSERT_TRUE(journal().give_up(summary("d2", rollout::Outcome::FailedBeforeTraffic, 9)).has_value()) << "again";
  crash();
  EXPECT_TRUE(journal().queued()->empty());
  EXPECT_TRUE(journal().unarchived()->empty());
  EXPECT_EQ(journal().load("d2")->size(), 1u) << "asked for again, it is known";
  ASSERT_EQ(journal().history(std::nullopt, 10)->size(), 1u);
  EXPECT_EQ(journal().history(std::nullopt, 10)->front().outcome, rollout::Outcome::FailedBeforeTraffic);
  EXPECT_TRUE(journal().begin(started("d3"), at(10), "ada").has_value()) << "it never had the lease";
}

TEST_P(JournalContract, HistoryIsNewestFirstAndWhole) {
  deploy("d1", 10);
  ASSERT_TRUE(journal().begin(started("d2"), at(11), "ada").has_value());
  ASSERT_TRUE(journal().finish(summary("d2", rollout::Outcome::RolledBack, 20), nullptr).has_value());
  ASSERT_TRUE(journal().begin(started("d3", "api"), at(11), "ada").has_value());
  ASSERT_TRUE(journal().finish(summary("d3", rollout::Outcome::Cancelled, 15, "api"), nullptr).has_value());
  crash();
  const auto ids = [&](const std::optional<rollout::ServiceKey>& service, int most) {
    std::vector<std::string> listed;
    const auto history = journal().history(service, most);
    for (const auto& entry : history.value()) listed.push_back(entry.deployment);
    return listed;
  };
  EXPECT_EQ(ids(std::nullopt, 10), (std::vector<std::string>{"d2", "d3", "d1"}));
  EXPECT_EQ(ids(std::nullopt, 2), (std::vector<std::string>{"d2", "d3"}));
  EXPECT_EQ(ids(std::nullopt, 0), std::vector<std::string>{});
  EXPECT_EQ(ids(rollout::ServiceKey{"shop", "local", "web"}, 10), (std::vector<std::string>{"d2", "d1"}));
  const ports::DeploymentSummary expected = summary("d2", rollout::Outcome::RolledBack, 20);
  const ports::DeploymentSummary kept = journal().history(std::nullopt, 1)->front();
  EXPECT_EQ(kept.service, expected.service);
  EXPECT_EQ(kept.revision, expected.revision);
  EXPECT_EQ(kept.label, expected.label);
  EXPECT_EQ(kept.image, expected.image);
  EXPECT_EQ(kept.previous_revision, expected.previous_revision);
  EXPECT_EQ(kept.requested_by, expected.requested_by);
  EXPECT_EQ(kept.outcome, expected.outcome);
  EXPECT_EQ(kept.cause_kind, expected.cause_kind);
  EXPECT_EQ(kept.cause, expected.cause);
  EXPECT_EQ(kept.started_at, expected.started_at);
  EXPECT_EQ(kept.full_at, std::nullopt);
  EXPECT_EQ(kept.ended_at, expected.ended_at);
  EXPECT_EQ(journal().history(std::nullopt, 10)->back().full_at, at(9));
}

TEST_P(JournalContract, RevisionsThatServedAreNewestFirstWithoutDoubles) {
  deploy("d1", 10);
  deploy("d2", 20);
  deploy("d3", 30, "rev-d1");
  EXPECT_EQ(served(), (std::vector<std::string>{"rev-d1", "rev-d2"}));
  EXPECT_EQ(served(1), std::vector<std::string>{"rev-d1"});
  EXPECT_EQ(journal().revisions({"shop", "local", "web"}, 1)->front(), revision("rev-d1"));
}

}  // namespace sluice::contract
