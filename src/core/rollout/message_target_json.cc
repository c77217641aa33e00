#include "core/rollout/message_target_json.h"

#include <boost/json/value.hpp>
#include <utility>

#include "core/rollout/object_reader.h"
#include "core/rollout/revision_json.h"
#include "core/rollout/text_array.h"

namespace sluice::rollout {
namespace {

namespace json = boost::json;

Result<SnsTopic> read_sns(const json::value& value, std::string path) {
  SnsTopic topic;
  ObjectReader reader(value, std::move(path));
  reader.read("arn", topic.arn);
  reader.read("role", topic.role);
  TRY(reader.finish());
  return topic;
}

Result<EventBus> read_event_bus(const json::value& value, std::string path) {
  EventBus bus;
  ObjectReader reader(value, std::move(path));
  reader.read("name", bus.name);
  reader.read("region", bus.access.region);
  reader.read("role", bus.access.role);
  TRY(reader.finish());
  return bus;
}

Result<MetricNamespace> read_metric_namespace(const json::value& value, std::string path) {
  MetricNamespace metrics;
  ObjectReader reader(value, std::move(path));
  reader.read("name", metrics.name);
  reader.read("region", metrics.access.region);
  reader.read("role", metrics.access.role);
  TRY(reader.finish());
  return metrics;
}

Result<PagerDutyService> read_pagerduty(const json::value& value, std::string path) {
  PagerDutyService service;
  ObjectReader reader(value, std::move(path));
  reader.read_as("routing_key", service.routing_key, read_secret_source);
  reader.read("url", service.url);
  TRY(reader.finish());
  return service;
}

Result<GitHubRepository> read_github(const json::value& value, std::string path) {
  GitHubRepository repository;
  ObjectReader reader(value, std::move(path));
  reader.read("name", repository.name);
  reader.read_as("token", repository.token, read_secret_source);
  TRY(reader.finish());
  return repository;
}

}  // namespace

json::value to_json(const MessageTarget& target) {
  struct Visitor {
    json::object& out;
    void operator()(const SlackChannel& slack) const { out["slack_webhook"] = to_json(slack.webhook); }
    void operator()(const SnsTopic& topic) const { out["sns"] = {{"arn", topic.arn}, {"role", topic.role}}; }
    void operator()(const EventBus& bus) const {
      out["event_bridge"] = {{"name", bus.name}, {"region", bus.access.region}, {"role", bus.access.role}};
    }
    void operator()(const MetricNamespace& metrics) const {
      out["cloudwatch"] = {{"name", metrics.name}, {"region", metrics.access.region}, {"role", metrics.access.role}};
    }
    void operator()(const PagerDutyService& service) const {
      out["pagerduty"] = {{"routing_key", to_json(service.routing_key)}, {"url", service.url}};
    }
    void operator()(const GitHubRepository& repository) const {
      out["github_issue"] = {{"name", repository.name}, {"token", to_json(repository.token)}};
    }
  };
  json::object object;
  std::visit(Visitor{object}, target.place);
  object["on"] = text_array(target.on);
  return object;
}

Result<MessageTarget> read_message_target(const json::value& value, std::string path) {
  MessageTarget target;
  ObjectReader reader(value, std::move(path));
  if (reader.has("sns")) {
    reader.read_as("sns", target.place.emplace<SnsTopic>(), read_sns);
  } else if (reader.has("event_bridge")) {
    reader.read_as("event_bridge", target.place.emplace<EventBus>(), read_event_bus);
  } else if (reader.has("cloudwatch")) {
    reader.read_as("cloudwatch", target.place.emplace<MetricNamespace>(), read_metric_namespace);
  } else if (reader.has("pagerduty")) {
    reader.read_as("pagerduty", target.place.emplace<PagerDutyService>(), read_pagerduty);
  } else if (reader.has("github_issue")) {
    reader.read_as("github_issue", target.place.emplace<GitHubRepository>(), read_github);
  } else {
    reader.read_as("slack_webhook", target.place.emplace<SlackChannel>().webhook, read_secret_source);
  }
  reader.read("on", target.on);
  TRY(reader.finish());
  return target;
}

}  // namespace sluice::rollout
