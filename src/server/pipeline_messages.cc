#include "server/pipeline_messages.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "application/messages.h"
#include "core/config/configuration.h"

namespace sluice::server {
namespace {

constexpr Milliseconds kFirstPause{1'000};
constexpr Milliseconds kLongestPause{60'000};
constexpr int kAttempts = 60;

/// Who wants to hear of failures, by the default environment of the commit's sluice.yaml. Incidents are of deployments:
/// no later success would end one of a run.
std::vector<rollout::MessagePlace> who_wants_failures(ports::Processes& processes, const std::string& repository,
                                                      const std::string& sha) {
  ports::ProcessRequest show{.argv = {"git", "-C", repository, "show", sha + ":sluice.yaml"}};
  const auto shown = processes.run(show, {});
  if (!shown || shown->exit_code != 0) return {};
  const auto parsed = config::parse(shown->out, "sluice.yaml");
  if (!parsed.configuration) return {};
  std::vector<rollout::MessagePlace> targets;
  const auto& configuration = *parsed.configuration;
  const auto environment = configuration.environments.find(configuration.default_environment);
  if (environment == configuration.environments.end()) return {};
  for (const rollout::MessageTarget& target : environment->second.notify) {
    const bool wants = std::ranges::find(target.on, "failed") != target.on.end();
    if (wants && !keeps_incidents(target.place)) targets.push_back(target.place);
  }
  return targets;
}

}  // namespace

struct PipelineMessages::Delivery {
  ports::PipelineMessage message;
  std::optional<std::vector<rollout::MessagePlace>> targets;  ///< Those that have not got it yet.
  int attempts = 0;
};

void PipelineMessages::take_up() {
  const auto left = journal_.messages();
  if (!left) {
    ports_.executor.at(ports_.clock.now() + kLongestPause, [this] { take_up(); });
    return;
  }
  for (const ports::PipelineMessage& message : *left) send(message);
}

void PipelineMessages::send(const ports::PipelineMessage& message) {
  if (!pending_.insert(message.id).second) return;
  auto delivery = std::make_shared<Delivery>();
  delivery->message = message;
  attempt(std::move(delivery));
}

void PipelineMessages::attempt(std::shared_ptr<Delivery> delivery) {
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, delivery] {
        const ports::PipelineMessage& about = delivery->message;
        if (!delivery->targets) delivery->targets = who_wants_failures(ports_.processes, about.repository, about.sha);
        const ports::Message message{about.id,
                                     about.subject,
                                     about.cause,
                                     ports::Message::Tone::Bad,
                                     {.kind = "pipeline_failed", .incident = about.id, .ended = {}}};
        std::erase_if(*delivery->targets, [&](const rollout::MessagePlace& place) {
          const Status sent = application::deliver(ports_.secrets, ports_.notifier, place, message, about.repository);
          return sent || !is_retryable(sent.error().kind);
        });
      },
      [this, delivery] {
        if (delivery->targets->empty() || ++delivery->attempts >= kAttempts) return done(delivery->message.id);
        Milliseconds pause = kFirstPause;
        for (int i = 1; i < delivery->attempts && pause < kLongestPause; ++i) pause *= 2;
        ports_.executor.at(ports_.clock.now() + std::min(pause, kLongestPause),
                           [this, delivery] { attempt(delivery); });
      });
}

void PipelineMessages::done(const std::string& id) {
  pending_.erase(id);
  if (journal_.message_done(id)) return;
  ports_.executor.at(ports_.clock.now() + kFirstPause, [this, id] { done(id); });
}

}  // namespace sluice::server
