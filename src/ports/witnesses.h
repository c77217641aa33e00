// Named alarms of others that count for a deployment, too: CloudWatch's.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/rollout/target.h"
#include "core/rollout/witness.h"

namespace sluice::ports {

class Witnesses {
 public:
  virtual ~Witnesses() = default;
  /// What the alarms say now, in the order of their names; one that is not there is Missing. It blocks. `place`: whose
  /// account and region are asked. Errors: InvalidInput (no alarms have names there), Denied, Unavailable, Cancelled.
  virtual Result<std::vector<rollout::Witness>> look(const rollout::Target& place,
                                                     const std::vector<std::string>& names, std::stop_token stop) = 0;
  /// What they said last, and at most a minute ago; while somebody reads they are asked again and again. It never
  /// waits. Errors: as above; NotFound (not asked yet).
  virtual Result<std::vector<rollout::Witness>> read(const rollout::Target& place,
                                                     const std::vector<std::string>& names) const = 0;
};

}  // namespace sluice::ports
