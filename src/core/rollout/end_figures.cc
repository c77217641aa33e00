#include "core/rollout/end_figures.h"

#include <algorithm>

#include "base/assert.h"
#include "core/rollout/state.h"

namespace sluice::rollout {
namespace {

Milliseconds between(TimePoint from, TimePoint until) { return std::max(until - from, Milliseconds{0}); }

}  // namespace

EndFigures end_figures(const State& state) {
  SLUICE_ASSERT(state.outcome && state.ended_at);
  EndFigures figures{.at = *state.ended_at, .rolled_back = state.outcome == Outcome::RolledBack};
  const bool has_succeeded = state.outcome == Outcome::Succeeded;
  if (state.outcome != Outcome::Cancelled) figures.succeeded = has_succeeded;
  const TimePoint settled = state.full_at.value_or(state.restored_at.value_or(*state.ended_at));
  figures.duration = between(state.started_at, settled);
  if (figures.rolled_back && state.first_sign && state.restored_at) {
    figures.recovery = between(*state.first_sign, *state.restored_at);
  }
  if (has_succeeded && state.plan.committed_at) figures.lead = between(*state.plan.committed_at, settled);
  return figures;
}

}  // namespace sluice::rollout
