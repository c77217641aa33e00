#include "adapters/aws/s3/holder.h"

#include <gtest/gtest.h>

#include <atomic>

#include "adapters/aws/client_pool.h"
#include "support/fake_s3.h"

namespace sluice::aws::s3 {
namespace {

constexpr Milliseconds kLease{std::chrono::hours(1)};  // so that the beats do not come in between

/// One machine with its home, and its time since it was started.
struct OneMachine {
  OneMachine(test::FakeS3& s3, const std::string& called)
      : clients(test::at_once(), s3.around.get()),
        store(**clients.get("eu-west-1", ""), "bucket", "prefix/"),
        own(s3.around.home() + "/" + called),
        name(called) {
    start();
  }
  void start() {
    holder.reset();
    holder = std::move(*Holder::create({.owner = name,
                                        .lease = kLease,
                                        .on_lost = [this](const std::string& why) { lost = why; },
                                        .uptime = [this] { return Milliseconds(uptime.load()); }},
                                       store, own));
  }
  ClientPool clients;
  ObjectStore store;
  KeptInFolder own;
  std::string name;
  std::atomic<long> uptime = 1'000'000;
  std::string lost;
  std::unique_ptr<Holder> holder;
};

struct TwoMachines : testing::Test {
  test::FakeS3 s3;
  OneMachine a{s3, "ada"};
  OneMachine b{s3, "bob"};

  void take_a_over() { ASSERT_TRUE(b.holder->mark_taken(a.holder->id(), *b.holder->look_at(a.holder->id()))); }
};

TEST_F(TwoMachines, AHolderMayActWhileItsLeaseIsFreshAndAsksS3Then) {
  EXPECT_TRUE(a.holder->may_act(false)) << "with nothing held there is nothing to lose";
  ASSERT_TRUE(a.holder->claim());
  const long before = s3.writes();
  EXPECT_TRUE(a.holder->may_act(false));
  EXPECT_EQ(s3.writes(), before);
  a.uptime += kLease.count();
  EXPECT_TRUE(a.holder->may_act(false));
  EXPECT_EQ(s3.writes(), before + 1) << "it said that it lives";
}

TEST_F(TwoMachines, AHolderWhoseWriteIsOvertakenHasLostNothing) {
  s3.overtake(2, ".json");
  ASSERT_TRUE(a.holder->claim());
  a.uptime += kLease.count();
  s3.overtake(1000, ".json");
  EXPECT_EQ(a.holder->may_act(false).error().kind, ErrorKind::Unavailable);
  s3.overtake(0, "");
  EXPECT_TRUE(a.holder->may_act(false));
  EXPECT_EQ(a.lost, "");
}

TEST_F(TwoMachines, OneThatWasStoppedLearnsThatItWasTakenOverBeforeItActs) {
  ASSERT_TRUE(a.holder->claim());
  take_a_over();
  a.uptime += kLease.count();
  for (const bool urgent : {true, false}) {
    const Status may = a.holder->may_act(urgent);
    ASSERT_FALSE(may.has_value());
    EXPECT_EQ(may.error().kind, ErrorKind::Conflict);
    EXPECT_NE(may.error().message.find("bob has taken over"), std::string::npos) << may.error().message;
  }
  EXPECT_NE(a.lost.find("bob"), std::string::npos);
  EXPECT_EQ(a.holder->claim().error().kind, ErrorKind::Conflict);
}

TEST_F(TwoMachines, WithoutAnAnswerOfS3OnlyWhatIsUrgentHappens) {
  ASSERT_TRUE(a.holder->claim());
  s3.set_down(true);
  a.uptime += kLease.count();
  EXPECT_EQ(a.holder->may_act(false).error().kind, ErrorKind::Unavailable);
  EXPECT_TRUE(a.holder->may_act(true));
  s3.set_down(false);
  EXPECT_TRUE(a.holder->may_act(false));
  EXPECT_EQ(a.lost, "");
}

TEST_F(TwoMachines, AWriteWhoseAnswerWasLostIsNoneOfAnother) {
  ASSERT_TRUE(a.holder->claim());
  s3.lose_answers(1, ".json");
  a.uptime += kLease.count();
  EXPECT_TRUE(a.holder->may_act(false));
  EXPECT_EQ(a.lost, "");
}

TEST_F(TwoMachines, OneThatIsHeardOfMeanwhileIsNotTakenOver) {
  ASSERT_TRUE(a.holder->claim());
  const auto seen = b.holder->look_at(a.holder->id());
  a.uptime += kLease.count();
  ASSERT_TRUE(a.holder->may_act(false));
  EXPECT_EQ(b.holder->mark_taken(a.holder->id(), *seen).error().kind, ErrorKind::Conflict);
}

TEST_F(TwoMachines, ItsAgeIsToldByTheClockOfS3) {
  ASSERT_TRUE(a.holder->claim());
  s3.pass(77);
  EXPECT_EQ((*b.holder->look_at(a.holder->id()))->age, Milliseconds(77'000));
  EXPECT_FALSE(b.holder->look_at("nobody")->has_value()) << "never heard of";
}

TEST_F(TwoMachines, AfterARestartItIsTheSameUnlessItWasTakenOver) {
  ASSERT_TRUE(a.holder->claim());
  const std::string id = a.holder->id();
  a.start();
  EXPECT_EQ(a.holder->id(), id);
  ASSERT_TRUE(a.holder->claim());
  take_a_over();
  a.start();
  ASSERT_TRUE(a.holder->claim());
  EXPECT_NE(a.holder->id(), id);
}

TEST_F(TwoMachines, OneThatLeavesNeedNotBeWaitedFor) {
  ASSERT_TRUE(a.holder->claim());
  a.holder->leave();
  EXPECT_EQ((*b.holder->look_at(a.holder->id()))->note.state, HolderNote::State::Left);
}

TEST_F(TwoMachines, TwoProcessesOfOneHomeFindOut) {
  ASSERT_TRUE(a.holder->claim());
  std::unique_ptr<Holder> first = std::move(a.holder);
  a.start();  // the home was copied
  ASSERT_TRUE(a.holder->claim());
  a.uptime += kLease.count();
  EXPECT_EQ(first->may_act(true).error().kind, ErrorKind::Conflict);
  EXPECT_NE(a.lost.find("another sluice uses the same SLUICE_HOME"), std::string::npos) << a.lost;
}

TEST(HolderNote, IsTheSameWhenItWasWrittenAndRead) {
  const HolderNote note{HolderNote::State::Taken, "i", 7, "ada \"x\"", Milliseconds(60'000), "bob"};
  EXPECT_EQ(*read_holder_note(to_text(note)), note);
  EXPECT_FALSE(read_holder_note("{}").has_value());
  EXPECT_FALSE(read_holder_note("").has_value());
}

}  // namespace
}  // namespace sluice::aws::s3
