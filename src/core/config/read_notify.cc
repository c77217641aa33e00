#include "core/config/read_notify.h"

#include <fmt/format.h>

#include <optional>

#include "core/config/arn.h"

namespace sluice::config {
namespace {

using rollout::AwsAccess;
using rollout::MessagePlace;
using yaml::Node;

constexpr std::string_view kNamespace = "Sluice";
constexpr std::string_view kPagerDuty = "https://events.pagerduty.com";

/// Nothing where a finding is about it already.
std::optional<MessagePlace> read_place(const Reader& reader, const Node& item, const AwsAccess& access) {
  if (const Node* slack = reader.get(&item, "slack")) {
    if (auto webhook = reader.secret(reader.get(slack, "webhook"), access)) return rollout::SlackChannel{*webhook};
  } else if (const Node* sns = reader.get(&item, "sns")) {
    if (rollout::SnsTopic topic{.arn = "", .role = access.role}; reader.read(sns, "topic", topic.arn)) return topic;
  } else if (const Node* events = reader.get(&item, "event_bridge")) {
    rollout::EventBus bus{.name = "", .access = access};
    if (!reader.read(events, "bus", bus.name)) return std::nullopt;
    if (const auto region = arn_part(bus.name, kArnRegion); !region.empty()) bus.access.region = region;
    return bus;
  } else if (const Node* pagerduty = reader.get(&item, "pagerduty")) {
    auto key = reader.secret(reader.get(pagerduty, "routing_key"), access);
    if (!key) return std::nullopt;
    rollout::PagerDutyService service{.routing_key = std::move(*key), .url = std::string(kPagerDuty)};
    reader.read(pagerduty, "url", service.url);
    while (service.url.ends_with('/')) service.url.pop_back();
    return service;
  } else if (const Node* issues = reader.get(&item, "github_issue")) {
    auto token = reader.secret(reader.get(issues, "token"), access);
    rollout::GitHubRepository repository;
    if (!token || !reader.read(issues, "repository", repository.name)) return std::nullopt;
    repository.token = std::move(*token);
    return repository;
  } else if (const Node* metrics = reader.get(&item, "cloudwatch")) {
    rollout::MetricNamespace place{.name = std::string(kNamespace), .access = access};
    reader.read(metrics, "namespace", place.name);
    reader.read(metrics, "region", place.access.region);
    return place;
  }
  return std::nullopt;
}

std::vector<std::string> told_by_itself(const MessagePlace& place) {
  if (takes_figures(place)) return {};
  if (std::holds_alternative<rollout::GitHubRepository>(place)) return {"failed", "rolled_back"};
  if (std::holds_alternative<rollout::PagerDutyService>(place)) return {"failed", "held", "rolled_back"};
  return {"failed", "held", "rolled_back", "succeeded"};
}

void refuse_succeeded(Reader& reader, const Node& item, const MessagePlace& place) {
  const Node* on = reader.get(&item, "on");
  for (std::size_t i = 0; on != nullptr && keeps_incidents(place) && i < on->items.size(); ++i) {
    if (on->items[i]->text != "succeeded") continue;
    reader.report(on->items[i]->begin,
                  fmt::format("a success opens nothing in {}, and what is open there hears of it by itself: leave "
                              "'succeeded' out",
                              describe(place)));
  }
}

/// Of some ends alone they would be no rates.
void refuse_choice(Reader& reader, const Node& item) {
  if (const Node* on = reader.get(&item, "on")) {
    reader.report(on->begin, "the metrics in CloudWatch are of every end of a deployment: leave 'on' out");
  }
}

}  // namespace

std::vector<rollout::MessageTarget> read_notify(Reader& reader, const Node* notify, const AwsAccess& access) {
  std::vector<rollout::MessageTarget> targets;
  for (std::size_t i = 0; notify != nullptr && i < notify->items.size(); ++i) {
    const Node& item = *notify->items[i];
    if (reader.is_bad(&item)) continue;
    auto place = read_place(reader, item, access);
    if (!place) continue;
    refuse_succeeded(reader, item, *place);
    std::vector<std::string> on = told_by_itself(*place);
    if (takes_figures(*place)) {
      refuse_choice(reader, item);
    } else {
      reader.read(&item, "on", on);
    }
    targets.push_back({std::move(*place), std::move(on)});
  }
  return targets;
}

}  // namespace sluice::config
