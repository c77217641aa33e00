#include "adapters/docker_registry/local_registry.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

namespace sluice::docker_registry {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kProbe{2000};
constexpr Milliseconds kGrace{2000};
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

Status LocalRegistry::end(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(address);
  if (found == running_.end()) return {};
  TRY(found->second->end(kGrace));
  running_.erase(found);
  return {};
}

Status LocalRegistry::end_all() {
  Status result;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(home_ + "/registry", error)) {
    const std::string address = "127.0.0.1:" + entry.path().filename().string();
    if (look(address) != Presence::Registry) continue;
    Status ended = ensure(address);  // takes one over that an earlier sluice started
    if (ended) ended = end(address);
    if (result && !ended) result = std::move(ended);
  }
  return result;
}

}  // namespace sluice::docker_registry
