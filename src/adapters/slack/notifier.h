// ports::Notifier through a Slack incoming webhook.
#pragma once

#include "ports/http_client.h"
#include "ports/notifier.h"

namespace sluice::slack {

class Notifier final : public ports::Notifier {
 public:
  /// `http` must outlive it.
  explicit Notifier(ports::HttpClient& http) : http_(http) {}

  /// `address` is the webhook; no error's message holds any of it.
  Status send(const Secret& address, const ports::Message& message) override;

 private:
  ports::HttpClient& http_;
};

}  // namespace sluice::slack
