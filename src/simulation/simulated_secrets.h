// Secrets in memory: a file's content is its path.
#pragma once

#include "ports/secrets.h"

namespace sluice::simulation {

class SimulatedSecrets final : public ports::Secrets {
 public:
  /// Only files are known. Error: NotFound for every other source.
  Result<Secret> read(const rollout::SecretSource& source, const std::string&) override {
    if (const auto* file = std::get_if<rollout::SecretFile>(&source)) return Secret(file->path);
    return Error{ErrorKind::NotFound, "the simulation has files alone as secrets"};
  }
};

}  // namespace sluice::simulation
