// ports::Functions with AWS Lambda's Invoke.
#pragma once

#include "adapters/aws/client_pool.h"
#include "ports/functions.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class Functions final : public ports::Functions {
 public:
  /// `clients` must outlive this.
  explicit Functions(ClientPool& clients) : clients_(clients) {}

  Result<rollout::FunctionAnswer> invoke(const rollout::Target& place, const ports::FunctionCall& call,
                                         std::stop_token stop) const override;

 private:
  ClientPool& clients_;
};

}  // namespace sluice::aws
