// With AWS_ENDPOINT_URL_S3 set, the contract is held against what answers there (the simulator's S3), in the bucket
// `journal`; without it, against a fake.
#include "adapters/aws/s3/journal.h"

#include <cstdlib>

#include "adapters/aws/client_pool.h"
#include "contract/journal_contract.h"
#include "support/fake_s3.h"

namespace sluice::aws::s3 {
namespace {

using contract::JournalContract;
using contract::JournalWorldFactory;

constexpr Milliseconds kLease{std::chrono::hours(1)};

/// A sluice on a machine of its own, with the journal that all share.
struct OneSluice {
  OneSluice(Surroundings around, const std::string& home, const std::string& called, const std::string& prefix)
      : clients(test::at_once(), std::move(around)),
        store(**clients.get("eu-west-1", ""), "journal", prefix),
        own(home + "/" + called),
        name(called) {
    start();
  }
  void start() {
    journal.reset();
    holder.reset();
    auto held = Holder::create(
        {.owner = name, .lease = kLease, .on_lost = [this](const std::string& why) { lost = why; }, .uptime = {}},
        store, own);
    ASSERT_TRUE(held.has_value()) << held.error().message;
    holder = std::move(*held);
    auto opened = Journal::open(store, *holder, [this](Milliseconds) -> Status {
      on_pause();
      return {};
    });
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    journal = std::move(*opened);
  }
  ClientPool clients;
  ObjectStore store;
  KeptInFolder own;
  std::string name;
  std::string lost;
  std::function<void()> on_pause = [] {};
  std::unique_ptr<Holder> holder;
  std::unique_ptr<Journal> journal;
};

class S3World final : public contract::JournalWorld {
 public:
  S3World() {
    for (const char* name : {"AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) {
      if (const char* value = std::getenv(name)) s3_.around.variables[name] = value;
    }
    sluice_ = std::make_unique<OneSluice>(s3_.around.get(), s3_.around.home(), "ada", fresh_name() + "/");
  }
  ports::Journal& journal() override { return *sluice_->journal; }
  void crash() override { sluice_->start(); }

 private:
  test::FakeS3 s3_;
  std::unique_ptr<OneSluice> sluice_;
};

INSTANTIATE_TEST_SUITE_P(S3, JournalContract,
                         testing::Values(JournalWorldFactory{"S3", [] { return std::make_unique<S3World>(); }}),
                         [](const auto& one) { return one.param.name; });

rollout::Started started(const std::string& deployment, const std::string& service = "web") {
  rollout::Started event;
  event.plan.deployment = deployment;
  event.plan.service = {"shop", "staging", service};
  event.plan.green.id = "rev-" + deployment;
  event.plan.strategy.steps = {{Weight::full(), std::chrono::seconds{10}}};
  return event;
}

ports::DeploymentSummary summary(const std::string& deployment, const std::string& service = "web") {
  ports::DeploymentSummary summary;
  summary.deployment = deployment;
  summary.service = {"shop", "staging", service};
  return summary;
}

const TimePoint kAt{Milliseconds(1'795'446'000'000)};

ports::JournalRecord record(int sequence, const std::string& by = "ada") {
  return {sequence, kAt + std::chrono::seconds(sequence), rollout::HoldRequested{by}};
}

struct SharedJournal : testing::Test {
  test::FakeS3 s3;
  OneSluice a{s3.around.get(), s3.around.home(), "ada", "p/"};
  OneSluice b{s3.around.get(), s3.around.home(), "bob", "p/"};

  std::string id_of_a() { return b.journal->others()->at(0).id; }
};

TEST_F(SharedJournal, WhatOneHasUnderWayTheOtherSeesAndLeavesAlone) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  ASSERT_TRUE(a.journal->enqueue({started("d2", "api").plan, kAt}).has_value());
  const auto refused = b.journal->begin(started("d3"), kAt, "bob");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
  EXPECT_NE(refused.error().message.find("`sluice recover` takes it over"), std::string::npos);
  EXPECT_TRUE(b.journal->unarchived()->empty());
  EXPECT_TRUE(b.journal->queued()->empty());
  EXPECT_EQ(b.journal->leases()->size(), 1U);
  const auto others = b.journal->others();
  ASSERT_EQ(others->size(), 1U);
  EXPECT_EQ(others->front().name, "ada");
  EXPECT_EQ(others->front().held, (std::vector<ports::OtherOwner::Held>{{"d1", {"shop", "staging", "web"}},
                                                                        {"d2", {"shop", "staging", "api"}}}));
  EXPECT_FALSE(others->front().may_be_taken_over());
  EXPECT_EQ(b.journal->others()->front().last_word, others->front().last_word) << "nothing was heard since";
  a.start();
  ASSERT_TRUE(a.holder->claim());
  EXPECT_NE(b.journal->others()->front().last_word, others->front().last_word);
  EXPECT_EQ(b.journal->take_over(others->front().id, false).error().kind, ErrorKind::Conflict);
  EXPECT_TRUE(a.journal->append("d1", record(1)).has_value());
  EXPECT_EQ(b.journal->append("d1", record(2)).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(b.journal->load("d1")->size(), 2U);
}

TEST_F(SharedJournal, OneThatWasNotHeardOfForItsLeaseIsTakenOverWithAllThatItHas) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  ASSERT_TRUE(a.journal->begin(started("d3", "db"), kAt, "ada").has_value());
  ASSERT_TRUE(a.journal->append("d1", record(1)).has_value());
  ASSERT_TRUE(a.journal->enqueue({started("d2", "api").plan, kAt}).has_value());
  s3.pass(3600 + 2);
  EXPECT_FALSE(b.journal->others()->front().may_be_taken_over()) << "the clocks tell whole seconds";
  s3.pass(1);
  EXPECT_TRUE(b.journal->others()->front().may_be_taken_over());
  ASSERT_TRUE(b.journal->take_over(id_of_a(), false).has_value());
  EXPECT_EQ(*b.journal->unarchived(), (std::vector<std::string>{"d1", "d3"}));
  EXPECT_EQ(b.journal->queued()->size(), 1U);
  EXPECT_EQ(b.journal->leases()->front().owner, "bob");
  EXPECT_EQ(b.journal->leases()->front().epoch, 2);
  EXPECT_EQ(b.journal->load("d1")->size(), 2U);
  EXPECT_EQ(b.journal->load("d3")->size(), 1U);
  EXPECT_TRUE(b.journal->append("d1", record(2)).has_value());

  EXPECT_EQ(a.journal->append("d1", record(2)).error().kind, ErrorKind::Conflict);
  EXPECT_NE(a.lost.find("taken over"), std::string::npos) << a.lost;
  EXPECT_EQ(a.journal->append("d3", record(1)).error().kind, ErrorKind::Conflict) << "it had no object of its own yet";
  EXPECT_EQ(a.journal->finish(summary("d1"), nullptr).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(a.journal->keep_progress("d1", "x").error().kind, ErrorKind::Conflict);
  EXPECT_EQ(a.journal->begin(started("d4", "new"), kAt, "ada").error().kind, ErrorKind::Conflict);
  EXPECT_EQ(b.journal->load("d1")->size(), 3U);
}

TEST_F(SharedJournal, OneThatIsAliveIsTakenOverByForceAlone) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  ASSERT_TRUE(b.journal->take_over(id_of_a(), true).has_value());
  ASSERT_TRUE(b.journal->load("d1").has_value());
  EXPECT_EQ(a.journal->append("d1", record(1)).error().kind, ErrorKind::Conflict);
  a.start();
  EXPECT_TRUE(a.journal->unarchived()->empty());
  EXPECT_TRUE(a.journal->begin(started("d5", "api"), kAt, "ada").has_value()) << "under another name";
}

TEST_F(SharedJournal, ATakeoverThatWasCutShortIsDoneAgain) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  const std::string id = id_of_a();
  ASSERT_TRUE(b.holder->claim());
  ASSERT_TRUE(b.holder->mark_taken(id, *b.holder->look_at(id)).has_value());  // and dies
  OneSluice c{s3.around.get(), s3.around.home(), "cleo", "p/"};
  EXPECT_TRUE(c.journal->others()->front().may_be_taken_over());
  ASSERT_TRUE(c.journal->take_over(id, false).has_value());
  c.start();  // before it has read anything
  EXPECT_EQ(*c.journal->unarchived(), std::vector<std::string>{"d1"});
  EXPECT_EQ(c.journal->load("d1")->size(), 1U);
  EXPECT_EQ(a.journal->append("d1", record(1)).error().kind, ErrorKind::Conflict);
}

TEST_F(SharedJournal, AWriteWhoseAnswerWasLostIsNeitherDoneTwiceNorForgotten) {
  s3.lose_answers(1, "index.json");
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  EXPECT_EQ(a.journal->leases()->front().epoch, 1);
  s3.lose_answers(1, "d1.txt");
  ASSERT_TRUE(a.journal->append("d1", record(1)).has_value());
  s3.lose_answers(1, "d1.txt");
  ASSERT_TRUE(a.journal->append("d1", record(2)).has_value());
  EXPECT_EQ(b.journal->load("d1")->size(), 3U);
  s3.lose_answers(1, "index.json");
  ASSERT_TRUE(a.journal->finish(summary("d1"), nullptr).has_value());
  EXPECT_EQ(b.journal->history(std::nullopt, 10)->size(), 1U);
}

TEST_F(SharedJournal, AWriteWhoseAnswerWasLostIsFoundThoughTheNextLookFails) {
  s3.lose_answer_and_go("index.json");
  a.on_pause = [this, pauses = 0]() mutable { s3.set_down(++pauses < 2); };
  const auto begun = a.journal->begin(started("d1"), kAt, "ada");
  ASSERT_TRUE(begun.has_value()) << begun.error().message;
  EXPECT_EQ(b.journal->leases()->size(), 1U);
}

TEST_F(SharedJournal, AWriteThatAnotherOvertakesIsMadeAgain) {
  s3.overtake(2, "index.json");
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  s3.overtake(2, "d1.txt");
  ASSERT_TRUE(a.journal->append("d1", record(1)).has_value());
  EXPECT_EQ(b.journal->load("d1")->size(), 2U);
}

TEST_F(SharedJournal, AFileIsNotTakenToBeThereBecauseItsWriteWasOvertaken) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  ASSERT_TRUE(a.journal->finish(summary("d1"), nullptr).has_value());
  s3.overtake(1, "d1.txt");
  ASSERT_TRUE(a.journal->archive("d1").has_value());
  EXPECT_TRUE(s3.objects().contains("/journal/p/deployments/d1.txt"));

  ASSERT_TRUE(a.journal->begin(started("d2"), kAt, "ada").has_value());
  ASSERT_TRUE(a.journal->finish(summary("d2"), nullptr).has_value());
  s3.overtake(1000, "d2.txt");
  EXPECT_EQ(a.journal->archive("d2").error().kind, ErrorKind::Throttled);
  s3.overtake(0, "");
  ASSERT_TRUE(a.journal->archive("d2").has_value());
  EXPECT_TRUE(s3.objects().contains("/journal/p/deployments/d2.txt"));
}

TEST_F(SharedJournal, ARecordThatNobodyWasToldOfIsWrittenOver) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  ASSERT_TRUE(a.journal->append("d1", record(1)).has_value());
  s3.lose_answer_and_go("d1.txt");  // nobody hears of it
  EXPECT_EQ(a.journal->append("d1", record(2, "first")).error().kind, ErrorKind::Unavailable);
  EXPECT_NE(s3.objects().at("/journal/p/deployments/d1.txt").bytes.find("first"), std::string::npos);
  s3.set_down(false);
  ASSERT_TRUE(a.journal->append("d1", record(2, "second")).has_value());
  const auto records = b.journal->load("d1");
  ASSERT_EQ(records->size(), 3U);
  EXPECT_EQ(records->back().event, rollout::Event(rollout::HoldRequested{"second"}));
}

TEST_F(SharedJournal, WithS3AwayNothingIsWrittenAndThenItGoesOn) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  s3.set_down(true);
  EXPECT_EQ(a.journal->append("d1", record(1)).error().kind, ErrorKind::Unavailable);
  EXPECT_EQ(a.journal->begin(started("d2", "api"), kAt, "ada").error().kind, ErrorKind::Unavailable);
  s3.set_down(false);
  EXPECT_TRUE(a.journal->append("d1", record(1)).has_value());
  EXPECT_EQ(a.journal->load("d1")->size(), 2U);
}

TEST_F(SharedJournal, TwoThatWriteAtOnceBothGetTheirTurn) {
  std::vector<std::jthread> threads;
  for (OneSluice* const sluice : {&a, &b}) {
    threads.emplace_back([sluice] {
      for (int i = 0; i < 10; ++i) {
        const std::string name = sluice->name + std::to_string(i);
        ASSERT_TRUE(sluice->journal->begin(started(name, name), kAt, sluice->name).has_value()) << name;
        ASSERT_TRUE(sluice->journal->append(name, record(1)).has_value());
      }
    });
  }
  threads.clear();
  EXPECT_EQ(a.journal->leases()->size(), 20U);
}

TEST_F(SharedJournal, WithNothingUnderWayNothingIsSaid) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  ASSERT_TRUE(a.journal->finish(summary("d1"), nullptr).has_value());
  ASSERT_TRUE(a.journal->archive("d1").has_value());
  const long writes = s3.writes();
  EXPECT_TRUE(a.holder->may_act(false));
  EXPECT_EQ(s3.writes(), writes);
  EXPECT_TRUE(b.journal->others()->empty());
}

TEST_F(SharedJournal, OneOfANewerSluiceIsLeftAlone) {
  ASSERT_TRUE(a.journal->begin(started("d1"), kAt, "ada").has_value());
  std::string index = s3.objects().at("/journal/p/index.json").bytes;
  index.replace(index.find("\"v\":1"), 5, "\"v\":9");
  s3.put("/journal/p/index.json", index);
  const auto refused = b.journal->begin(started("d2", "api"), kAt, "bob");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message.find("newer sluice"), std::string::npos) << refused.error().message;
  EXPECT_EQ(s3.objects().at("/journal/p/index.json").bytes, index);
}

}  // namespace
}  // namespace sluice::aws::s3
