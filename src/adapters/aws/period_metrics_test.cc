#include "adapters/aws/period_metrics.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using analysis::Between;
using analysis::SequentialKind;
using test::Answer;
using test::AwsSurroundings;

constexpr TimePoint kStart{Milliseconds{1'795'450'680'000}};
constexpr Milliseconds kTenSeconds{10'000};
const rollout::ServiceKey kService{"shop", "production", "web"};

/// A CloudWatch that has the values that the test says, by the query's id, at kStart.
struct Store {
  std::map<std::string, double> values;
  json::object asked;
  int calls = 0;
  AwsSurroundings around{[this](const std::string& request) {
    asked = json::parse(request.substr(request.find("\r\n\r\n") + 4)).as_object();
    ++calls;
    json::array results;
    for (const auto& [id, value] : values) {
      results.push_back({{"Id", id},
                         {"StatusCode", "Complete"},
                         {"Timestamps", json::array{kStart.time_since_epoch().count() / 1000}},
                         {"Values", json::array{value}}});
    }
    return Answer{200, json::serialize(json::object{{"MetricDataResults", results}})};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  std::string version = "7";  ///< Of any revision of a function.
  PeriodMetrics metrics{[this](const auto&, const std::string&) { return Result<std::string>(version); }, clients};

  Result<analysis::MetricSlot> counted(const analysis::MetricSource& source, Between between = Between::Fast) {
    return metrics.counted(kService, {{revision, source, between}}, kStart, kTenSeconds, {}).at(0);
  }
  rollout::Revision revision{.id = "r1", .target = rollout::EcsTarget{.region = "eu-west-1"}};
};

const analysis::MetricSource kDeclined{.from = analysis::SourceKind::CloudWatch,
                                       .events = "Declined",
                                       .requests = "Orders",
                                       .metric_namespace = "Shop",
                                       .dimensions = {{"Version", "sha-2"}}};

TEST(PeriodMetrics, AreTheSumsOfBothMetrics) {
  Store store;
  store.values = {{"requests_0", 300}, {"events_0", 12}};
  const auto slot = store.counted(kDeclined);
  ASSERT_TRUE(slot) << slot.error().message;
  EXPECT_EQ(slot->start, kStart);
  EXPECT_EQ(slot->counts, (analysis::ColourCounts{.requests = 300, .events = 12}));
  EXPECT_EQ(store.asked.at("StartTime").as_int64() + 10, store.asked.at("EndTime").as_int64());
  const json::object& query = store.asked.at("MetricDataQueries").as_array().at(1).as_object();
  EXPECT_EQ(
      json::serialize(query.at("MetricStat")),
      R"({"Metric":{"Namespace":"Shop","MetricName":"Declined","Dimensions":[{"Name":"Version","Value":"sha-2"}]},)"
      R"("Period":10,"Stat":"Sum"})");
}

TEST(PeriodMetrics, APeriodWithoutDatapointsHadNoRequest) {
  Store store;
  const auto slot = store.counted(kDeclined);
  ASSERT_TRUE(slot) << slot.error().message;
  EXPECT_EQ(slot->counts, analysis::ColourCounts{});
}

TEST(PeriodMetrics, PercentilesAreRanksInTheirUnit) {
  Store store;
  store.values = {{"requests_0", 100}, {"p10_0", 0.01}, {"p25_0", 0.02}, {"p50_0", 0.04}, {"p65_0", 0.05},
                  {"p80_0", 0.06},     {"p90_0", 0.07}, {"p95_0", 0.08}, {"p99_0", 0.2},  {"longest_0", 1}};
  const analysis::MetricSource source{.from = analysis::SourceKind::CloudWatch,
                                      .kind = SequentialKind::Latency,
                                      .metric_namespace = "Shop",
                                      .metric = "Checkout",
                                      .unit_milliseconds = 1000};
  const auto above = [&](Between between, double milliseconds) {
    return store.counted(source, between)->latency.count_above(analysis::latency_bucket(milliseconds));
  };
  EXPECT_EQ(above(Between::Slow, 45), 50) << "half took 40 ms or less";
  EXPECT_EQ(above(Between::Fast, 45), 35) << "and 15 of the others may have taken as little";
  EXPECT_EQ(above(Between::Slow, 1000), 0);
}

TEST(PeriodMetrics, OfBothColoursAreOneCall) {
  Store store;
  store.values = {{"requests_0", 300}, {"events_0", 12}, {"requests_1", 2700}, {"p50_2", 40}, {"requests_2", 10}};
  analysis::MetricSource slow = kDeclined;
  slow.kind = SequentialKind::Latency;
  const auto slots = store.metrics.counted(kService,
                                           {{store.revision, kDeclined, Between::Fast},
                                            {store.revision, kDeclined, Between::Slow},
                                            {store.revision, slow, Between::Slow}},
                                           kStart, kTenSeconds, {});
  EXPECT_EQ(store.calls, 1);
  EXPECT_EQ(slots.at(0)->counts, (analysis::ColourCounts{.requests = 300, .events = 12}));
  EXPECT_EQ(slots.at(1)->counts, (analysis::ColourCounts{.requests = 2700}));
  EXPECT_EQ(slots.at(2)->latency.total(), 10);
}

TEST(PeriodMetrics, OfMoreThanOneCallTakesAreAllThere) {
  Store store;
  store.values = {{"requests_0", 1}, {"events_249", 1}, {"requests_250", 2}, {"events_299", 3}};
  const std::vector<ports::PeriodQuestion> questions(300, {store.revision, kDeclined, Between::Fast});
  const auto slots = store.metrics.counted(kService, questions, kStart, kTenSeconds, {});
  EXPECT_EQ(store.calls, 2);
  EXPECT_EQ(slots.at(0)->counts.requests, 1);
  EXPECT_EQ(slots.at(249)->counts.events, 1);
  EXPECT_EQ(slots.at(250)->counts.requests, 2);
  EXPECT_EQ(slots.at(299)->counts.events, 3);
}

TEST(PeriodMetrics, OneThatCannotBeAskedForTakesNoOtherAlong) {
  Store store;
  store.values = {{"requests_1", 300}};
  rollout::Revision elsewhere{.id = "r0", .target = rollout::MachineTarget{}};
  const auto slots = store.metrics.counted(
      kService, {{elsewhere, kDeclined, Between::Slow}, {store.revision, kDeclined, Between::Fast}}, kStart,
      kTenSeconds, {});
  EXPECT_FALSE(slots.at(0));
  EXPECT_EQ(slots.at(1)->counts.requests, 300);
}

TEST(PeriodMetrics, AreThoseOfServicesInAwsOnly) {
  Store store;
  store.revision.target = rollout::MachineTarget{};
  EXPECT_EQ(store.counted(kDeclined).error().kind, ErrorKind::InvalidInput);
}

TEST(PeriodMetrics, OfAFunctionKnowItsVersion) {
  Store store;
  store.revision.target = rollout::LambdaTarget{.region = "eu-west-1"};
  analysis::MetricSource source = kDeclined;
  source.dimensions = {{"Version", "v$version"}};
  ASSERT_TRUE(store.counted(source));
  EXPECT_EQ(store.asked.at("MetricDataQueries").at(0).at_pointer("/MetricStat/Metric/Dimensions/0/Value"), "v7");
  store.version.clear();
  EXPECT_EQ(store.counted(source).error().message,
            "nobody knows which version of shop/production/web is the revision r1");
}

}  // namespace
}  // namespace sluice::aws
