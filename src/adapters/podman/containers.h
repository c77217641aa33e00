// Containers by name: create, start, look at, signal, remove. Everything is safe to repeat.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/podman/api_client.h"
#include "adapters/podman/container_spec.h"

namespace sluice::podman {

struct Container {
  std::string id;
  std::string name;
  std::map<std::string, std::string> labels;
  std::string state;  ///< podman's word; may be wrong after a kill, so `pid` is probed.
  int pid = 0;        ///< Of its first process as podman recorded it; 0: none.
  int exit_code = 0;
  bool was_started = false;
  int stop_signal = 15;
  std::string address;  ///< On the bridge; empty on the host network.
  std::string log_path;
};

class Containers {
 public:
  explicit Containers(ApiClient& api) : api_(api) {}

  /// Pulls by digest when it is not there. Registries on a loopback address speak plain HTTP.
  /// Errors: NotFound (no such image), Unavailable (registry), Failed, Cancelled.
  Status ensure_image(const std::string& image, std::stop_token stop);
  /// Errors: Conflict (a container of that name exists), NotFound (image), Failed.
  Status create(const ContainerSpec& spec);
  Status start(const std::string& name);
  /// Nothing when there is none of that name.
  Result<std::optional<Container>> inspect(const std::string& name, std::stop_token stop = {});
  /// The ids of all with each of these labels, without looking at each: in some order.
  Result<std::vector<std::string>> ids(const std::map<std::string, std::string>& labels, std::stop_token stop = {});
  /// All with each of these labels, in the order of their names.
  Result<std::vector<Container>> list(const std::map<std::string, std::string>& labels);
  /// The most files and processes that a container may be given: the hard limits of podman's service, which sets its
  /// own lower than this process's, and above which runc refuses to start anything where CAP_SYS_RESOURCE is missing.
  ProcessLimits process_limits() const;
  /// Kills and removes it, whatever state podman believes it to be in. None there: success.
  Status remove(const std::string& name);

 private:
  ApiClient& api_;
};

}  // namespace sluice::podman
