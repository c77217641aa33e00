// Secrets from files, commands and variables of this machine.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "ports/processes.h"
#include "ports/secrets.h"

namespace sluice::posix {

class Secrets final : public ports::Secrets {
 public:
  /// Gives the value of an environment variable; nothing when it is not set.
  using Variables = std::function<std::optional<std::string>(const std::string& name)>;

  /// `processes` must outlive this object. Commands run with the environment of this process, at most 30 s.
  Secrets(ports::Processes& processes, Variables variables) : processes_(processes), variables_(std::move(variables)) {}

  /// Error besides: InvalidInput for a secret that is elsewhere.
  Result<Secret> read(const rollout::SecretSource& source, const std::string& base_directory) override;
  /// Error: InvalidInput, always.
  Result<rollout::SecretReference> refer(const rollout::SecretSource& source) override;

 private:
  Result<std::string> read_file(const rollout::SecretFile& file, const std::string& base_directory);
  Result<std::string> run_command(const rollout::SecretCommand& command, const std::string& base_directory);
  Result<std::string> read_variable(const rollout::SecretVariable& variable);

  ports::Processes& processes_;
  Variables variables_;
};

/// The variables of this process.
std::optional<std::string> variable_of_this_process(const std::string& name);

}  // namespace sluice::posix
