// Secrets wherever they are: each call goes to the port of the secret's source.
#pragma once

#include <string>

#include "ports/secrets.h"

namespace sluice::application {

class SecretsBySource final : public ports::Secrets {
 public:
  /// Both must outlive this.
  SecretsBySource(ports::Secrets& machine, ports::Secrets& aws) : machine_(machine), aws_(aws) {}

  Result<Secret> read(const rollout::SecretSource& source, const std::string& base_directory) override {
    return of(source).read(source, base_directory);
  }
  Result<rollout::SecretReference> refer(const rollout::SecretSource& source) override {
    return of(source).refer(source);
  }

 private:
  ports::Secrets& of(const rollout::SecretSource& source) const { return is_in_aws(source) ? aws_ : machine_; }

  ports::Secrets& machine_;
  ports::Secrets& aws_;
};

}  // namespace sluice::application
