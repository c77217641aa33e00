// How the controller keeps the members of a release together: what each may do next follows from where the others are.
#include <algorithm>
#include <memory>
#include <utility>

#include "application/controller.h"

namespace sluice::application {
namespace {

constexpr int kSearchedSummaries = 100;
/// How much later than it could a service goes back at most, so that a stage which leads to it goes first.
constexpr Milliseconds kFrontDoorsFirst{500};

/// Leads to GREEN, as far as is known, and its first attempt to change that has no answer yet.
bool is_on_its_way_back(const rollout::State& door) {
  if (!rollout::is_front_door(door.plan) || !door.touched || door.restored_at || door.mode == rollout::Mode::Ended)
    return false;
  return door.mode != rollout::Mode::RollingBack || door.attempts == 0;
}

}  // namespace

std::vector<rollout::MemberStanding> Controller::standings(const rollout::Release& release) const {
  std::vector<rollout::MemberStanding> standings;
  const bool all_are_here = std::ranges::all_of(
      release.members, [&](const rollout::ReleaseMember& member) { return find(member.deployment) != nullptr; });
  std::vector<ports::DeploymentSummary> ended;
  if (!all_are_here) ended = ports_.journal.history(std::nullopt, kSearchedSummaries).value_or(std::move(ended));
  for (const rollout::ReleaseMember& member : release.members) {
    rollout::MemberStanding standing{.deployment = member.deployment};
    if (const Deployment* deployment = find(member.deployment)) {
      standing.state = &deployment->state;
    } else {
      const auto found = std::ranges::find(ended, member.deployment, &ports::DeploymentSummary::deployment);
      if (found != ended.end()) standing.outcome = found->outcome;
    }
    standings.push_back(std::move(standing));
  }
  return standings;
}

/// Not at once: what has changed a member is not done with it yet.
void Controller::check_release_soon(const Deployment& deployment) {
  if (!deployment.state.plan.release) return;
  ports_.executor.at(ports_.clock.now(), [weak = std::weak_ptr(self_), release = *deployment.state.plan.release] {
    if (const auto self = weak.lock()) (*self)->check_release(release);
  });
}

void Controller::check_release(const rollout::Release& release) {
  const rollout::ReleaseMoves moves = rollout::moves(release, standings(release));
  // Those that pass the last barrier do so in one go: nothing may come between.
  for (const std::string& id : moves.go_on) {
    Deployment* member = lookup(id);
    if (member == nullptr || member->passed == member->state.in_flight->token) continue;
    member->passed = member->state.in_flight->token;
    submit(id, rollout::EffectSucceeded{member->passed, {}});
  }
  if (!moves.because_of) return;
  rollout::ReleaseTakenBack event{.service = "another service", .sentence = "it never began"};
  if (const Deployment* first = lookup(*moves.because_of)) {
    event.service = first->state.plan.service.service;
    if (first->state.cause) event.kind = first->state.cause->kind;
    if (first->state.cause) event.sentence = first->state.cause->sentence;
    if (first->state.cause && !first->state.cause->because_of.empty()) event.service = first->state.cause->because_of;
  }
  for (const std::string& id : moves.take_back) {
    Deployment* member = lookup(id);
    if (member == nullptr || std::exchange(member->taken_back_with, true)) continue;
    submit(id, event);
  }
}

bool Controller::waits_for_front_doors(const Deployment& deployment) const {
  const rollout::State& state = deployment.state;
  if (state.mode != rollout::Mode::RollingBack || !state.plan.release || rollout::is_front_door(state.plan))
    return false;
  if (state.attempts > 0) return false;  // it has waited
  return std::ranges::any_of(state.plan.release->members, [this](const rollout::ReleaseMember& member) {
    const Deployment* other = find(member.deployment);
    return other != nullptr && is_on_its_way_back(other->state);
  });
}

/// What a front door leads to should serve it until it leads elsewhere; but not for long.
void Controller::write_behind_front_doors(Deployment& deployment, const rollout::Effect& effect) {
  deployment.behind_front_doors = effect;
  ports_.executor.at(ports_.clock.now() + kFrontDoorsFirst,
                     [weak = std::weak_ptr(self_), id = deployment.state.plan.deployment, token = effect.token] {
                       if (const auto self = weak.lock()) (*self)->go_on_behind_front_doors(id, token, true);
                     });
}

void Controller::go_on_behind_front_doors(const std::string& id, const std::string& token, bool however_they_stand) {
  Deployment* deployment = lookup(id);
  if (deployment == nullptr || !deployment->behind_front_doors) return;
  if (deployment->behind_front_doors->token != token) return;
  if (!however_they_stand && waits_for_front_doors(*deployment)) return;
  const rollout::Effect effect = *std::exchange(deployment->behind_front_doors, std::nullopt);
  const auto& in_flight = deployment->state.in_flight;
  if (in_flight && in_flight->token == token) write_split(*deployment, effect);
}

/// Others of its release may have waited for that.
void Controller::front_door_has_changed(const Deployment& door) {
  if (!door.state.plan.release || !rollout::is_front_door(door.state.plan)) return;
  for (const rollout::ReleaseMember& member : door.state.plan.release->members) {
    const Deployment* other = find(member.deployment);
    if (other == nullptr || !other->behind_front_doors) continue;
    go_on_behind_front_doors(member.deployment, std::string(other->behind_front_doors->token), false);
  }
}

}  // namespace sluice::application
