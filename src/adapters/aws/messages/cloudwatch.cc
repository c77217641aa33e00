#include "adapters/aws/messages/cloudwatch.h"

#include <boost/json.hpp>
#include <chrono>

namespace sluice::aws::messages {
namespace {

namespace json = boost::json;

constexpr double kMillisecondsInSecond = 1'000;

json::array dimensions_of(const ports::About& about) {
  json::array dimensions;
  const auto add = [&](const char* name, const std::string& value) {
    dimensions.push_back(json::object{{"Name", name}, {"Value", value}});
  };
  add("Project", about.project);
  add("Environment", about.environment);
  add("Service", about.service);
  return dimensions;
}

/// The data of one end.
class Data {
 public:
  Data(const ports::About& about, TimePoint at)
      : dimensions_(dimensions_of(about)),
        seconds_(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count()) {}

  void count(const char* name, bool has_come) { add(name, has_come ? 1.0 : 0.0, "Count"); }
  void time(const char* name, Milliseconds time) {
    add(name, static_cast<double>(time.count()) / kMillisecondsInSecond, "Seconds");
  }
  json::array take() && { return std::move(data_); }

 private:
  void add(const char* name, double value, const char* unit) {
    data_.push_back(json::object{
        {"MetricName", name}, {"Dimensions", dimensions_}, {"Timestamp", seconds_}, {"Value", value}, {"Unit", unit}});
  }

  json::array dimensions_;
  std::int64_t seconds_;
  json::array data_;
};

}  // namespace

json::object put_metric_data_input(const std::string& name, const ports::About& about,
                                   const rollout::EndFigures& figures) {
  Data data(about, figures.at);
  if (figures.succeeded) data.count("DeploymentSuccess", *figures.succeeded);
  data.count("Rollbacks", figures.rolled_back);
  data.time("DeploymentDuration", figures.duration);
  if (figures.recovery) data.time("TimeToRecovery", *figures.recovery);
  if (figures.lead) data.time("LeadTime", *figures.lead);
  return {{"Namespace", name}, {"MetricData", std::move(data).take()}};
}

Status CloudWatch::send(const ports::Recipient& to, const ports::Message& message) {
  const auto* metrics = std::get_if<rollout::MetricNamespace>(&to.place);
  if (metrics == nullptr) return Error{ErrorKind::InvalidInput, "this is no namespace of CloudWatch"};
  if (!message.figures) return Error{ErrorKind::InvalidInput, "CloudWatch takes figures, and the message has none"};
  TRY_ASSIGN(Client* const client, clients_.get(metrics->access.region, metrics->access.role));
  const Call call{.service = "cloudwatch",
                  .operation = "PutMetricData",
                  .resource = "namespace " + metrics->name,
                  .repeat = Repeat::Never};
  TRY(client->call(call, put_metric_data_input(metrics->name, message.about, *message.figures)));
  return {};
}

}  // namespace sluice::aws::messages
