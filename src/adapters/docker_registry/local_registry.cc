#include "adapters/docker_registry/local_registry.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace sluice::docker_registry {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kProbe{2000};
constexpr Milliseconds kGrace{2000};
constexpr Milliseconds kRequest{30'000};
constexpr Milliseconds kCollect{std::chrono::minutes{10}};
constexpr std::size_t kShownBytes = 500;
constexpr std::uintmax_t kLeastFreeBytes = 64u << 20;

bool on_loopback(std::string_view address) { return address.starts_with("127.") || address.starts_with("localhost:"); }

}  // namespace

std::string LocalRegistry::folder(const std::string& address) const {
  return fmt::format("{}/registry/{}", home_, address.substr(address.rfind(':') + 1));
}

LocalRegistry::Presence LocalRegistry::look(const std::string& address) const {
  const auto answer = http_.send({.url = fmt::format("http://{}/v2/", address), .timeout = kProbe}, {});
  if (!answer.has_value()) {
    return answer.error().kind == ErrorKind::Unavailable ? Presence::Nothing : Presence::SomethingElse;
  }
  // Every registry says so in this header (Docker Registry HTTP API V2), also when it asks for credentials.
  return answer->headers.contains("docker-distribution-api-version") ? Presence::Registry : Presence::SomethingElse;
}

Status LocalRegistry::write_configuration(const std::string& address) const {
  const std::string path = folder(address) + "/config.yml";
  std::error_code error;
  fs::create_directories(folder(address) + "/data", error);
  std::ofstream file(path);
  file << fmt::format(
      "version: 0.1\n"
      "log: {{level: warn, accesslog: {{disabled: true}}}}\n"
      "storage:\n"
      "  filesystem: {{rootdirectory: \"{}/data\"}}\n"
      "  delete: {{enabled: true}}\n"
      "http: {{addr: \"{}\"}}\n",
      folder(address), address);
  file.close();
  if (error || !file) return Error{ErrorKind::Unavailable, fmt::format("writing {} failed (is the disk full?)", path)};
  return {};
}

Status LocalRegistry::ensure(const std::string& address) {
  if (!on_loopback(address)) return {};
  const std::lock_guard lock(mutex_);
  return ensure_locked(address);
}

Status LocalRegistry::ensure_locked(const std::string& address) {
  if (ended_) return Error{ErrorKind::Cancelled, fmt::format("the registry {} was ended", address)};
  const auto presence = look(address);
  if (presence == Presence::SomethingElse) {
    return Error{ErrorKind::Conflict,
                 fmt::format("{} is taken by something that is no registry; free that port, or name another "
                             "registry in sluice.yaml",
                             address)};
  }
  const bool watched = running_.contains(address);
  std::error_code ignored;
  const bool ours = fs::exists(folder(address) + "/config.yml", ignored);
  if (presence == Presence::Registry && (watched || !ours)) return {};
  // Ours and not watched: an earlier sluice started it, and `supervise` keeps it. Watched and silent: it died just now
  // and is being started again; a new supervision waits for that as well.
  running_.erase(address);
  auto daemon = daemons_.supervise({.name = fmt::format("registry-{}", address.substr(address.rfind(':') + 1)),
                                    .argv = {"docker-registry", "serve", folder(address) + "/config.yml"},
                                    .prepare = [this, address] { return write_configuration(address); },
                                    .answers = [this, address] { return look(address) == Presence::Registry; }});
  if (!daemon.has_value()) return with_context(std::move(daemon), fmt::format("starting a registry at {}", address));
  running_[address] = std::move(*daemon);
  return {};
}

std::string LocalRegistry::explain(const std::string& address) const {
  std::error_code error;
  const auto space = fs::space(folder(address) + "/data", error);
  if (error || space.available >= kLeastFreeBytes) return {};
  return fmt::format("no space left on the disk of {} ({} MiB free)", folder(address), space.available >> 20);
}

bool LocalRegistry::is_own(const std::string& address) {
  std::error_code ignored;
  return on_loopback(address) && fs::exists(folder(address) + "/config.yml", ignored);
}

Result<bool> LocalRegistry::ask(const std::string& method, const std::string& reference, int yes) {
  const auto slash = reference.find('/');
  const auto at = reference.rfind('@');
  if (slash == std::string::npos || at == std::string::npos || at < slash) {
    return Error{ErrorKind::InvalidInput, fmt::format("'{}' names no image by its digest", reference)};
  }
  const std::string address = reference.substr(0, slash);
  TRY(ensure(address));
  const std::string repository = reference.substr(slash + 1, at - slash - 1);
  const std::string digest = reference.substr(at + 1);
  const auto answer = http_.send({.method = method,
                                  .url = fmt::format("http://{}/v2/{}/manifests/{}", address, repository, digest),
                                  .headers = {{"Accept", "*/*"}},
                                  .timeout = kRequest},
                                 {});
  if (!answer.has_value()) return Error(answer.error()).with_context(fmt::format("{} {}", method, reference));
  if (answer->status == yes || answer->status == 404) return answer->status == yes;
  return Error{ErrorKind::Failed, fmt::format("{} {}: the registry answered {}", method, reference, answer->status)};
}

Result<bool> LocalRegistry::has(const std::string& reference) { return ask("HEAD", reference, 200); }

Result<bool> LocalRegistry::remove(const std::string& reference) { return ask("DELETE", reference, 202); }

Status LocalRegistry::collect(const std::string& address) {
  if (!is_own(address)) return {};
  const std::lock_guard lock(mutex_);
  TRY(ensure_locked(address));  // Takes one over that an earlier sluice started, so that it can be ended.
  TRY(end_locked(address));
  auto collected = processes_.run(
      {.argv = {"docker-registry", "garbage-collect", folder(address) + "/config.yml"}, .timeout = kCollect}, {});
  Status started = ensure_locked(address);
  if (!collected.has_value()) return with_context(std::move(collected), "freeing the disk of the registry " + address);
  if (collected->exit_code != 0) {
    return Error{ErrorKind::Failed,
                 fmt::format("freeing the disk of the registry {}: docker-registry garbage-collect exited with {}: {}",
                             address, collected->exit_code, collected->err.substr(0, kShownBytes))};
  }
  return started;
}

Status LocalRegistry::end(const std::string& address) {
  const std::lock_guard lock(mutex_);
  return end_locked(address);
}

Status LocalRegistry::end_locked(const std::string& address) {
  const auto found = running_.find(address);
  if (found == running_.end()) return {};
  TRY(found->second->end(kGrace));
  running_.erase(found);
  return {};
}

Status LocalRegistry::end_all() {
  const std::lock_guard lock(mutex_);  // also waits for a registry that frees its disk: it is started again after that
  Status result;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(home_ + "/registry", error)) {
    const std::string address = "127.0.0.1:" + entry.path().filename().string();
    if (look(address) != Presence::Registry) continue;
    Status ended = ensure_locked(address);  // takes one over that an earlier sluice started
    if (ended) ended = end_locked(address);
    if (result && !ended) result = std::move(ended);
  }
  ended_ = true;
  return result;
}

}  // namespace sluice::docker_registry
