#include "adapters/aws/named_alarms.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using rollout::Witness;
using rollout::WitnessState;
using test::Answer;
using test::AwsSurroundings;

const rollout::Target kPlace = rollout::GatewayTarget{.region = "eu-west-1"};
const TimePoint kNoon = *parse_rfc3339("2026-01-02T12:00:00Z");

/// CloudWatch with the alarms that the test says.
struct CloudWatch {
  std::mutex mutex;
  std::map<std::string, std::string> states;  ///< By name.
  int status = 200;
  std::vector<std::size_t> asked;  ///< How many names each call had.
  AwsSurroundings around{[this](const std::string& request) {
    const std::lock_guard lock(mutex);
    const auto input = json::parse(request.substr(request.find("\r\n\r\n") + 4)).as_object();
    const json::array& names = input.at("AlarmNames").as_array();
    asked.push_back(names.size());
    if (status != 200) return Answer{status, R"({"__type":"AccessDeniedException","message":"not you"})"};
    json::array told;
    for (const json::value& name : names) {
      const auto found = states.find(std::string(name.as_string()));
      if (found == states.end()) continue;
      told.push_back({{"AlarmName", found->first},
                      {"StateValue", found->second},
                      {"StateReason", "Threshold Crossed"},
                      {"StateTransitionedTimestamp", static_cast<double>(kNoon.time_since_epoch().count()) / 1000}});
    }
    return Answer{200, json::serialize(json::object{{"MetricAlarms", told}, {"CompositeAlarms", json::array{}}})};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  NamedAlarms alarms{clients, around.clock};

  void set(const std::string& name, const std::string& state) {
    const std::lock_guard lock(mutex);
    states[name] = state;
  }
  bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (!condition() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return condition();
  }
};

TEST(NamedAlarms, SayWhatTheyAre) {
  CloudWatch cloud;
  cloud.states = {{"a", "OK"}, {"b", "ALARM"}, {"c", "INSUFFICIENT_DATA"}};
  const auto said = cloud.alarms.look(kPlace, {"b", "a", "c", "d"}, {});
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_EQ(*said, (std::vector<Witness>{{"b", WitnessState::Firing, "Threshold Crossed", kNoon},
                                         {"a", WitnessState::Ok, "Threshold Crossed", kNoon},
                                         {"c", WitnessState::NoData, "Threshold Crossed", kNoon},
                                         {.alarm = "d", .state = WitnessState::Missing}}));
}

TEST(NamedAlarms, AreAskedAHundredAtOnce) {
  CloudWatch cloud;
  std::vector<std::string> names;
  for (int i = 0; i < 150; ++i) names.push_back(fmt::format("alarm-{}", i));
  ASSERT_TRUE(cloud.alarms.look(kPlace, names, {}));
  EXPECT_EQ(cloud.asked, (std::vector<std::size_t>{100, 50}));
}

TEST(NamedAlarms, AreAskedAgainWhileSomebodyReads) {
  CloudWatch cloud;
  cloud.states = {{"a", "OK"}};
  ASSERT_TRUE(cloud.alarms.look(kPlace, {"a"}, {}));
  cloud.set("a", "ALARM");
  const auto is_firing = [&] {
    const auto said = cloud.alarms.read(kPlace, {"a"});
    return said && said->front().state == WitnessState::Firing;
  };
  EXPECT_FALSE(is_firing());
  cloud.around.clock.move(NamedAlarms::kInterval);
  EXPECT_TRUE(cloud.eventually(is_firing));
}

TEST(NamedAlarms, TellTheReasonWhenNobodyAnswersForLong) {
  CloudWatch cloud;
  cloud.states = {{"a", "OK"}};
  ASSERT_TRUE(cloud.alarms.look(kPlace, {"a"}, {}));
  {
    const std::lock_guard lock(cloud.mutex);
    cloud.status = 403;
  }
  EXPECT_EQ(cloud.alarms.look(kPlace, {"a"}, {}).error().kind, ErrorKind::Denied);
  EXPECT_TRUE(cloud.alarms.read(kPlace, {"a"}));
  cloud.around.clock.move(NamedAlarms::kErrorAfter + 1ms);
  EXPECT_EQ(cloud.alarms.read(kPlace, {"a"}).error().kind, ErrorKind::Denied);
  EXPECT_EQ(cloud.alarms.read(kPlace, {"b"}).error().kind, ErrorKind::Denied);
}

TEST(NamedAlarms, AreOfServicesInAws) {
  CloudWatch cloud;
  EXPECT_EQ(cloud.alarms.look(rollout::MachineTarget{}, {"a"}, {}).error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace sluice::aws
