// A stage of an API as API Gateway tells of it, and what a write changes of it.
#pragma once

#include <optional>
#include <string>

#include "base/weight.h"

namespace sluice::aws::gateway {

/// `canarySettings` of a REST API's stage: the deployment that has a share of its requests.
struct Canary {
  std::string deployment;
  Weight share;
  friend bool operator==(const Canary&, const Canary&) = default;
};

struct Stage {
  std::string deployment;        ///< Empty: it has none.
  bool auto_deploys = false;     ///< AutoDeploy of version 2: AWS itself points it at a deployment of each change.
  std::optional<Canary> canary;  ///< Of a REST API alone.
};

/// What one UpdateStage does, in this order; nothing else of the stage is sent.
struct StageChange {
  bool removes_canary = false;
  std::string deployment;         ///< That it is pointed at; empty: it stays.
  std::string canary_deployment;  ///< That becomes its canary; empty: it stays.
  std::optional<Weight> canary_share;

  bool is_nothing() const { return *this == StageChange{}; }
  friend bool operator==(const StageChange&, const StageChange&) = default;
};

}  // namespace sluice::aws::gateway
