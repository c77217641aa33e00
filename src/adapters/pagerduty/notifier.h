// ports::Notifier through the Events API v2 of PagerDuty.
#pragma once

#include "ports/http_client.h"
#include "ports/notifier.h"

namespace sluice::pagerduty {

/// May be used from any number of threads at once.
class Notifier final : public ports::Notifier {
 public:
  /// `http` must outlive it.
  explicit Notifier(ports::HttpClient& http) : http_(http) {}

  /// What goes wrong triggers the alert of its incident, whose id is the `dedup_key`: sent again it is the same alert.
  /// What ends incidents resolves the alerts of all of them; one that was never triggered is no error. The recipient's
  /// secret is the routing key. Nobody is called for what may only be shown.
  /// (https://developer.pagerduty.com/docs/events-api-v2/trigger-events)
  Status send(const ports::Recipient& to, const ports::Message& message) override;

 private:
  Status post(const rollout::PagerDutyService& service, const Secret& key, const std::string& body);
  ports::HttpClient& http_;
};

/// The body that triggers the alert. `severity`: a stuck rollback is `critical`, a rollback `error`, else `warning`.
std::string trigger_body(const Secret& routing_key, const ports::Message& message);
std::string resolve_body(const Secret& routing_key, const std::string& incident);

}  // namespace sluice::pagerduty
