#include "core/rollout/target.h"

namespace sluice::rollout {

TelemetryTiming telemetry_timing(const Target& target) {
  using namespace std::chrono_literals;
  struct Visitor {
    TelemetryTiming operator()(const MachineTarget&) const { return {}; }
    TelemetryTiming operator()(const EcsTarget&) const { return {.grain = 60s, .delay = 120s}; }
  };
  return std::visit(Visitor{}, target);
}

}  // namespace sluice::rollout
