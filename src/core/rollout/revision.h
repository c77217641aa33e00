// One immutable version of a service: image digest plus its configuration. A changed secret or variable is a new
// revision.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/rollout/secret_source.h"
#include "core/rollout/target.h"

namespace sluice::rollout {

/// The variable in which a container finds the id of its revision: by it a service labels its own metrics, so that both
/// colours can be told apart there.
inline constexpr std::string_view kRevisionVariable = "SLUICE_REVISION";

struct HealthCheck {
  std::string path = "/health";  ///< Answers 200..399 when the replica can serve.
  Milliseconds every{2000};
  Milliseconds within{60'000};  ///< A replica that is not healthy this long after its start has failed.
  friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

enum class Network {
  Bridge,  ///< The container has its own address; its image may fix its port.
  Host,    ///< Faster to start; the image must take the variable `PORT`.
};

std::string_view to_string(Network network);
std::optional<Network> parse_network(std::string_view name);

struct Limits {
  std::optional<long> memory_bytes;
  std::optional<double> cpus;
  long pids = 512;
  friend bool operator==(const Limits&, const Limits&) = default;
};

struct Revision {
  std::string id;     ///< Sorts by time; unique in its environment.
  std::string image;  ///< `registry/name@sha256:…`; never a tag. Of a function its code: see function_code.h. Of a
                      ///< gateway its API's definition: see api_definition.h. Of
                      ///< flags the file that defines them, likewise.
  std::string label;  ///< For people: `sha-1a2b3c4` or the tag that was asked for.
  int port = 8080;    ///< Inside the container (bridge).
  int replicas = 1;
  HealthCheck health;
  Network network = Network::Bridge;
  Limits limits;
  bool read_only = false;            ///< Root file system read-only, /tmp as tmpfs.
  std::vector<std::string> command;  ///< Replaces the image's command when not empty.
  std::map<std::string, std::string> env;
  std::map<std::string, SecretReference> secrets;
  std::string base_directory;  ///< Absolute folder of sluice.yaml, for secrets and hook commands.
  Target target;
  friend bool operator==(const Revision&, const Revision&) = default;
};

}  // namespace sluice::rollout
