#include "simulation/release_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sluice::simulation {
namespace {

using rollout::StageKind;

/// The round of its next traffic step that it has not begun; that after the last one where it has begun all.
std::size_t next_round(const rollout::State& state) {
  const std::size_t after_all = state.plan.release->rounds;
  if (state.mode == rollout::Mode::Ended) return after_all;
  const auto stages = rollout::forward_stages(state.plan);
  for (std::size_t i = state.stage + 1; i < stages.size(); ++i) {
    if (stages[i].kind == StageKind::Shift) return rollout::round_of(state.plan, stages[i].index);
  }
  return after_all;
}

/// Its replicas run behind the router, and what is done before traffic is done.
bool is_prepared(const rollout::State& state) {
  const auto stages = rollout::forward_stages(state.plan);
  const auto attach = std::ranges::find(stages, StageKind::AttachGreen, &rollout::Stage::kind);
  return state.mode == rollout::Mode::Ended || state.stage > static_cast<std::size_t>(attach - stages.begin());
}

}  // namespace

void ReleaseChecker::on_event(const application::Deployment& deployment, const rollout::Event&, TimePoint at) {
  const rollout::State& state = deployment.state;
  if (!state.plan.release || state.mode != rollout::Mode::Forward || !state.plan.blue) return;
  const auto stage = rollout::current_stage(state);
  if (!stage || stage->kind != StageKind::Shift) return;
  for (const rollout::ReleaseMember& member : state.plan.release->members) {
    if (member.deployment == state.plan.deployment || !journal_.records().contains(member.deployment)) continue;
    const rollout::State& other = states_.replayed(member.deployment);
    if (other.mode != rollout::Mode::Forward) continue;  // it goes back, and takes this one with it
    if (!is_prepared(other)) {
      violations_.add(at, "a release is prepared before it has traffic",
                      fmt::format("{} moves while {} is not", state.plan.deployment, member.deployment));
    }
    // A first deployment opens its route when it is prepared; who was told to go to 100% at once is ahead of the rest.
    if (!other.plan.blue || state.promote_full || other.promote_full) continue;
    const std::size_t own = rollout::round_of(state.plan, stage->index);
    const std::size_t others = next_round(other);
    if (own > others) {
      violations_.add(
          at, "a release moves in lock step",
          fmt::format("{} is at round {}, {} before {}", state.plan.deployment, own, member.deployment, others));
    }
  }
}

void ReleaseChecker::check_ends(TimePoint at) {
  std::set<std::string> seen;
  for (const auto& [id, records] : journal_.records()) {
    if (journal_.is_given_up(id)) continue;
    const auto& release = states_.replayed(id).plan.release;
    if (!release || !seen.insert(release->id).second) continue;
    std::size_t good = 0;
    for (const rollout::ReleaseMember& member : release->members) {
      const bool begun = journal_.records().contains(member.deployment) && !journal_.is_given_up(member.deployment);
      if (!begun) {
        violations_.add(at, "a release begins whole", fmt::format("{} has begun, {} has not", id, member.deployment));
        return;
      }
      good += states_.replayed(member.deployment).outcome == rollout::Outcome::Succeeded ? 1 : 0;
    }
    if (good != 0 && good != release->members.size()) {
      violations_.add(at, "a release ends as one",
                      fmt::format("{} of {} members of {} succeeded", good, release->members.size(), release->id));
    }
    ++(good == 0 ? taken_back_ : succeeded_);
  }
}

}  // namespace sluice::simulation
