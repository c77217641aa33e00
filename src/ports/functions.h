// Functions of the user's own that sluice invokes: lifecycle hooks in AWS Lambda.
#pragma once

#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "core/rollout/function_hook.h"
#include "core/rollout/target.h"

namespace sluice::ports {

struct FunctionCall {
  std::string function;  ///< Name or ARN, with or without a version or an alias behind a colon.
  std::string payload;   ///< JSON.
  Milliseconds timeout{0};
};

class Functions {
 public:
  virtual ~Functions() = default;
  /// One invocation, never repeated by itself, whose end is waited for; what the function says is a result, also that
  /// it failed. `place`: whose account and region are asked. It blocks. Errors: InvalidInput (no such store at that
  /// place), NotFound, Denied, Unavailable (nothing happened), UnknownOutcome (it may have run, or still runs),
  /// Cancelled.
  virtual Result<rollout::FunctionAnswer> invoke(const rollout::Target& place, const FunctionCall& call,
                                                 std::stop_token stop) const = 0;
};

}  // namespace sluice::ports
