#include "adapters/aws/telemetry.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "adapters/aws/target_group_minutes.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using test::Answer;
using test::AwsSurroundings;

const rollout::ServiceKey kService{"shop", "staging", "web"};
const std::string kGroup = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop-";
const rollout::EcsTarget kPlace{
    .region = "eu-west-1",
    .cluster = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop",
    .service = "web",
    .target_groups = {kGroup + "blue/1", kGroup + "green/2"},
    .rules = {"arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/50dc/f2f7/9683"}};

/// CloudWatch with one datapoint of each figure, and a telemetry that asks it.
struct CloudWatch {
  std::map<std::string, std::pair<std::int64_t, double>> points;  ///< By id: second and value.
  json::object asked;
  int status = 200;
  AwsSurroundings around{[this](const std::string& request) {
    asked = json::parse(request.substr(request.find("\r\n\r\n") + 4)).as_object();
    if (status != 200) return Answer{status, R"({"__type":"InternalFailure","message":"down"})"};
    json::array results;
    for (const json::value& query : asked.at("MetricDataQueries").as_array()) {
      const std::string id(query.at("Id").as_string());
      const auto point = points.find(id);
      json::array times;
      json::array values;
      if (point != points.end()) {
        times.emplace_back(static_cast<double>(point->second.first));
        values.emplace_back(point->second.second);
      }
      results.push_back({{"Id", id}, {"StatusCode", "Complete"}, {"Timestamps", times}, {"Values", values}});
    }
    return Answer{200, json::serialize(json::object{{"MetricDataResults", results}})};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  TargetGroupMinutes groups{clients};
  Telemetry telemetry{[this](const rollout::ServiceKey& service, TimePoint from, TimePoint until,
                             const std::stop_token& stop) -> Result<MinutesOfBoth> {
                        if (service != kService)
                          return Error{ErrorKind::NotFound, service.to_string() + " is not in AWS"};
                        return groups.read(kPlace, from, until, stop);
                      },
                      rollout::telemetry_timing(kPlace).delay, around.clock};

  TimePoint minute(int minutes_ago) const {
    return std::chrono::floor<std::chrono::minutes>(around.clock.now()) - std::chrono::minutes(minutes_ago);
  }
};

TEST(AwsTelemetry, KnowsNothingBeforeItHasAsked) {
  CloudWatch cloud;
  EXPECT_EQ(cloud.telemetry.look({"shop", "staging", "other"}, {}).error().kind, ErrorKind::NotFound);
  const auto read = cloud.telemetry.read({"shop", "staging", "other"}, rollout::Slot::A, cloud.minute(5));
  EXPECT_EQ(read.error().kind, ErrorKind::NotFound);
}

TEST(AwsTelemetry, TellsOfMinutesThatArePublishedForSureAndOfNoOther) {
  CloudWatch cloud;  // 03:04:05; what ended by 03:02 is published
  const auto second = [&](int ago) {
    return std::chrono::duration_cast<std::chrono::seconds>(cloud.minute(ago).time_since_epoch()).count();
  };
  cloud.points = {{"requests_b", {second(4), 120}}, {"errors_b", {second(4), 6}},   {"p50_b", {second(4), 0.05}},
                  {"p90_b", {second(4), 0.2}},      {"p95_b", {second(4), 0.3}},    {"p99_b", {second(4), 1}},
                  {"longest_b", {second(4), 2}},    {"unhealthy_b", {second(4), 1}}};
  ASSERT_TRUE(cloud.telemetry.look(kService, {}).has_value());
  const auto green = cloud.telemetry.read(kService, rollout::Slot::B, cloud.minute(4));
  ASSERT_TRUE(green.has_value()) << green.error().message;
  ASSERT_EQ(green->slots.size(), 1200U);  // 03:00 and 03:01
  EXPECT_EQ(green->slots[0].requests, 120);
  EXPECT_EQ(green->slots[0].server_errors, 6);
  EXPECT_EQ(green->slots[0].failed_health_checks, 1);
  EXPECT_EQ(green->slots[0].latency.quantile_bucket(0.95), analysis::latency_bucket(300));
  EXPECT_EQ(green->slots[600].requests, 0);
  const auto blue = cloud.telemetry.read(kService, rollout::Slot::A, cloud.minute(4));
  EXPECT_EQ(blue->slots.size(), 1200U);
  EXPECT_EQ(blue->slots[0].requests, 0);
  EXPECT_EQ(cloud.asked.at("EndTime").as_int64(), second(2));
}

TEST(AwsTelemetry, AsksWhatTheWholeServiceUsesInTheSameQuestionAndTellsItOfBothSlots) {
  CloudWatch cloud;
  const auto at = std::chrono::duration_cast<std::chrono::seconds>(cloud.minute(4).time_since_epoch()).count();
  cloud.points = {{"requests_b", {at, 120}}, {"memory_service", {at, 95}}};
  ASSERT_TRUE(cloud.telemetry.look(kService, {}).has_value());
  const auto& queries = cloud.asked.at("MetricDataQueries").as_array();
  EXPECT_EQ(queries.size(), 32U);
  EXPECT_EQ(json::serialize(queries.back()),
            R"({"Id":"memory_service","MetricStat":{"Metric":{"Namespace":"AWS/ECS","MetricName":"MemoryUtilization",)"
            R"("Dimensions":[{"Name":"ClusterName","Value":"shop"},{"Name":"ServiceName","Value":"web"}]},"Period":60,)"
            R"("Stat":"Maximum"},"ReturnData":true})");
  for (const rollout::Slot slot : {rollout::Slot::A, rollout::Slot::B}) {
    const auto read = cloud.telemetry.read(kService, slot, cloud.minute(4));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(read->slots[0].service_memory, (analysis::Utilization{.reserved = 10'000, .used = 9'500}));
    EXPECT_EQ(read->slots[0].service_cpu, analysis::Utilization{}) << "nobody told of it";
    EXPECT_EQ(read->slots[0].requests, slot == rollout::Slot::B ? 120 : 0);
    EXPECT_EQ(read->slots[600].service_memory, analysis::Utilization{});
  }
}

TEST(AwsTelemetry, LosesNothingByOneFailureAndTellsTheReasonWhenItLasts) {
  CloudWatch cloud;
  ASSERT_TRUE(cloud.telemetry.look(kService, {}).has_value());
  cloud.status = 500;
  cloud.around.clock.move(1min);
  EXPECT_EQ(cloud.telemetry.look(kService, {}).error().kind, ErrorKind::Unavailable);
  EXPECT_TRUE(cloud.telemetry.read(kService, rollout::Slot::A, cloud.minute(5)).has_value());
  cloud.around.clock.move(10min);
  EXPECT_EQ(cloud.telemetry.look(kService, {}).error().kind, ErrorKind::Unavailable);
  const auto late = cloud.telemetry.read(kService, rollout::Slot::A, cloud.minute(5));
  EXPECT_EQ(late.error().kind, ErrorKind::Unavailable);
  EXPECT_TRUE(test::contains(late.error().message, "down")) << late.error().message;
}

TEST(AwsTelemetry, AsksAtOnceForAMinuteThatHasBecomeKnown) {
  CloudWatch cloud;  // 03:04:05
  ASSERT_TRUE(cloud.telemetry.look(kService, {}).has_value());
  const TimePoint from = cloud.minute(10);
  const auto slots = [&] { return cloud.telemetry.read(kService, rollout::Slot::A, from)->slots.size(); };
  cloud.around.clock.move(50s);
  const auto before = slots();  // and no look since
  cloud.around.clock.move(6s);  // 03:05:01: the minute until 03:03 is known, and judged four seconds later
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (slots() <= before && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_GT(slots(), before);
}

TEST(AwsTelemetry, AsksByItselfWhileItIsRead) {
  CloudWatch cloud;
  ASSERT_TRUE(cloud.telemetry.look(kService, {}).has_value());
  const auto begin = cloud.around.requests().size();
  cloud.around.clock.move(std::chrono::minutes{1});
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (cloud.around.requests().size() == begin && std::chrono::steady_clock::now() < deadline) {
    (void)cloud.telemetry.read(kService, rollout::Slot::A, cloud.minute(5));
    std::this_thread::yield();
  }
  EXPECT_GT(cloud.around.requests().size(), begin);
}

}  // namespace
}  // namespace sluice::aws
