#include "core/rollout/judgement.h"

#include <algorithm>

#include "base/assert.h"

namespace sluice::rollout {
namespace {

bool waits_for_figures(const Plan& plan, std::size_t step) {
  SLUICE_ASSERT(step < plan.strategy.steps.size());
  return plan.strategy.waits_for_figures || step + 1 == plan.strategy.steps.size();
}

}  // namespace

Milliseconds judged_after_bake(const Plan& plan, std::size_t step) {
  const bool is_judged = !plan.alarms.empty() || plan.analysis;
  if (!is_judged || !waits_for_figures(plan, step)) return Milliseconds{0};
  return telemetry_timing(plan.green.target).delay;
}

Milliseconds judged_bake(const Plan& plan, std::size_t step) {
  const Milliseconds bake = plan.strategy.steps[step].bake;
  if (waits_for_figures(plan, step)) return bake;
  const TelemetryTiming timing = telemetry_timing(plan.green.target);
  return std::max(Milliseconds{0}, bake - timing.delay - timing.grain);
}

}  // namespace sluice::rollout
