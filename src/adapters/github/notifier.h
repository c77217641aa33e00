// ports::Notifier that keeps an issue of each deployment that went wrong, as an incident's ticket.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "adapters/github/issues.h"
#include "ports/http_client.h"
#include "ports/notifier.h"

namespace sluice::github {

/// May be used from any number of threads at once, as long as one message is sent by one at a time.
class Notifier final : public ports::Notifier {
 public:
  /// Gives the value of an environment variable; nothing when it is not set.
  using Variables = std::function<std::optional<std::string>(const std::string& name)>;

  /// `GITHUB_API_URL`, as GitHub sets it in jobs, leads to another server than api.github.com. `http` must outlive it.
  Notifier(Variables variables, ports::HttpClient& http) : variables_(std::move(variables)), http_(http) {}

  /// What goes wrong: one issue for each incident, found again by a mark in its text before it is made or, for another
  /// message about the incident, commented. What ends incidents: a comment on the open issues of all of them; a person
  /// closes them, since the cause may be there still. The recipient's secret is the token.
  Status send(const ports::Recipient& to, const ports::Message& message) override;

 private:
  Variables variables_;
  ports::HttpClient& http_;
};

}  // namespace sluice::github
