#include "application/workflow/concurrency_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::application {
namespace {

using ::testing::ElementsAre;

class ConcurrencyGroupsTest : public ::testing::Test {
 protected:
  ConcurrencyGroups::Ticket enter(const std::string& name, const std::string& group = "g", bool cancel = false) {
    return groups_.enter(
        group, cancel,
        {[this, name] { log_.push_back(name + " in"); }, [this, name] { log_.push_back(name + " lost"); }});
  }
  ConcurrencyGroups groups_;
  std::vector<std::string> log_;
};

TEST_F(ConcurrencyGroupsTest, LetsOneRunAndOneWait) {
  const auto a = enter("a");
  enter("b", "G");
  EXPECT_THAT(log_, ElementsAre("a in"));
  groups_.leave(a);
  EXPECT_THAT(log_, ElementsAre("a in", "b in"));
}

TEST_F(ConcurrencyGroupsTest, DropsTheOneThatWaitsForANewerOne) {
  const auto a = enter("a");
  const auto b = enter("b");
  enter("c");
  EXPECT_THAT(log_, ElementsAre("a in", "b lost"));
  groups_.leave(b);
  groups_.leave(a);
  EXPECT_THAT(log_, ElementsAre("a in", "b lost", "c in"));
}

TEST_F(ConcurrencyGroupsTest, AsksTheRunningOneToEndOnceButLetsNobodyInBeforeItLeft) {
  const auto a = enter("a");
  enter("b", "g", true);
  enter("c", "g", true);
  EXPECT_THAT(log_, ElementsAre("a in", "a lost", "b lost"));
  groups_.leave(a);
  EXPECT_EQ(log_.back(), "c in");
}

TEST_F(ConcurrencyGroupsTest, KeepsGroupsApartAndForgetsThoseThatWait) {
  const auto a = enter("a", "one");
  enter("b", "two");
  const auto c = enter("c", "one");
  EXPECT_THAT(log_, ElementsAre("a in", "b in"));
  groups_.leave(c);
  groups_.leave(a);
  enter("d", "one");
  EXPECT_THAT(log_, ElementsAre("a in", "b in", "d in"));
}

}  // namespace
}  // namespace sluice::application
