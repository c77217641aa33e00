#include "adapters/sqlite/run_journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "adapters/sqlite/journal.h"

namespace sluice::sqlite {
namespace {

namespace fs = std::filesystem;
using ports::PipelineMessage;
using ports::RunRecord;
using testing::ElementsAre;
using testing::IsEmpty;
using workflow::Outcome;
using workflow::RunOutcome;

class SqliteRunJournal : public testing::Test {
 protected:
  SqliteRunJournal() {
    std::string name = (fs::temp_directory_path() / "sluice-runs-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    open();
  }
  ~SqliteRunJournal() override {
    journal_.reset();
    fs::remove_all(folder_);
  }
  std::string file() const { return (folder_ / "journal.db").string(); }
  void open() {
    journal_.reset();
    auto opened = RunJournal::open(file());
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    journal_ = std::move(*opened);
  }
  static TimePoint at(int seconds) { return TimePoint{Milliseconds{1'795'446'000'000 + seconds * 1000}}; }
  static RunRecord run(const std::string& id, int began_at = 0) {
    RunRecord run;
    run.run = id;
    run.repository = "/srv/git/shop.git";
    run.workflow = "Deploy";
    run.file = ".github/workflows/deploy.yml";
    run.title = "Deploy of \"x\"\nünïcode";
    run.event = "push";
    run.ref = "refs/heads/main";
    run.sha = std::string(40, 'a');
    run.actor = "ada";
    run.began_at = at(began_at);
    return run;
  }
  void begin(const std::string& id, int began_at = 0) {
    const Status begun = journal_->begin(run(id, began_at));
    ASSERT_TRUE(begun.has_value()) << begun.error().message;
  }

  fs::path folder_;
  std::unique_ptr<RunJournal> journal_;
};

TEST_F(SqliteRunJournal, KeepsARunWithItsJobsAndStepsOverACrash) {
  begin("r1");
  EXPECT_EQ(journal_->begin(run("r1")).error().kind, ErrorKind::Conflict);
  ASSERT_TRUE(journal_->put("r1", ports::RunJobRecord{.job = "test", .name = "Test", .began_at = at(1)}));
  ASSERT_TRUE(journal_->put("r1", ports::RunStepRecord{.job = "test", .step = 1, .name = "Make", .began_at = at(1)}));
  ASSERT_TRUE(journal_->put("r1", ports::RunStepRecord{.job = "test",
                                                       .step = 1,
                                                       .name = "Make",
                                                       .began_at = at(1),
                                                       .outcome = Outcome::Failure,
                                                       .message = "exit code 2",
                                                       .ended_at = at(3)}));
  ASSERT_TRUE(journal_->put(
      "r1", ports::RunStepRecord{.job = "test", .step = 2, .name = "Go", .began_at = at(4), .decides = true}));
  ASSERT_TRUE(journal_->step_deploys("r1", "test", 2, {"d2", "d1"}));
  ASSERT_TRUE(journal_->step_deploys("r1", "test", 2, {"d2", "d1"})) << "sent again";
  open();
  const auto kept = journal_->load("r1");
  ASSERT_TRUE(kept.has_value()) << kept.error().message;
  const RunRecord expected = run("r1");
  EXPECT_EQ(kept->repository, expected.repository);
  EXPECT_EQ(kept->workflow, expected.workflow);
  EXPECT_EQ(kept->file, expected.file);
  EXPECT_EQ(kept->title, expected.title);
  EXPECT_EQ(kept->event, expected.event);
  EXPECT_EQ(kept->ref, expected.ref);
  EXPECT_EQ(kept->sha, expected.sha);
  EXPECT_EQ(kept->actor, expected.actor);
  EXPECT_EQ(kept->began_at, expected.began_at);
  EXPECT_FALSE(kept->outcome);
  ASSERT_EQ(kept->jobs.size(), 1u);
  EXPECT_EQ(kept->jobs[0].name, "Test");
  EXPECT_FALSE(kept->jobs[0].outcome);
  ASSERT_EQ(kept->steps.size(), 2u);
  EXPECT_EQ(kept->steps[0].outcome, Outcome::Failure);
  EXPECT_EQ(kept->steps[0].message, "exit code 2");
  EXPECT_EQ(kept->steps[0].ended_at, at(3));
  EXPECT_FALSE(kept->steps[1].outcome);
  EXPECT_TRUE(kept->steps[1].decides);
  EXPECT_THAT(kept->steps[1].deployments, ElementsAre("d2", "d1")) << "in the order in which they were asked for";
}

TEST_F(SqliteRunJournal, AnEndIsFinalAndBringsItsMessage) {
  begin("r1");
  begin("r2");
  EXPECT_THAT(journal_->unended().value(), ElementsAre("r1", "r2"));
  const PipelineMessage message{"m1", "/srv/git/shop.git", "abc", "workflow Deploy failed", "step 2: exit code 1"};
  ASSERT_TRUE(journal_->end({"r1", RunOutcome::Failure, "step 2: exit code 1", at(9)}, &message));
  ASSERT_TRUE(journal_->end({"r1", RunOutcome::Success, "", at(10)}, nullptr));
  open();
  EXPECT_THAT(journal_->unended().value(), ElementsAre("r2"));
  const RunRecord ended = journal_->load("r1").value();
  EXPECT_EQ(ended.outcome, RunOutcome::Failure);
  EXPECT_EQ(ended.cause, "step 2: exit code 1");
  EXPECT_EQ(ended.ended_at, at(9));
  EXPECT_THAT(journal_->messages().value(), ElementsAre(message));
  ASSERT_TRUE(journal_->message_done("m1"));
  ASSERT_TRUE(journal_->message_done("m1")) << "again";
  open();
  EXPECT_THAT(journal_->messages().value(), IsEmpty());
}

TEST_F(SqliteRunJournal, HistoryIsOfEndedRunsNewestFirst) {
  for (const char* id : {"r1", "r2", "r3"}) begin(id);
  ASSERT_TRUE(journal_->end({"r2", RunOutcome::Success, "", at(5)}, nullptr));
  ASSERT_TRUE(journal_->end({"r1", RunOutcome::Interrupted, "the controller died", at(8)}, nullptr));
  const auto all = journal_->history(10).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].run, "r1");
  EXPECT_EQ(all[0].outcome, RunOutcome::Interrupted);
  EXPECT_EQ(all[1].run, "r2");
  EXPECT_EQ(journal_->history(1)->size(), 1u);
}

TEST_F(SqliteRunJournal, WhatIsOfNoKnownRunIsNotFound) {
  EXPECT_EQ(journal_->load("r9").error().kind, ErrorKind::NotFound);
  EXPECT_EQ(journal_->put("r9", ports::RunJobRecord{.job = "test"}).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(journal_->put("r9", ports::RunStepRecord{.job = "test", .step = 1}).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(journal_->end({"r9", RunOutcome::Success, "", at(1)}, nullptr).error().kind, ErrorKind::NotFound);
  begin("r1");
  EXPECT_EQ(journal_->step_deploys("r1", "test", 1, {"d1"}).error().kind, ErrorKind::NotFound);
}

TEST_F(SqliteRunJournal, SharesItsFileWithTheJournalOfDeployments) {
  auto deployments = Journal::open(file());
  ASSERT_TRUE(deployments.has_value()) << deployments.error().message;
  begin("r1");
  rollout::Started started;
  started.plan.deployment = "d1";
  started.plan.service = {"shop", "local", "web"};
  started.plan.green.id = "rev-1";
  started.plan.strategy.steps = {{Weight::full(), Milliseconds{0}}};
  ASSERT_TRUE((*deployments)->begin(started, at(1), "ada").has_value());
  EXPECT_THAT(journal_->unended().value(), ElementsAre("r1"));
  EXPECT_EQ((*deployments)->unarchived().value(), std::vector<std::string>{"d1"});
}

}  // namespace
}  // namespace sluice::sqlite
