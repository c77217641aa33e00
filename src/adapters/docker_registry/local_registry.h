// A registry on this machine (Debian's docker-registry), started when it is first needed and kept running.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "ports/daemons.h"
#include "ports/http_client.h"
#include "ports/own_registry.h"
#include "ports/processes.h"

namespace sluice::docker_registry {

/// May be used from any number of threads at once. The registry outlives this object, as every daemon does.
class LocalRegistry final : public ports::OwnRegistry {
 public:
  /// `home`: its configuration and images are kept in `home`/registry. What is lent must outlive this.
  LocalRegistry(std::string home, ports::Daemons& daemons, ports::HttpClient& http, ports::Processes& processes)
      : home_(std::move(home)), daemons_(daemons), http_(http), processes_(processes) {}

  /// Makes a registry answer at `address` (`127.0.0.1:5000`). One that answers already is taken as it is, whoever
  /// runs it; an address that is not on this machine's loopback is left alone. Errors: Conflict (something there is no
  /// registry), NotFound (docker-registry is not installed), Unavailable (its files cannot be written), Failed,
  /// TimedOut.
  Status ensure(const std::string& address);

  /// A reason why it may refuse images: its disk is full. Empty when there is none, or when it is not ours.
  std::string explain(const std::string& address) const;

  bool is_own(const std::string& address) override;
  Result<bool> has(const std::string& reference) override;
  Result<bool> remove(const std::string& reference) override;
  /// A push that comes meanwhile is refused: what it had sent so far could be taken for garbage.
  Status collect(const std::string& address) override;

  /// Ends the registry that `ensure` started or kept at `address`; none there: success.
  Status end(const std::string& address);

  /// Ends every registry that keeps its images in `home`, also those that an earlier sluice started, and starts none any
  /// more: `ensure` answers Cancelled. First error wins.
  Status end_all();

 private:
  enum class Presence { Registry, Nothing, SomethingElse };
  Presence look(const std::string& address) const;
  /// About the manifest of an image: true at the status `yes`, false at 404.
  Result<bool> ask(const std::string& method, const std::string& reference, int yes);
  std::string folder(const std::string& address) const;
  Status ensure_locked(const std::string& address);
  Status end_locked(const std::string& address);
  Status write_configuration(const std::string& address) const;

  std::string home_;
  ports::Daemons& daemons_;
  ports::HttpClient& http_;
  ports::Processes& processes_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<ports::Daemon>> running_;
  bool ended_ = false;
};

}  // namespace sluice::docker_registry
