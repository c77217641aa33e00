#include "core/rollout/release.h"

#include <algorithm>

#include "base/assert.h"
#include "core/rollout/advance.h"
#include "core/rollout/stage_limits.h"

namespace sluice::rollout {
namespace {

/// The barrier that it waits at now, with nothing else to do.
std::optional<std::size_t> waits_at(const State& state) {
  const auto stage = current_stage(state);
  const bool waits = state.mode == Mode::Forward && state.in_flight && stage && stage->kind == StageKind::AwaitRelease;
  return waits ? std::optional(stage->index) : std::nullopt;
}

/// Whether one that is not on its way forward has its new revision; nothing of one that is.
std::optional<bool> has_ended_well(const MemberStanding& member) {
  if (member.state == nullptr) return member.outcome == Outcome::Succeeded;
  if (member.state->mode == Mode::Ended) return member.state->outcome == Outcome::Succeeded;
  return member.state->mode == Mode::RollingBack ? std::optional(false) : std::nullopt;
}

/// Waits at the barrier, or is past it. One that is held at a barrier is not there yet.
bool has_reached(const MemberStanding& member, std::size_t barrier) {
  if (const auto ended_well = has_ended_well(member)) return *ended_well;
  const State& state = *member.state;
  const std::vector<Stage> stages = forward_stages(state.plan);
  for (std::size_t i = 0; i < stages.size() && i <= state.stage; ++i) {
    const bool is_behind_it = stages[i].kind == StageKind::AwaitRelease && stages[i].index >= barrier;
    if (is_behind_it) return i < state.stage || waits_at(state).has_value();
  }
  return false;
}

/// Has made its traffic step of the round, or has none in it.
bool has_moved(const MemberStanding& member, std::size_t round) {
  if (const auto ended_well = has_ended_well(member)) return *ended_well;
  const State& state = *member.state;
  const std::vector<Stage> stages = forward_stages(state.plan);
  for (std::size_t i = state.stage; i < stages.size(); ++i) {
    const bool is_to_come = stages[i].kind == StageKind::Shift && round_of(state.plan, stages[i].index) <= round;
    if (is_to_come) return false;
  }
  return true;
}

bool is_past_the_last(const Release& release, const MemberStanding& member) {
  if (const auto ended_well = has_ended_well(member)) return *ended_well;
  return has_reached(member, last_barrier(release)) && !waits_at(*member.state);
}

bool is_taken_back(const MemberStanding& member) { return has_ended_well(member) == false; }

bool may_pass(const Release& release, const std::vector<MemberStanding>& members, const ReleaseMember& who,
              std::size_t barrier) {
  const auto depends = [&](std::size_t i) {
    return std::ranges::find(who.after, release.members[i].service) != who.after.end();
  };
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (barrier == kPrepareBarrier) {
      if (depends(i) && !has_reached(members[i], barrier_of_round(0))) return false;
      continue;
    }
    if (!has_reached(members[i], barrier)) return false;
    const bool is_round = barrier != last_barrier(release);
    if (is_round && depends(i) && !has_moved(members[i], barrier - barrier_of_round(0))) return false;
  }
  return true;
}

Milliseconds longest_way(const Plan& plan) {
  Milliseconds sum = plan.strategy.hold_for;
  for (const Stage& stage : forward_stages(plan)) {
    if (stage.kind == StageKind::AwaitRelease) continue;
    sum += stage_limit(plan, stage);
    if (stage.kind == StageKind::Bake) sum += plan.strategy.steps[stage.index].bake;
  }
  return sum;
}

/// Where the steps of members are in time. The last steps of all that are behind front doors come before the first ones
/// of front doors.
struct Rounds {
  std::size_t behind = 1;  ///< Steps of the member that has most of them, of those that are no front doors.
  std::size_t doors = 1;   ///< Likewise, of front doors.
  std::size_t all() const { return behind + doors - 1; }
};

Rounds rounds_of(const std::vector<Plan*>& plans) {
  Rounds rounds;
  for (const Plan* plan : plans) {
    std::size_t& most = is_front_door(*plan) ? rounds.doors : rounds.behind;
    most = std::max(most, plan->strategy.steps.size());
  }
  return rounds;
}

/// Front doors move after all that are none, also after those that nobody has said stand behind them. What depends on a
/// front door itself comes behind it.
std::vector<ReleaseMember> members_of(const std::vector<Plan*>& plans,
                                      const std::vector<std::vector<std::string>>& after, const Rounds& rounds) {
  std::vector<ReleaseMember> inside;
  std::vector<ReleaseMember> outside;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto depends_on = [&](const Plan* other) {
      return std::ranges::find(after[i], other->service.service) != after[i].end();
    };
    const bool is_door = is_front_door(*plans[i]);
    const bool is_inside = !is_door && std::ranges::none_of(plans, [&](const Plan* other) {
      return is_front_door(*other) && depends_on(other);
    });
    ReleaseMember member{.deployment = plans[i]->deployment,
                         .service = plans[i]->service.service,
                         .after = {},
                         .first_round = is_door ? rounds.all() - plans[i]->strategy.steps.size() : 0,
                         .last_round = is_inside ? rounds.behind - 1 : rounds.all() - 1};
    for (const Plan* other : plans) {
      if (depends_on(other)) member.after.push_back(other->service.service);
    }
    (is_inside ? inside : outside).push_back(std::move(member));
  }
  for (ReleaseMember& member : outside) {
    for (const ReleaseMember& other : inside) {
      const bool is_said = std::ranges::find(member.after, other.service) != member.after.end();
      if (!is_said) member.after.push_back(other.service);
    }
  }
  inside.insert(inside.end(), outside.begin(), outside.end());
  return inside;
}

}  // namespace

bool is_front_door(const Plan& plan) { return std::holds_alternative<GatewayTarget>(plan.green.target); }

const ReleaseMember& member_of(const Plan& plan) {
  SLUICE_ASSERT(plan.release);
  const auto found = std::ranges::find(plan.release->members, plan.deployment, &ReleaseMember::deployment);
  SLUICE_ASSERT(found != plan.release->members.end());
  return *found;
}

std::size_t round_of(const Plan& plan, std::size_t step) {
  const ReleaseMember& member = member_of(plan);
  const bool is_last = step + 1 == plan.strategy.steps.size();
  return is_last ? member.last_round : member.first_round + step;
}

void join_in_release(const std::string& id, std::vector<Plan*> plans,
                     const std::vector<std::vector<std::string>>& after) {
  SLUICE_ASSERT(plans.size() == after.size());
  if (plans.size() < 2) return;
  const Rounds rounds = rounds_of(plans);
  Release release{.id = id, .members = members_of(plans, after, rounds), .rounds = rounds.all()};
  for (const Plan* plan : plans) release.patience += longest_way(*plan);
  for (Plan* plan : plans) plan->release = release;
}

ReleaseMoves moves(const Release& release, const std::vector<MemberStanding>& members) {
  SLUICE_ASSERT(members.size() == release.members.size());
  ReleaseMoves moves;
  const bool stands = std::ranges::any_of(members, [&](const auto& m) { return is_past_the_last(release, m); });
  const auto back = std::ranges::find_if(members, is_taken_back);
  if (!stands && back != members.end()) {
    moves.because_of = back->deployment;
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
      if (!is_taken_back(*member)) moves.take_back.push_back(member->deployment);
    }
    return moves;
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].state == nullptr) continue;
    const auto barrier = waits_at(*members[i].state);
    if (!barrier) continue;
    if (stands || may_pass(release, members, release.members[i], *barrier)) {
      moves.go_on.push_back(members[i].deployment);
    }
  }
  return moves;
}

}  // namespace sluice::rollout
