// Secrets in memory: a file's content is its path, and a variable's its name as long as the controller knows it.
#pragma once

#include <set>
#include <string>

#include "ports/secrets.h"

namespace sluice::simulation {

class SimulatedSecrets final : public ports::Secrets {
 public:
  /// Error: NotFound for a variable that nobody has sent, and for a command.
  Result<Secret> read(const rollout::SecretSource& source, const std::string&) override {
    if (const auto* file = std::get_if<rollout::SecretFile>(&source)) return Secret(file->path);
    const auto* variable = std::get_if<rollout::SecretVariable>(&source);
    if (variable != nullptr && variables_.contains(variable->name)) return Secret(variable->name);
    return Error{ErrorKind::NotFound, variable == nullptr ? "the simulation runs no command"
                                                          : "the variable " + variable->name + " is not known"};
  }

  Result<rollout::SecretReference> refer(const rollout::SecretSource&) override {
    return Error{ErrorKind::InvalidInput, "the simulation has no target that reads secrets"};
  }

  void send(const std::string& variable) { variables_.insert(variable); }
  void forget_variables() { variables_.clear(); }

 private:
  std::set<std::string> variables_;
};

}  // namespace sluice::simulation
