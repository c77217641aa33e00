#include "adapters/aws/metric_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <utility>

#include "adapters/aws/json_member.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMillisecondsInSecond = 1000;
constexpr int kMostPages = 20;

std::string id_of(const Figure& figure, const MetricSubject& subject) {
  return fmt::format("{}_{}", figure.id, subject.id);
}

/// A member of a subject's series that is asked for.
struct Wanted {
  std::size_t subject = 0;
  const Figure* figure = nullptr;
};
/// By the query's id.
using WantedById = std::map<std::string, Wanted>;

json::object query(const std::string& id, const MetricSubject& subject, const Figure& figure, Milliseconds period) {
  json::array dimensions;
  for (const auto& [name, value] : subject.dimensions) dimensions.push_back({{"Name", name}, {"Value", value}});
  const json::object metric{
      {"Namespace", subject.metric_namespace}, {"MetricName", std::string(figure.metric)}, {"Dimensions", dimensions}};
  const json::object stat{
      {"Metric", metric}, {"Period", period.count() / kMillisecondsInSecond}, {"Stat", std::string(figure.statistic)}};
  return {{"Id", id}, {"MetricStat", stat}, {"ReturnData", true}};
}

double number_of(const json::value& value) {
  if (value.is_double()) return value.get_double();
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  return value.is_uint64() ? static_cast<double>(value.get_uint64()) : 0;
}

void add(double& sum, double value) { sum += value; }
void add(std::optional<double>& sum, double value) { sum = sum.value_or(0) + value; }

void take(const json::object& result, const WantedById& wanted, std::vector<Minutes>& series) {
  const auto found = wanted.find(text_member(result, "Id"));
  const json::array* times = array_member(result, "Timestamps");
  const json::array* values = array_member(result, "Values");
  if (found == wanted.end() || times == nullptr || values == nullptr) return;
  const auto& [subject, figure] = found->second;
  for (std::size_t i = 0; i < std::min(times->size(), values->size()); ++i) {
    const TimePoint at{std::chrono::seconds(static_cast<std::int64_t>(number_of((*times)[i])))};
    const double value = number_of((*values)[i]) * figure->factor;
    std::visit([&](auto member) { add(series[subject][at].*member, value); }, figure->member);
  }
}

Status take_page(const json::object& answer, const WantedById& wanted, std::vector<Minutes>& series) {
  const json::array* results = array_member(answer, "MetricDataResults");
  if (results == nullptr) return Error{ErrorKind::Failed, "cloudwatch GetMetricData: the answer has no results"};
  for (const json::value& each : *results) {
    if (!each.is_object()) continue;
    const std::string status = text_member(each.get_object(), "StatusCode");
    if (status == "InternalError" || status == "Forbidden") {
      return Error{status == "Forbidden" ? ErrorKind::Denied : ErrorKind::Unavailable,
                   fmt::format("cloudwatch GetMetricData: {} for {}", status, text_member(each.get_object(), "Id"))};
    }
    take(each.get_object(), wanted, series);
  }
  return {};
}

/// One call, and the pages of its answer.
struct Ask {
  TimePoint from;
  TimePoint until;
  json::array queries;
  WantedById wanted;
};

Status ask_all_pages(Client& client, const std::string& about, const Ask& ask, std::vector<Minutes>& series,
                     const std::stop_token& stop) {
  const auto seconds = [](TimePoint at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  };
  json::object input{{"MetricDataQueries", ask.queries},
                     {"StartTime", seconds(ask.from)},
                     {"EndTime", seconds(ask.until)},
                     {"ScanBy", "TimestampAscending"}};
  const Call call{.service = "cloudwatch", .operation = "GetMetricData", .resource = about};
  for (int page = 0; page < kMostPages; ++page) {
    TRY_ASSIGN(const json::object answer, client.ask(call, input, stop));
    TRY(take_page(answer, ask.wanted, series));
    const std::string next = text_member(answer, "NextToken");
    if (next.empty()) return {};
    input["NextToken"] = next;
  }
  return Error{ErrorKind::Unavailable, fmt::format("cloudwatch GetMetricData: more than {} pages", kMostPages)};
}

}  // namespace

std::vector<Figure> with_percentiles(std::vector<Figure> others, std::string_view metric, double milliseconds) {
  for (const Percentile& percentile : kPercentiles) {
    others.push_back({percentile.id, metric, percentile.statistic, percentile.member, milliseconds});
  }
  return others;
}

Result<std::vector<Minutes>> metric_data(Client& client, const MetricQuestion& question, TimePoint from,
                                         TimePoint until, const std::stop_token& stop) {
  std::vector<Minutes> series(question.subjects.size());
  json::array queries;
  WantedById wanted;
  const auto ask = [&]() -> Status {
    if (queries.empty()) return {};
    return ask_all_pages(client, question.about, {from, until, std::exchange(queries, {}), std::exchange(wanted, {})},
                         series, stop);
  };
  for (std::size_t i = 0; i < question.subjects.size(); ++i) {
    for (const Figure& figure : question.subjects[i].figures) {
      if (queries.size() == kMostMetricQueries) TRY(ask());
      const std::string id = id_of(figure, question.subjects[i]);
      queries.push_back(query(id, question.subjects[i], figure, question.period));
      wanted[id] = {i, &figure};
    }
  }
  TRY(ask());
  return series;
}

}  // namespace sluice::aws
