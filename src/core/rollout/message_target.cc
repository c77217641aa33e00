#include "core/rollout/message_target.h"

#include <algorithm>

namespace sluice::rollout {

const SecretSource* secret_of(const MessagePlace& place) {
  struct Visitor {
    const SecretSource* operator()(const SlackChannel& slack) const { return &slack.webhook; }
    const SecretSource* operator()(const SnsTopic&) const { return nullptr; }
    const SecretSource* operator()(const EventBus&) const { return nullptr; }
    const SecretSource* operator()(const PagerDutyService& pagerduty) const { return &pagerduty.routing_key; }
    const SecretSource* operator()(const GitHubRepository& github) const { return &github.token; }
    const SecretSource* operator()(const MetricNamespace&) const { return nullptr; }
  };
  return std::visit(Visitor{}, place);
}

std::string describe(const MessagePlace& place) {
  struct Visitor {
    std::string operator()(const SlackChannel&) const { return "Slack"; }
    std::string operator()(const SnsTopic& topic) const { return "the SNS topic " + topic.arn; }
    std::string operator()(const EventBus& bus) const { return "the event bus " + bus.name; }
    std::string operator()(const PagerDutyService&) const { return "PagerDuty"; }
    std::string operator()(const GitHubRepository& github) const { return "GitHub issues of " + github.name; }
    std::string operator()(const MetricNamespace& metrics) const { return "the CloudWatch namespace " + metrics.name; }
  };
  return std::visit(Visitor{}, place);
}

bool keeps_incidents(const MessagePlace& place) {
  return std::holds_alternative<PagerDutyService>(place) || std::holds_alternative<GitHubRepository>(place);
}

bool takes_figures(const MessagePlace& place) { return std::holds_alternative<MetricNamespace>(place); }

bool any_takes_figures(const std::vector<MessageTarget>& targets) {
  return std::ranges::any_of(targets, takes_figures, &MessageTarget::place);
}

}  // namespace sluice::rollout
