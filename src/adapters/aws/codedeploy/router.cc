#include "adapters/aws/codedeploy/router.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/aws/ecs_service.h"
#include "adapters/aws/target_groups.h"
#include "adapters/aws/task_sets.h"

namespace sluice::aws::codedeploy {
namespace {

/// GREEN may have more by now: CodeDeploy goes on by its own clock, and never down but to nothing.
bool is_reached(Weight wanted, Weight there) { return wanted == Weight::none() ? there == wanted : there >= wanted; }

/// Of a deployment after it: CodeDeploy names task sets after their deployments. The group's own word may be behind.
bool has_one_of_another(const std::vector<TaskSet>& sets, const Deployment& last) {
  return std::ranges::any_of(sets, [&](const TaskSet& set) {
    return set.status != kPrimary && set.status != kDraining && set.external_id != last.id &&
           set.external_id != last.rolls_back;
  });
}

}  // namespace

Router::Router(Pause pause, ClientPool& clients, const ports::Clock& clock)
    : ObservingRouter({[](const rollout::EcsTarget& place) { return place.codedeploy.has_value(); }, "CodeDeploy"},
                      std::move(pause), clients, clock) {}

Result<Router::Move> Router::move_under_way(Client& client, const rollout::EcsTarget& place) const {
  const CodeDeployApi codedeploy(client, place);
  TRY_ASSIGN(const auto last, codedeploy.last(Priority::Urgent, {}));
  if (!last) return Error{ErrorKind::Failed, "CodeDeploy has no deployment that moves the traffic"};
  if (!last->rolls_back.empty() && last->is_active()) {
    return Error{ErrorKind::Unavailable, "the traffic is on its way back: " + last->account()};
  }
  TRY_ASSIGN(const auto sets, EcsService(client, place).task_sets({}));
  if (!last->is_active()) {
    if (has_one_of_another(sets, *last)) {
      return Error{ErrorKind::Unavailable, last->account() + ", and ECS has a task set of another one"};
    }
    if (!last->rolls_back.empty()) {
      TRY_ASSIGN(const Deployment gone, codedeploy.deployment(last->rolls_back, Priority::Urgent, {}));
      return Error{ErrorKind::Failed, fmt::format("{}; its rollback {} is {}", gone.account(), last->id, last->status)};
    }
    if (last->rollback.empty()) return Error{ErrorKind::Failed, last->account()};
    // A rollback is a deployment of its own, and the group may not tell of it yet.
    TRY_ASSIGN(const Deployment back, codedeploy.deployment(last->rollback, Priority::Urgent, {}));
    return Error{back.is_active() ? ErrorKind::Unavailable : ErrorKind::Failed,
                 fmt::format("{}; its rollback {} is {}", last->account(), back.id, back.status)};
  }
  // "externalId … contains the AWS CodeDeploy deployment ID": TaskSet of ECS's API reference.
  const auto set = std::ranges::find(sets, last->id, &TaskSet::external_id);
  if (set == sets.end()) return Error{ErrorKind::Unavailable, last->account() + ", and ECS tells of no task set of it"};
  TRY_ASSIGN(const TargetGroupPair groups, target_groups_of(client, place, Priority::Urgent, {}));
  return Move{*last, set->target_group == groups[1] ? rollout::Slot::B : rollout::Slot::A,
              last->is_ready() || !set->is_steady};
}

Status Router::carry_out(const CodeDeployApi& codedeploy, const Move& move, Weight wanted) const {
  if (wanted == Weight::none()) return codedeploy.stop(move.deployment.id);
  if (move.deployment.is_ready()) return codedeploy.go_on(move.deployment.id, WaitType::Ready);
  return {};
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_of(service));
  TRY_ASSIGN(Client* const client, clients().get(place.region, place.role));
  TRY_ASSIGN(rollout::TrafficSplit there, read_now(service));
  auto move = move_under_way(*client, place);
  if (!move && there == split && move.error().kind == ErrorKind::Failed) return {};  // at rest, and as wanted
  if (!move) return std::move(move.error());
  const Weight wanted = share_of(split, move->green);
  const bool goes_back = wanted == Weight::none();
  // What is so already, a controller that has just started writes again: that must not end GREEN's start.
  if (goes_back && there == split && move->awaits_word) return {};
  // Else going back is said even where GREEN has nothing yet: CodeDeploy would give it some in the next moment.
  if (goes_back || !is_reached(wanted, share_of(there, move->green))) {
    TRY(carry_out(CodeDeployApi(*client, place), *move, wanted));
  }
  for (int look = 1;; ++look) {
    TRY_ASSIGN(there, read_now(service));
    const Weight share = share_of(there, move->green);
    if (is_reached(wanted, share) && !goes_back) return {};
    if (look < kLooks) {
      TRY(pause());
      continue;
    }
    return Error{ErrorKind::Unavailable, fmt::format("GREEN has {}, and {} is wanted: {}{}", share.to_string(),
                                                     wanted.to_string(), move->deployment.account(),
                                                     goes_back ? " and was stopped" : ", and moves by its own clock")};
  }
}

}  // namespace sluice::aws::codedeploy
