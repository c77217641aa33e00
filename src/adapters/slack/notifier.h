// ports::Notifier through a Slack incoming webhook.
#pragma once

#include "ports/http_client.h"
#include "ports/notifier.h"

namespace sluice::slack {

class Notifier final : public ports::Notifier {
 public:
  /// `http` must outlive it.
  explicit Notifier(ports::HttpClient& http) : http_(http) {}

  /// The recipient's secret is the webhook's address; no error's message holds any of it.
  Status send(const ports::Recipient& to, const ports::Message& message) override;

 private:
  ports::HttpClient& http_;
};

}  // namespace sluice::slack
