// What a service is taken over with: the facts, and the calls that change them.
#pragma once

#include <stop_token>

#include "base/result.h"
#include "core/adoption/facts.h"
#include "core/adoption/plan.h"

namespace sluice::ports {

class AdoptionWorld {
 public:
  virtual ~AdoptionWorld() = default;

  enum class Look {
    Whole,   ///< With what only a person is told: other rules, autoscaling.
    Further  ///< What the next step hangs on.
  };

  /// All that there is now. `from`: the old service's name; empty: every service of the cluster is looked at.
  /// Errors: NotFound (the cluster, a rule), Denied, Unavailable.
  virtual Result<adoption::Facts> look(const std::string& from, Look look, std::stop_token stop) = 0;

  /// Carries a step out. Whatever became of an earlier attempt, a repeat makes nothing twice; `AwaitHealthy` needs no
  /// call. Errors: Conflict (somebody else changed a rule), Denied, InvalidInput, Unavailable, UnknownOutcome.
  virtual Status carry_out(const adoption::Step& step, const std::string& from, std::stop_token stop) = 0;
};

}  // namespace sluice::ports
