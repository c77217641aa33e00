#include "adapters/aws/metric_data.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr int kPeriodSeconds = 60;
constexpr int kMostPages = 20;
constexpr double kMillisecondsInSecond = 1000;

struct Figure {
  std::string_view id;
  std::string_view metric;
  std::string_view statistic;
  double Minute::* member;
  double factor = 1;
};

constexpr std::array kFigures = {
    Figure{"requests", "RequestCount", "Sum", &Minute::requests},
    Figure{"errors", "HTTPCode_Target_5XX_Count", "Sum", &Minute::server_errors},
    Figure{"unhealthy", "UnHealthyHostCount", "Maximum", &Minute::unhealthy},
    Figure{"p10", "TargetResponseTime", "p10", &Minute::p10, kMillisecondsInSecond},
    Figure{"p25", "TargetResponseTime", "p25", &Minute::p25, kMillisecondsInSecond},
    Figure{"p50", "TargetResponseTime", "p50", &Minute::p50, kMillisecondsInSecond},
    Figure{"p65", "TargetResponseTime", "p65", &Minute::p65, kMillisecondsInSecond},
    Figure{"p80", "TargetResponseTime", "p80", &Minute::p80, kMillisecondsInSecond},
    Figure{"p90", "TargetResponseTime", "p90", &Minute::p90, kMillisecondsInSecond},
    Figure{"p95", "TargetResponseTime", "p95", &Minute::p95, kMillisecondsInSecond},
    Figure{"p99", "TargetResponseTime", "p99", &Minute::p99, kMillisecondsInSecond},
    Figure{"longest", "TargetResponseTime", "Maximum", &Minute::longest, kMillisecondsInSecond},
};
constexpr std::array<std::string_view, 2> kSlots = {"a", "b"};

/// `targetgroup/NAME/ID` of an ARN: the value of the dimension TargetGroup.
std::string dimension_of(const std::string& group_arn) { return group_arn.substr(group_arn.rfind(':') + 1); }

json::object dimension(std::string_view name, const std::string& value) {
  return {{"Name", std::string(name)}, {"Value", value}};
}

json::array queries(const std::string& load_balancer, const TargetGroupPair& groups) {
  json::array queries;
  for (std::size_t slot = 0; slot < groups.size(); ++slot) {
    for (const Figure& figure : kFigures) {
      json::array dimensions;
      dimensions.push_back(dimension("LoadBalancer", load_balancer));
      dimensions.push_back(dimension("TargetGroup", dimension_of(groups[slot])));
      const json::object metric{
          {"Namespace", "AWS/ApplicationELB"}, {"MetricName", std::string(figure.metric)}, {"Dimensions", dimensions}};
      const json::object stat{{"Metric", metric}, {"Period", kPeriodSeconds}, {"Stat", std::string(figure.statistic)}};
      queries.push_back(
          {{"Id", fmt::format("{}_{}", figure.id, kSlots[slot])}, {"MetricStat", stat}, {"ReturnData", true}});
    }
  }
  return queries;
}

double number_of(const json::value& value) {
  if (value.is_double()) return value.get_double();
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  return value.is_uint64() ? static_cast<double>(value.get_uint64()) : 0;
}

void take(const json::object& result, MinutesOfBoth& both) {
  const std::string id = text_member(result, "Id");
  const json::array* times = array_member(result, "Timestamps");
  const json::array* values = array_member(result, "Values");
  if (times == nullptr || values == nullptr) return;
  for (std::size_t slot = 0; slot < kSlots.size(); ++slot) {
    for (const Figure& figure : kFigures) {
      if (id != fmt::format("{}_{}", figure.id, kSlots[slot])) continue;
      for (std::size_t i = 0; i < std::min(times->size(), values->size()); ++i) {
        const TimePoint at{std::chrono::seconds(static_cast<std::int64_t>(number_of((*times)[i])))};
        both[slot][at].*figure.member = number_of((*values)[i]) * figure.factor;
      }
    }
  }
}

Status take_page(const json::object& answer, MinutesOfBoth& both) {
  const json::array* results = array_member(answer, "MetricDataResults");
  if (results == nullptr) return Error{ErrorKind::Failed, "cloudwatch GetMetricData: the answer has no results"};
  for (const json::value& each : *results) {
    if (!each.is_object()) continue;
    const std::string status = text_member(each.get_object(), "StatusCode");
    if (status == "InternalError" || status == "Forbidden") {
      return Error{status == "Forbidden" ? ErrorKind::Denied : ErrorKind::Unavailable,
                   fmt::format("cloudwatch GetMetricData: {} for {}", status, text_member(each.get_object(), "Id"))};
    }
    take(each.get_object(), both);
  }
  return {};
}

}  // namespace

Result<MinutesOfBoth> metric_data(Client& client, const std::string& load_balancer, const TargetGroupPair& groups,
                                  TimePoint from, TimePoint until, const std::stop_token& stop) {
  const auto seconds = [](TimePoint at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  };
  json::object input{{"MetricDataQueries", queries(load_balancer, groups)},
                     {"StartTime", seconds(from)},
                     {"EndTime", seconds(until)},
                     {"ScanBy", "TimestampAscending"}};
  const Call call{.service = "cloudwatch",
                  .operation = "GetMetricData",
                  .resource = fmt::format("load balancer {}", load_balancer)};
  MinutesOfBoth both;
  for (int page = 0; page < kMostPages; ++page) {
    TRY_ASSIGN(const json::value answer, client.call(call, input, stop));
    if (!answer.is_object()) return Error{ErrorKind::Failed, "cloudwatch GetMetricData: the answer is no object"};
    TRY(take_page(answer.get_object(), both));
    const std::string next = text_member(answer.get_object(), "NextToken");
    if (next.empty()) return both;
    input["NextToken"] = next;
  }
  return Error{ErrorKind::Unavailable, fmt::format("cloudwatch GetMetricData: more than {} pages", kMostPages)};
}

}  // namespace sluice::aws
