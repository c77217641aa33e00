// How the controller keeps the members of a release together: what each may do next follows from where the others are.
#include <algorithm>
#include <memory>
#include <utility>

#include "application/controller.h"

namespace sluice::application {
namespace {

constexpr int kSearchedSummaries = 100;

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

}  // namespace sluice::application
