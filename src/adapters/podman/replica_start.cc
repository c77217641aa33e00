#include "adapters/podman/replica_start.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "adapters/podman/container_log.h"
#include "adapters/podman/container_process.h"
#include "adapters/podman/free_port.h"
#include "adapters/podman/labels.h"
#include "base/replace_text.h"

namespace sluice::podman {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStartsBeforeCrashLoop = 3;
constexpr Milliseconds kFirstRestartPause{100};
constexpr Milliseconds kFirstProbePause{10};
constexpr Milliseconds kLongestProbePause{100};
constexpr Milliseconds kLongestProbe{2000};
constexpr Milliseconds kExitRecordedWithin{3000};
constexpr int kShownLogLines = 20;
constexpr std::size_t kShortestHiddenSecret = 4;  ///< Hiding shorter values would only garble the text.

void pause_for(Milliseconds span, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any changed;
  changed.wait_for(lock, stop, span, [] { return false; });
}

/// How one run of a replica's container ended before it was healthy.
struct EarlyEnd {
  std::string cause;
  std::string log;
};

/// The container as it is once podman has noted its exit code, or as it is when that takes too long.
Result<std::optional<Container>> after_exit(Containers& containers, const std::string& name) {
  for (const auto until = Clock::now() + kExitRecordedWithin;;) {
    TRY_ASSIGN(auto container, containers.inspect(name));
    if (!container || container->state == "exited" || container->state == "stopped" || Clock::now() > until) {
      return container;
    }
    pause_for(kFirstProbePause, {});
  }
}

class Attempt {
 public:
  Attempt(Containers& containers, ports::HttpClient& http, const ReplicaStart& start, Clock::time_point deadline,
          const std::stop_token& stop)
      : containers_(containers), http_(http), start_(start), deadline_(deadline), stop_(stop) {}

  /// The replica when it is healthy; `early_end` is set when it ended instead.
  Result<ports::Replica> run(std::optional<EarlyEnd>& early_end) {
    const auto& key = start_.request.service;
    const std::string name = replica_name(key, start_.request.revision.id, start_.index);
    TRY(clear_name(name));
    TRY_ASSIGN(const ContainerSpec spec, make_spec(name));
    TRY(containers_.create(spec));
    if (auto started = containers_.start(name); !started.has_value()) {
      return Error{ErrorKind::Failed, without_secrets(started.error().message, start_.request)};
    }
    TRY_ASSIGN(auto container, containers_.inspect(name));
    if (!container) return Error{ErrorKind::Failed, "container " + name + " was removed by somebody else"};
    const auto process = ContainerProcess::open(container->pid, container->id);
    if (!process) {
      TRY_ASSIGN(early_end, ended(name, false));
      return Error{ErrorKind::Failed, early_end->cause};
    }
    return wait_until_healthy(*container, *process, early_end);
  }

 private:
  Status clear_name(const std::string& name) {
    TRY_ASSIGN(const auto there, containers_.inspect(name));
    if (!there) return {};
    const auto owner = there->labels.find(kOwnerLabel);
    if (owner == there->labels.end() || owner->second != start_.labels.at(kOwnerLabel)) {
      return Error{ErrorKind::Conflict, "the container name " + name + " is taken, not by this sluice"};
    }
    return containers_.remove(name);
  }

  Result<ContainerSpec> make_spec(const std::string& name) const {
    const auto& revision = start_.request.revision;
    ContainerSpec spec = base_spec(containers_, start_.request);
    spec.name = name;
    spec.command = revision.command;
    spec.labels = start_.labels;
    int port = revision.port;
    if (revision.network == rollout::Network::Host) {
      TRY_ASSIGN(port, choose_free_port());
      spec.env["PORT"] = std::to_string(port);
    } else {
      spec.env.try_emplace("PORT", std::to_string(port));
    }
    spec.env.try_emplace(std::string(rollout::kRevisionVariable), revision.id);
    spec.labels[kKindLabel] = kReplicaKind;
    spec.labels[kIndexLabel] = std::to_string(start_.index);
    spec.labels[kPortLabel] = std::to_string(port);
    spec.labels[kNetworkLabel] = revision.network == rollout::Network::Host ? "host" : "bridge";
    spec.labels[kRestartsLabel] = std::to_string(start_.restarts);
    return spec;
  }

  Result<ports::Replica> wait_until_healthy(const Container& container, const ContainerProcess& process,
                                            std::optional<EarlyEnd>& early_end) {
    const ports::Replica replica = replica_of(container);
    const auto& check = start_.request.revision.health;
    for (Milliseconds pause = kFirstProbePause;; pause = std::min(kLongestProbePause, pause * 3 / 2)) {
      const auto left = std::chrono::duration_cast<Milliseconds>(deadline_ - Clock::now());
      const Status healthy = probe_health(http_, check, replica.address, replica.port,
                                          std::clamp(left, Milliseconds(100), kLongestProbe), stop_);
      if (healthy.has_value() && process.alive()) return replica;
      if (stop_.stop_requested()) return Error{ErrorKind::Cancelled, "cancelled while it started"};
      if (process.ends_within(pause, stop_)) {
        const bool out_of_memory = process.out_of_memory();
        TRY_ASSIGN(early_end, ended(container.name, out_of_memory));
        return Error{ErrorKind::Failed, early_end->cause};
      }
      if (Clock::now() < deadline_ || healthy.has_value()) continue;
      std::string why = process.out_of_memory() ? "; the kernel killed one of its processes for lack of memory" : "";
      return Error{ErrorKind::TimedOut,
                   fmt::format("never healthy within {}: {}{}{}", format_duration(check.within),
                               healthy.error().message, why, shown_log(container, start_.request))};
    }
  }

  Result<EarlyEnd> ended(const std::string& name, bool out_of_memory) {
    TRY_ASSIGN(const auto container, after_exit(containers_, name));
    if (!container) return EarlyEnd{.cause = "its container was removed by somebody else", .log = ""};
    std::string cause = describe_exit(container->exit_code);
    if (out_of_memory) {
      const auto& limit = start_.request.revision.limits.memory_bytes;
      cause += limit ? fmt::format(", out of memory (its limit is {} MiB)", *limit >> 20) : ", out of memory";
    }
    return EarlyEnd{.cause = cause, .log = shown_log(*container, start_.request)};
  }

  Containers& containers_;
  ports::HttpClient& http_;
  const ReplicaStart& start_;
  Clock::time_point deadline_;
  const std::stop_token& stop_;
};

}  // namespace

std::string replica_name(const rollout::ServiceKey& service, const std::string& revision_id, int index) {
  return fmt::format("{}-{}-{}-{}-{}", service.project, service.environment, service.service, revision_id, index);
}

ContainerSpec base_spec(const Containers& containers, const ports::FleetStart& request) {
  const auto& revision = request.revision;
  return {.image = revision.image,
          .env = revision.env,
          .secrets = request.secrets,
          .network = revision.network,
          .limits = revision.limits,
          .read_only = revision.read_only,
          .process_limits = containers.process_limits()};
}

std::string without_secrets(std::string text, const ports::FleetStart& request) {
  for (const auto& [name, secret] : request.secrets) {
    const std::string& value = secret.reveal();
    if (value.size() < kShortestHiddenSecret) continue;
    text = replace_all(std::move(text), value, "***");
  }
  return text;
}

std::string shown_log(const Container& container, const ports::FleetStart& request) {
  std::string shown;
  for (const auto& line : log_tail(container.log_path, kShownLogLines)) shown += "\n" + line.text;
  return without_secrets(shown, request);
}

std::string describe_exit(int exit_code) {
  if (exit_code <= 128 || exit_code > 128 + 64) return fmt::format("exit code {}", exit_code);
  return fmt::format("exit code {} (signal {}, {})", exit_code, exit_code - 128, strsignal(exit_code - 128));
}

ports::Replica replica_of(const Container& container) {
  const auto label = [&](const char* name) {
    const auto found = container.labels.find(name);
    return found == container.labels.end() ? std::string() : found->second;
  };
  const bool host = label(kNetworkLabel) == "host";
  return {.name = container.name,
          .index = std::atoi(label(kIndexLabel).c_str()),
          .address = host ? "127.0.0.1" : container.address,
          .port = std::atoi(label(kPortLabel).c_str()),
          .running = ContainerProcess::open(container.pid, container.id).has_value(),
          .restarts = std::atoi(label(kRestartsLabel).c_str())};
}

Status probe_health(ports::HttpClient& http, const rollout::HealthCheck& check, const std::string& address, int port,
                    Milliseconds timeout, const std::stop_token& stop) {
  const std::string what = fmt::format("GET {} on port {}", check.path, port);
  if (address.empty()) return Error{ErrorKind::Unavailable, what + ": it has no address"};
  const auto answer = http.send({.url = fmt::format("http://{}:{}{}", address, port, check.path),
                                 .headers = {{"User-Agent", "sluice-health"}},
                                 .timeout = timeout},
                                stop);
  if (answer.has_value()) {
    if (answer->status >= 200 && answer->status < 400) return {};
    return Error{ErrorKind::Failed, fmt::format("{} answered {}", what, answer->status)};
  }
  switch (answer.error().kind) {
    case ErrorKind::Unavailable: return Error{ErrorKind::Unavailable, what + ": connection refused"};
    case ErrorKind::TimedOut:
      return Error{ErrorKind::TimedOut, fmt::format("{}: no answer within {}", what, format_duration(timeout))};
    case ErrorKind::UnknownOutcome: return Error{ErrorKind::Failed, what + ": closed without a whole answer"};
    default: return answer.error();
  }
}

Result<ports::Replica> bring_up(Containers& containers, ports::HttpClient& http, const ReplicaStart& start,
                                const std::stop_token& stop) {
  const auto& check = start.request.revision.health;
  const auto deadline = Clock::now() + check.within;
  const std::string who = fmt::format("replica {} of {}", start.index, start.request.service.service);
  const std::string name = replica_name(start.request.service, start.request.revision.id, start.index);
  std::optional<EarlyEnd> first;
  Milliseconds pause = kFirstRestartPause;
  for (int runs = 1;; ++runs) {
    std::optional<EarlyEnd> early_end;
    auto replica = Attempt(containers, http, start, deadline, stop).run(early_end);
    if (replica.has_value()) return replica;
    if (replica.error().kind != ErrorKind::Conflict) {
      if (auto removed = containers.remove(name); !removed.has_value()) return std::move(removed.error());
    }
    if (stop.stop_requested()) return Error{ErrorKind::Cancelled, who + ": cancelled while it started"};
    if (!early_end) return with_context(std::move(replica), who);
    if (!first) first = early_end;
    if (runs == kStartsBeforeCrashLoop || Clock::now() + pause > deadline) {
      return Error{ErrorKind::Failed,
                   fmt::format("{} ended {} before it was healthy{}: {}{}", who,
                               runs == 1 ? "once" : fmt::format("{} times", runs),
                               runs == 1 ? "" : " (crash loop); the first time", first->cause, first->log)};
    }
    pause_for(pause, stop);
    pause *= 3;
  }
}

}  // namespace sluice::podman
