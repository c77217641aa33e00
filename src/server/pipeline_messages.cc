#include "server/pipeline_messages.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/config/configuration.h"

namespace sluice::server {
namespace {

constexpr Milliseconds kFirstPause{1'000};
constexpr Milliseconds kLongestPause{60'000};
constexpr int kAttempts = 60;

/// Who wants to hear of failures, by the default environment of the commit's sluice.yaml.
std::vector<rollout::SecretSource> who_wants_failures(ports::Processes& processes, const std::string& repository,
                                                      const std::string& sha) {
  ports::ProcessRequest show{.argv = {"git", "-C", repository, "show", sha + ":sluice.yaml"}};
  const auto shown = processes.run(show, {});
  if (!shown || shown->exit_code != 0) return {};
  const auto parsed = config::parse(shown->out, "sluice.yaml");
  if (!parsed.configuration) return {};
  std::vector<rollout::SecretSource> targets;
  const auto& configuration = *parsed.configuration;
  const auto environment = configuration.environments.find(configuration.default_environment);
  if (environment == configuration.environments.end()) return {};
  for (const config::SlackTarget& slack : environment->second.slack) {
    if (std::ranges::find(slack.on, config::MessageKind::Failed) != slack.on.end()) targets.push_back(slack.webhook);
  }
  return targets;
}

}  // namespace

struct PipelineMessages::Delivery {
  std::string repository;
  std::string sha;
  ports::Message message;
  std::optional<std::vector<rollout::SecretSource>> targets;  ///< Those that have not got it yet.
  int attempts = 0;
};

void PipelineMessages::tell_of_failure(const std::string& repository, const std::string& sha,
                                       const std::string& subject, const std::string& cause) {
  auto delivery = std::make_shared<Delivery>();
  delivery->repository = repository;
  delivery->sha = sha;
  delivery->message = {ports_.ids.next(), subject, cause, ports::Message::Tone::Bad};
  attempt(std::move(delivery));
}

void PipelineMessages::attempt(std::shared_ptr<Delivery> delivery) {
  ports_.executor.run(
      ports::Executor::Lane::Ordinary,
      [this, delivery] {
        if (!delivery->targets)
          delivery->targets = who_wants_failures(ports_.processes, delivery->repository, delivery->sha);
        std::erase_if(*delivery->targets, [&](const rollout::SecretSource& target) {
          const auto address = ports_.secrets.read(target, delivery->repository);
          const Status sent = address ? ports_.notifier.send(*address, delivery->message) : Status(address.error());
          return sent || !is_retryable(sent.error().kind);
        });
      },
      [this, delivery] {
        if (delivery->targets->empty() || ++delivery->attempts >= kAttempts) return;
        Milliseconds pause = kFirstPause;
        for (int i = 1; i < delivery->attempts && pause < kLongestPause; ++i) pause *= 2;
        ports_.executor.at(ports_.clock.now() + std::min(pause, kLongestPause),
                           [this, delivery] { attempt(delivery); });
      });
}

}  // namespace sluice::server
