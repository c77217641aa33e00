#include "adapters/podman/fleet.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "adapters/podman/container_log.h"
#include "adapters/podman/container_process.h"
#include "adapters/podman/labels.h"
#include "adapters/podman/replica_start.h"

namespace sluice::podman {
namespace {

constexpr Milliseconds kKeptProbe{1000};
constexpr Milliseconds kExitRecordedWithin{5000};
constexpr Milliseconds kExitPause{10};
constexpr Milliseconds kKilledWithin{5000};

std::string label(const Container& container, const char* name) {
  const auto found = container.labels.find(name);
  return found == container.labels.end() ? std::string() : found->second;
}

/// The random id of this sluice's fleet, made at the first use of a home.
Result<std::string> owner_of(const std::string& home) {
  const std::string path = home + "/fleet-owner";
  std::string owner;
  if (std::ifstream(path) >> owner) return owner;
  std::error_code error;
  std::filesystem::create_directories(home, error);
  std::random_device random;
  owner = fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  std::ofstream file(path + ".new");
  file << owner << '\n';
  file.close();
  if (!file) return Error{ErrorKind::Failed, "writing " + path + " failed"};
  std::filesystem::rename(path + ".new", path, error);
  if (error) return Error{ErrorKind::Failed, fmt::format("writing {}: {}", path, error.message())};
  return owner;
}

/// Calls `work(i)` for 0 … count-1 at once and waits for all.
void at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  if (count > 0) work(0);
}

/// The signal of its image, then KILL after `grace`, by its process; then gone.
Status retire(Containers& containers, const Container& container, Milliseconds grace) {
  if (const auto process = ContainerProcess::open(container.pid, container.id)) {
    process->signal(container.stop_signal);
    if (!process->ends_within(grace, {})) {
      process->signal(9);
      process->ends_within(kKilledWithin, {});
    }
  }
  return containers.remove(container.name);
}

/// The first failure that is not only the echo of another one.
Error first_cause(const std::vector<Result<ports::Replica>>& results) {
  const Error* cause = nullptr;
  for (const auto& result : results) {
    if (result.has_value()) continue;
    if (cause == nullptr || cause->kind == ErrorKind::Cancelled) cause = &result.error();
  }
  return *cause;
}

}  // namespace

Result<std::unique_ptr<Fleet>> Fleet::create(const std::string& home, ApiClient& api, ports::HttpClient& http) {
  TRY_ASSIGN(std::string owner, owner_of(home));
  return std::unique_ptr<Fleet>(new Fleet(std::move(owner), api, http));
}

std::map<std::string, std::string> Fleet::labels(const rollout::ServiceKey& service,
                                                 const std::string& revision_id) const {
  return {{kOwnerLabel, owner_},
          {kProjectLabel, service.project},
          {kEnvironmentLabel, service.environment},
          {kServiceLabel, service.service},
          {kRevisionLabel, revision_id}};
}

Result<std::vector<Container>> Fleet::containers_of(const rollout::ServiceKey& service, const std::string& revision_id,
                                                    const char* kind) {
  auto wanted = labels(service, revision_id);
  if (kind != nullptr) wanted[kKindLabel] = kind;
  return containers_.list(wanted);
}

Result<std::vector<ports::Replica>> Fleet::observe(const rollout::ServiceKey& service, const std::string& revision_id) {
  TRY_ASSIGN(const auto containers, containers_of(service, revision_id, kReplicaKind));
  std::vector<ports::Replica> replicas;
  for (const auto& container : containers) replicas.push_back(replica_of(container));
  std::ranges::sort(replicas, {}, &ports::Replica::index);
  return replicas;
}

Result<std::vector<ports::Replica>> Fleet::start(const ports::FleetStart& request, std::stop_token stop) {
  const auto& revision = request.revision;
  TRY_ASSIGN(const auto existing, observe(request.service, revision.id));
  TRY(containers_.ensure_image(revision.image, stop));
  std::stop_source failed;
  const std::stop_callback cancelled(stop, [&failed] { failed.request_stop(); });
  const auto count = static_cast<std::size_t>(revision.replicas);
  std::vector<Result<ports::Replica>> results(count, Error{ErrorKind::Cancelled, ""});
  at_once(count, [&](std::size_t i) {
    const int index = static_cast<int>(i);
    const auto found = std::ranges::find(existing, index, &ports::Replica::index);
    const bool kept = found != existing.end() && found->running &&
                      probe_health(http_, revision.health, found->address, found->port, kKeptProbe, stop).has_value();
    results[i] = kept ? Result<ports::Replica>(*found)
                      : bring_up(containers_, http_,
                                 {.request = request,
                                  .labels = labels(request.service, revision.id),
                                  .index = index,
                                  .restarts = found == existing.end() ? 0 : found->restarts},
                                 failed.get_token());
    if (!results[i].has_value()) failed.request_stop();
  });
  if (std::ranges::all_of(results, [](const auto& result) { return result.has_value(); })) {
    std::vector<ports::Replica> replicas;
    for (auto& result : results) replicas.push_back(std::move(*result));
    return replicas;
  }
  Error cause = first_cause(results);
  at_once(count, [&](std::size_t i) {
    if (!results[i].has_value()) return;
    if (auto gone = containers_.remove(results[i]->name); !gone.has_value()) results[i] = std::move(gone.error());
  });
  return cause;
}

Result<ports::Replica> Fleet::restart(const ports::FleetStart& request, int index, std::stop_token stop) {
  TRY_ASSIGN(const auto existing, observe(request.service, request.revision.id));
  TRY(containers_.ensure_image(request.revision.image, stop));
  const auto found = std::ranges::find(existing, index, &ports::Replica::index);
  const ReplicaStart start{.request = request,
                           .labels = labels(request.service, request.revision.id),
                           .index = index,
                           .restarts = found == existing.end() ? 1 : found->restarts + 1};
  return bring_up(containers_, http_, start, stop);
}

Status Fleet::stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) {
  TRY_ASSIGN(const auto containers, containers_of(service, revision_id, nullptr));
  std::vector<Status> results(containers.size());
  at_once(containers.size(), [&](std::size_t i) { results[i] = retire(containers_, containers[i], grace); });
  for (auto& result : results) TRY(std::move(result));
  return {};
}

Status Fleet::run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                       Milliseconds within, std::stop_token stop) {
  std::string name = "sluice-run-" + token;
  std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c) && c != '-' && c != '.'; }, '_');
  const std::string what = "running " + (argv.empty() ? std::string("nothing") : argv[0]);
  TRY_ASSIGN(auto container, containers_.inspect(name));
  if (container && label(*container, kOwnerLabel) != owner_) {
    return Error{ErrorKind::Conflict, "the container name " + name + " is taken, not by this sluice"};
  }
  const auto lost = [&] {
    return Error{ErrorKind::UnknownOutcome,
                 what + ": it was started, and nothing tells how it ended (the machine or its containers went down)"};
  };
  if (!container) {
    TRY(containers_.ensure_image(request.revision.image, stop));
    ContainerSpec spec = base_spec(containers_, request);
    spec.name = name;
    spec.command = argv;
    spec.replace_entrypoint = true;
    spec.labels = labels(request.service, request.revision.id);
    spec.labels[kKindLabel] = kRunKind;
    spec.labels[kTokenLabel] = token;
    TRY(containers_.create(spec));
  }
  if (!container || (!container->was_started && container->state != "exited")) {
    if (auto started = containers_.start(name); !started.has_value()) {
      return Error{ErrorKind::Failed, without_secrets(started.error().message, request)};
    }
    TRY_ASSIGN(container, containers_.inspect(name));
    if (!container) return lost();
  }
  if (const auto process = ContainerProcess::open(container->pid, container->id)) {
    const bool ended = process->ends_within(within, stop);
    if (!ended) {
      process->signal(9);
      process->ends_within(kKilledWithin, {});
      if (stop.stop_requested()) return Error{ErrorKind::Cancelled, what + ": cancelled"};
      return Error{ErrorKind::TimedOut, fmt::format("{}: not done within {}{}", what, format_duration(within),
                                                    shown_log(*container, request))};
    }
  }
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  for (const auto until = std::chrono::steady_clock::now() + kExitRecordedWithin;;) {
    TRY_ASSIGN(container, containers_.inspect(name));
    if (!container || container->state == "created" || container->state == "configured") return lost();
    if (container->state == "exited" || container->state == "stopped") break;
    if (std::chrono::steady_clock::now() > until) return lost();
    never.wait_for(lock, stop, kExitPause, [] { return false; });
  }
  if (container->exit_code == 0) return {};
  return Error{ErrorKind::Failed,
               fmt::format("{}: {}{}", what, describe_exit(container->exit_code), shown_log(*container, request))};
}

Result<std::vector<std::string>> Fleet::log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                                 int lines) {
  TRY_ASSIGN(const auto containers, containers_of(service, revision_id, kReplicaKind));
  std::vector<std::pair<LogLine, std::string>> all;
  for (const auto& container : containers) {
    for (auto& line : podman::log_tail(container.log_path, lines)) {
      all.emplace_back(std::move(line), label(container, kIndexLabel));
    }
  }
  std::ranges::stable_sort(all, {}, [](const auto& entry) { return entry.first.time; });
  const std::size_t most = std::min(all.size(), static_cast<std::size_t>(std::max(0, lines)));
  std::vector<std::string> tail;
  for (std::size_t i = all.size() - most; i < all.size(); ++i) tail.push_back(all[i].second + ": " + all[i].first.text);
  return tail;
}

Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> Fleet::list() {
  TRY_ASSIGN(const auto containers, containers_.list({{kOwnerLabel, owner_}}));
  std::set<std::pair<rollout::ServiceKey, std::string>> revisions;
  for (const auto& container : containers) {
    revisions.insert({{.project = label(container, kProjectLabel),
                       .environment = label(container, kEnvironmentLabel),
                       .service = label(container, kServiceLabel)},
                      label(container, kRevisionLabel)});
  }
  return std::vector(revisions.begin(), revisions.end());
}

}  // namespace sluice::podman
