// The HAProxy of this sluice: started, kept running, reconfigured without a lost connection.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/haproxy/configuration.h"
#include "adapters/haproxy/held_listeners.h"
#include "adapters/haproxy/runtime_socket.h"
#include "ports/daemons.h"
#include "ports/processes.h"

namespace sluice::haproxy {

/// Runs in master-worker mode in a session of its own, from files in `settings.home` that always say what is wanted
/// now, so that a start after a crash needs nobody. Not thread-safe but for `runtime` and `old_workers`.
class HaproxyProcess {
 public:
  struct Surroundings {
    ports::Daemons& daemons;
    ports::Processes& processes;
    HeldListeners& listeners;
    std::function<void(const Error&)> report;  ///< Of what went wrong and stops nothing.
  };
  HaproxyProcess(Settings settings, Surroundings surroundings);

  const Settings& settings() const { return settings_; }
  const RuntimeSocket& runtime() const { return runtime_; }
  bool running() const { return daemon_ != nullptr; }
  /// Null while there is no service and so no HAProxy.
  ports::Daemon* daemon() const { return daemon_.get(); }

  /// Brings HAProxy to this state: starts it, keeps the one that runs, or reloads that. With no service: nothing.
  /// Errors: InvalidInput (HAProxy refuses the configuration: its own words), Failed, TimedOut, NotFound. After an
  /// error what ran before runs on, with the files of `before`.
  Status apply(const RouterState& state, const RouterState& before);

  /// Only the endpoints differ: the files change, the running process is the caller's to tell.
  Status rewrite(const RouterState& state);

  /// Process ids of former workers that still serve connections.
  std::vector<int> old_workers() const;
  /// A command for a former worker, by the master.
  Result<std::string> old_worker_command(int pid, std::string_view line) const;

 private:
  Settings fitted(const RouterState& state) const;
  Status check_file(const std::string& path) const;
  Status start();
  Status reload(const std::string& structure) const;
  /// A field of what the running process tells of itself; empty when it has none of that name.
  Result<std::string> running_info(std::string_view field) const;
  Result<std::string> running_structure() const { return running_info("description"); }
  /// Holds what HAProxy listens on now.
  void hold_listeners(const RouterState& state) const;

  Settings settings_;
  Surroundings around_;
  RuntimeSocket runtime_;
  RuntimeSocket master_;
  std::unique_ptr<ports::Daemon> daemon_;
};

/// The secret that marks sluice's own requests: made when the file is not there, mode 600. Error: Failed.
Result<std::string> probe_secret(const Settings& settings);

}  // namespace sluice::haproxy
