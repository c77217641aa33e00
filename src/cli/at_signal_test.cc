#include "cli/at_signal.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::cli {
namespace {

AtSignal chosen(const std::string& command, const std::vector<std::string>& options, bool can_ask, bool shared) {
  Invocation invocation;
  invocation.command = command;
  for (const std::string& option : options) {
    const std::size_t equals = std::min(option.find('='), option.size());
    invocation.arguments.add(option.substr(0, equals), option.substr(std::min(equals + 1, option.size())));
  }
  return at_signal_of(invocation, can_ask, shared).value();
}

TEST(AtSignal, AJobWithASharedJournalTakesBackAndAMachineGoesOn) {
  EXPECT_EQ(chosen("deploy", {}, false, true), AtSignal::RollBack);
  EXPECT_EQ(chosen("deploy", {}, false, false), AtSignal::Detach);
  EXPECT_EQ(chosen("recover", {"wait="}, false, true), AtSignal::RollBack);
  EXPECT_EQ(chosen("recover", {}, false, true), AtSignal::Detach);
  EXPECT_EQ(chosen("watch", {}, false, true), AtSignal::Detach) << "it is somebody else's deployment";
}

TEST(AtSignal, ATerminalIsAskedAndAWordGoesBeforeAll) {
  EXPECT_EQ(chosen("deploy", {}, true, true), AtSignal::Ask);
  EXPECT_EQ(chosen("watch", {}, true, false), AtSignal::Ask);
  EXPECT_EQ(chosen("deploy", {"on-signal=park"}, true, true), AtSignal::Park);
  EXPECT_EQ(chosen("deploy", {"on-signal=rollback"}, false, false), AtSignal::RollBack);
  EXPECT_EQ(chosen("deploy", {"on-signal=detach"}, false, true), AtSignal::Detach);
  Invocation wrong;
  wrong.arguments.add("on-signal", "stop");
  EXPECT_FALSE(at_signal_of(wrong, false, false).has_value());
}

TEST(Told, KnowsWhatIsUnderWay) {
  Told told;
  const auto event = [](const char* id, const char* outcome) {
    boost::json::object view{
        {"type", "deployment"}, {"deployment", id}, {"project", "p"}, {"environment", "e"}, {"service", "s"}};
    view["outcome"] = *outcome == '\0' ? boost::json::value() : boost::json::value(outcome);
    return view;
  };
  told.learn({{"type", "accepted"}, {"deployment", "d1"}});
  EXPECT_TRUE(told.under_way().empty()) << "it has not begun";
  told.learn(event("d1", ""));
  told.learn(event("d2", ""));
  told.learn(event("d1", ""));
  ASSERT_EQ(told.under_way().size(), 2U);
  EXPECT_EQ(told.under_way().front().service, "p/e/s");
  told.learn(event("d1", "succeeded"));
  told.learn(event("d3", "succeeded"));
  ASSERT_EQ(told.under_way().size(), 1U);
  EXPECT_EQ(told.under_way().front().id, "d2");
}

}  // namespace
}  // namespace sluice::cli
