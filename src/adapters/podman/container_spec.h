// What podman is asked to create, as data, and its JSON (SpecGenerator of libpod's REST API 4.0).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "core/rollout/revision.h"

namespace sluice::podman {

struct ProcessLimits {
  long files = 4096;
  long processes = 4096;  ///< Of the container's user, system-wide.
};

struct ContainerSpec {
  std::string name;
  std::string image;  ///< By digest.
  std::vector<std::string> command;
  bool replace_entrypoint = false;  ///< `command` is the whole command line, the image's entry point is left out.
  std::map<std::string, std::string> env;
  std::vector<std::pair<std::string, Secret>> secrets;  ///< Variables too; they win over `env`.
  std::map<std::string, std::string> labels;
  rollout::Network network = rollout::Network::Bridge;
  bool no_network = false;  ///< Nothing but its own loopback, whatever `network` says.
  bool init = true;  ///< A first process of podman's own; without it podman itself says why a command cannot run.
  rollout::Limits limits;
  bool read_only = false;
  ProcessLimits process_limits;
};

/// Holds the secrets' values: never to be logged.
std::string to_json(const ContainerSpec& spec);

}  // namespace sluice::podman
