#include "adapters/prometheus/metric_queries.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/percent_encoding.h"

namespace sluice::prometheus {
namespace {

namespace json = boost::json;
using analysis::CounterSample;

constexpr std::size_t kLongestShown = 200;

/// `1.5`, `NaN`, `+Inf`
std::optional<double> value_of(std::string_view text) {
  if (text == "NaN") return std::nan("");
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `[1435781451.781, "1"]`
std::optional<double> number_in(const json::value* point) {
  if (point == nullptr || !point->is_array() || point->get_array().size() != 2) return std::nullopt;
  const json::value& value = point->get_array()[1];
  return value.is_string() ? value_of(value.get_string()) : std::nullopt;
}

std::string text_in(const json::value& value, std::string_view pointer) {
  json::error_code error;
  const json::value* found = value.find_pointer(pointer, error);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

Error not_a_prometheus(const std::string& url, const ports::HttpResponse& response) {
  return {ErrorKind::Failed, fmt::format("what answers at {} is no Prometheus: status {}, {}", url, response.status,
                                         response.body.substr(0, kLongestShown))};
}

Result<std::vector<CounterSample>> samples_of(const json::value& data, const Error& otherwise) {
  const std::string type = text_in(data, "/resultType");
  json::error_code error;
  const json::value* result = data.find_pointer("/result", error);
  if (result == nullptr) return otherwise;
  std::vector<CounterSample> samples;
  if (type == "scalar") {
    const auto value = number_in(result);
    if (!value) return otherwise;
    return std::vector{CounterSample{.value = *value, .edge = {}}};
  }
  if (type != "vector" || !result->is_array()) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("the query gives a {}; it must give counters as they stand (an instant vector)", type)};
  }
  for (const json::value& each : result->get_array()) {
    const auto value = number_in(each.find_pointer("/value", error));
    if (!value) return otherwise;
    samples.push_back({.value = *value, .edge = text_in(each, "/metric/le")});
  }
  return samples;
}

}  // namespace

Result<ports::HttpResponse> MetricQueries::answer_at(const rollout::Target& place, const std::string& url,
                                                     std::string form, std::stop_token stop) const {
  TRY_ASSIGN(const auto workspace, rollout::workspace_at(url));
  if (workspace) return ask_workspace_(place, *workspace, form, kWithin, stop);
  std::string base = url;
  while (base.ends_with('/')) base.pop_back();
  ports::HttpRequest request{.method = "POST", .url = base + "/api/v1/query", .timeout = kWithin};
  request.headers["content-type"] = "application/x-www-form-urlencoded";
  request.body = std::move(form);
  auto response = http_.send(request, stop);
  if (response || response.error().kind != ErrorKind::UnknownOutcome) return response;
  // A query changes nothing: whether it arrived is of no interest.
  return Error{ErrorKind::Unavailable, response.error().message};
}

Result<std::vector<CounterSample>> MetricQueries::query(const rollout::Target& place, const std::string& url,
                                                        const std::string& query, TimePoint at,
                                                        std::stop_token stop) const {
  const auto seconds = static_cast<double>(at.time_since_epoch().count()) / 1000;
  auto response = answer_at(
      place, url, fmt::format("query={}&time={:.3f}&timeout={}ms", percent_encoded(query), seconds, kWithin.count()),
      stop);
  if (!response && response.error().kind == ErrorKind::InvalidInput) {
    return with_context(std::move(response), fmt::format("the query '{}'", query));
  }
  if (!response) return std::move(response.error());
  json::error_code failed;
  const json::value body = json::parse(response->body, failed);
  const std::string status = failed ? std::string() : text_in(body, "/status");
  if (status == "error" && response->status < 500) {
    return Error{ErrorKind::InvalidInput, fmt::format("Prometheus refuses the query '{}': {}", query,
                                                      text_in(body, "/error").substr(0, kLongestShown))};
  }
  if (status == "error" || response->status == 503) {
    return Error{ErrorKind::Unavailable, fmt::format("Prometheus at {} answers {}: {}", url, response->status,
                                                     text_in(body, "/error").substr(0, kLongestShown))};
  }
  const Error otherwise = not_a_prometheus(url, *response);
  const json::value* data = failed ? nullptr : body.find_pointer("/data", failed);
  if (status != "success" || data == nullptr) return otherwise;
  return samples_of(*data, otherwise);
}

}  // namespace sluice::prometheus
