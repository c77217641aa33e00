#include "adapters/aws/codedeploy/router.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/aws/ecs_service.h"
#include "adapters/aws/target_groups.h"

namespace sluice::aws::codedeploy {
namespace {

/// GREEN may have more by now: CodeDeploy goes on by its own clock, and never down but to nothing.
bool is_reached(Weight wanted, Weight there) { return wanted == Weight::none() ? there == wanted : there >= wanted; }

}  // namespace

Router::Router(Pause pause, ClientPool& clients, const ports::Clock& clock)
    : pause_(pause), clients_(clients), rules_({.pause = pause, .reads_only = true}, no_copies_, clients, clock) {}

Status Router::ensure(const ports::RoutedService& service) {
  const auto* place = std::get_if<rollout::EcsTarget>(&service.target);
  if (place == nullptr || !place->codedeploy) {
    return Error{ErrorKind::InvalidInput, fmt::format("{} is not moved by CodeDeploy", service.service.to_string())};
  }
  TRY(rules_.ensure(service));
  const std::lock_guard lock(mutex_);
  places_[service.service] = *place;
  return {};
}

Result<rollout::EcsTarget> Router::place_of(const rollout::ServiceKey& service) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(service);
  if (found != places_.end()) return found->second;
  return Error{ErrorKind::NotFound, fmt::format("the deployment group of {} is not known yet", service.to_string())};
}

Status Router::set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot,
                             const std::vector<ports::Endpoint>& own, const std::vector<ports::Endpoint>& fallback) {
  return rules_.set_endpoints(service, slot, own, fallback);
}

Result<Router::Move> Router::move_under_way(Client& client, const rollout::EcsTarget& place) const {
  const CodeDeployApi codedeploy(client, place);
  TRY_ASSIGN(const auto last, codedeploy.last(Priority::Urgent, {}));
  if (!last) return Error{ErrorKind::Failed, "CodeDeploy has no deployment that moves the traffic"};
  if (!last->rolls_back.empty() && last->is_active()) {
    return Error{ErrorKind::Unavailable, "the traffic is on its way back: " + last->account()};
  }
  if (!last->is_active()) {
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
  TRY_ASSIGN(const auto sets, EcsService(client, place).task_sets({}));
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
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(rollout::TrafficSplit there, rules_.look(service));
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
    TRY_ASSIGN(there, rules_.look(service));
    const Weight share = share_of(there, move->green);
    if (is_reached(wanted, share) && !goes_back) return {};
    if (look < kLooks) {
      TRY(pause_(kLookPause, {}));
      continue;
    }
    return Error{ErrorKind::Unavailable, fmt::format("GREEN has {}, and {} is wanted: {}{}", share.to_string(),
                                                     wanted.to_string(), move->deployment.account(),
                                                     goes_back ? " and was stopped" : ", and moves by its own clock")};
  }
}

Result<rollout::TrafficSplit> Router::read_split(const rollout::ServiceKey& service) {
  return rules_.read_split(service);
}

Result<ports::OpenSessions> Router::open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) {
  return rules_.open_sessions(service, slot);
}

Status Router::clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) {
  return rules_.clear_slot(service, slot, cut);
}

Result<Router::Entrance> Router::entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) {
  return rules_.entrance(service, slot);
}

}  // namespace sluice::aws::codedeploy
