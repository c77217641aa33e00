// Where messages about a deployment go, and the figures of its end.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/rollout/secret_source.h"

namespace sluice::rollout {

struct SlackChannel {
  SecretSource webhook;  ///< The address of an incoming webhook.
  friend bool operator==(const SlackChannel&, const SlackChannel&) = default;
};
struct SnsTopic {
  std::string arn;
  std::string role;  ///< That is taken on to publish; empty: none.
  friend bool operator==(const SnsTopic&, const SnsTopic&) = default;
};
struct EventBus {
  std::string name;  ///< Or its ARN.
  AwsAccess access;
  friend bool operator==(const EventBus&, const EventBus&) = default;
};
struct PagerDutyService {
  SecretSource routing_key;  ///< Of an integration of the Events API v2.
  std::string url;           ///< Of its service region, without a path.
  friend bool operator==(const PagerDutyService&, const PagerDutyService&) = default;
};
struct GitHubRepository {
  std::string name;  ///< `owner/name`
  SecretSource token;
  friend bool operator==(const GitHubRepository&, const GitHubRepository&) = default;
};
/// Of CloudWatch. It takes the figures of every end, and no words.
struct MetricNamespace {
  std::string name;
  AwsAccess access;
  friend bool operator==(const MetricNamespace&, const MetricNamespace&) = default;
};
using MessagePlace =
    std::variant<SlackChannel, SnsTopic, EventBus, PagerDutyService, GitHubRepository, MetricNamespace>;

/// The secret that is read when a message is sent; null where none is.
const SecretSource* secret_of(const MessagePlace& place);
/// For people: `Slack`, `the SNS topic arn:…`.
std::string describe(const MessagePlace& place);
/// Whether it keeps an incident of what goes wrong, which a success later ends: then it hears of every success, and
/// opens nothing for one.
bool keeps_incidents(const MessagePlace& place);
/// Whether it takes the figures of ends (`MessageKind::Figures`), and nothing else.
bool takes_figures(const MessagePlace& place);

struct MessageTarget {
  MessagePlace place;
  /// Names of message kinds: `failed`, `held`, `rolled_back`, `succeeded`. Empty where figures go.
  std::vector<std::string> on;
  friend bool operator==(const MessageTarget&, const MessageTarget&) = default;
};

/// Whether figures of ends go anywhere at all.
bool any_takes_figures(const std::vector<MessageTarget>& targets);

}  // namespace sluice::rollout
