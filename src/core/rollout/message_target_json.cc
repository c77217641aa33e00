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

/// A place that has a name, an event bus or a namespace of metrics.
template <typename Place>
Result<Place> read_named(const json::value& value, std::string path) {
  Place place;
  ObjectReader reader(value, std::move(path));
  reader.read("name", place.name);
  reader.read("region", place.access.region);
  reader.read("role", place.access.role);
  TRY(reader.finish());
  return place;
}

template <typename Place>
json::object named(const Place& place) {
  return {{"name", place.name}, {"region", place.access.region}, {"role", place.access.role}};
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
    void operator()(const EventBus& bus) const { out["event_bridge"] = named(bus); }
    void operator()(const MetricNamespace& metrics) const { out["cloudwatch"] = named(metrics); }
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
    reader.read_as("event_bridge", target.place.emplace<EventBus>(), read_named<EventBus>);
  } else if (reader.has("cloudwatch")) {
    reader.read_as("cloudwatch", target.place.emplace<MetricNamespace>(), read_named<MetricNamespace>);
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
