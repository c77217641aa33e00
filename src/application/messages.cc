#include "application/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::application {
namespace {

bool ends_something(rollout::MessageKind kind) {
  return kind == rollout::MessageKind::Succeeded || kind == rollout::MessageKind::Cancelled;
}

void add_earlier(std::vector<std::string>& ended, const rollout::ServiceKey& service, const History& history) {
  const auto known = history(service);
  if (!known) return;
  const std::string own = ended.front();
  for (const ports::DeploymentSummary& summary : *known) {
    const std::string incident = incident_of(summary.deployment);
    if (incident == own) continue;
    if (summary.outcome == rollout::Outcome::Succeeded) return;
    if (std::ranges::find(ended, incident) == ended.end()) ended.push_back(incident);
  }
}

}  // namespace

std::string incident_of(const std::string& deployment) { return deployment.substr(0, deployment.find('.')); }

ports::About about(const rollout::Plan& plan, rollout::MessageKind kind, TimePoint began, const History& history) {
  ports::About about{.kind = std::string(rollout::to_string(kind)),
                     .incident = incident_of(plan.deployment),
                     .ended = {},
                     .began = began,
                     .project = plan.service.project,
                     .environment = plan.service.environment,
                     .service = plan.service.service,
                     .label = plan.green.label,
                     .revision = plan.green.id,
                     .image = plan.green.image};
  if (!ends_something(kind)) return about;
  about.ended.push_back(about.incident);
  if (kind != rollout::MessageKind::Succeeded) return about;
  if (!plan.release) add_earlier(about.ended, plan.service, history);
  for (std::size_t i = 0; plan.release && i < plan.release->members.size(); ++i) {
    add_earlier(about.ended, {plan.service.project, plan.service.environment, plan.release->members[i].service},
                history);
  }
  return about;
}

bool Delivery::take(const std::vector<DeliveryAttempt>& results, int most) {
  ++attempts;
  bool may_help = false;
  for (const DeliveryAttempt& attempt : results) {
    const bool may_come = !attempt.result && is_retryable(attempt.result.error().kind) && attempts < most;
    may_help = may_help || may_come;
    if (may_come) continue;
    done.insert(attempt.target);
    if (!attempt.result) refused = attempt.result.error().message;
  }
  return may_help;
}

Status deliver(ports::Secrets& secrets, ports::Notifier& notifier, const rollout::MessagePlace& place,
               const ports::Message& message, const std::string& base_directory) {
  ports::Recipient recipient{.place = place};
  if (const rollout::SecretSource* source = secret_of(place)) {
    auto secret = secrets.read(*source, base_directory);
    if (!secret) {
      return Error{ErrorKind::Unavailable,
                   fmt::format("the secret of {}: {}", describe(place), secret.error().message)};
    }
    recipient.secret = std::move(*secret);
  }
  return notifier.send(recipient, message);
}

}  // namespace sluice::application
