// Messages wherever they go: each to the notifier of its place.
#pragma once

#include "ports/notifier.h"

namespace sluice::application {

class NotifierByPlace final : public ports::Notifier {
 public:
  /// All must outlive the dispatcher.
  struct Notifiers {
    ports::Notifier& slack;
    ports::Notifier& sns;
    ports::Notifier& event_bridge;
    ports::Notifier& pagerduty;
    ports::Notifier& github;
    ports::Notifier& cloudwatch;
  };
  explicit NotifierByPlace(Notifiers notifiers) : notifiers_(notifiers) {}

  Status send(const ports::Recipient& to, const ports::Message& message) override {
    struct Visitor {
      const Notifiers& of;
      ports::Notifier& operator()(const rollout::SlackChannel&) const { return of.slack; }
      ports::Notifier& operator()(const rollout::SnsTopic&) const { return of.sns; }
      ports::Notifier& operator()(const rollout::EventBus&) const { return of.event_bridge; }
      ports::Notifier& operator()(const rollout::PagerDutyService&) const { return of.pagerduty; }
      ports::Notifier& operator()(const rollout::GitHubRepository&) const { return of.github; }
      ports::Notifier& operator()(const rollout::MetricNamespace&) const { return of.cloudwatch; }
    };
    return std::visit(Visitor{notifiers_}, to.place).send(to, message);
  }

 private:
  Notifiers notifiers_;
};

}  // namespace sluice::application
