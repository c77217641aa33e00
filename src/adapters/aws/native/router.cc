#include "adapters/aws/native/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "adapters/aws/target_groups.h"

namespace sluice::aws::native {
namespace {

/// The stage that ECS tells of before the first pause, and after its answer until the traffic moves.
constexpr std::string_view kAroundThePause = "POST_TEST_TRAFFIC_SHIFT";

}  // namespace

Router::Router(Pause pause, const DeploymentNotes& notes, ClientPool& clients, const ports::Clock& clock)
    : ObservingRouter(
          {[](const rollout::EcsTarget& place) { return place.native.has_value(); }, "ECS's own deployments"},
          std::move(pause), clients, clock),
      notes_(notes) {}

Result<Router::Move> Router::move_of(Client& client, const rollout::EcsTarget& place,
                                     const ServiceDeployment& deployment) const {
  TRY_ASSIGN(const auto target, NativeService(client, place).revisions({deployment.target}, Priority::Urgent, {}));
  TRY_ASSIGN(const TargetGroupPair groups, target_groups_of(client, place, Priority::Urgent, {}));
  const auto group = target.empty() ? groups.end() : std::ranges::find(groups, target.front().target_group);
  if (group == groups.end()) {
    return Error{ErrorKind::Unavailable,
                 deployment.account() + ", and ECS does not tell yet which target group GREEN is in"};
  }
  return Move{deployment, group == groups.begin() ? rollout::Slot::A : rollout::Slot::B};
}

/// A pause looks like the one before it. One that follows is answered only after GREEN's share has grown.
bool Router::may_answer(const ServiceDeployment& deployment) const {
  const std::lock_guard lock(mutex_);
  const auto before = answered_.find(deployment.arn);
  if (before == answered_.end() || before->second.pauses == deployment.pauses) return true;
  return deployment.share > before->second.share;
}

Status Router::go_on(const NativeService& ecs, const ServiceDeployment& deployment) {
  if (deployment.pauses.empty() || !may_answer(deployment)) return {};
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(answered_, [&](const auto& each) { return each.first != deployment.arn && answered_.size() > 100; });
    answered_[deployment.arn] = {deployment.pauses, deployment.share};
  }
  return ecs.go_on(deployment);
}

/// One step follows another where more than the next is wanted. A pause is answered only where the rules and ECS agree
/// on what GREEN has, and that is less than is wanted: reads may be behind.
Status Router::go_to(const rollout::ServiceKey& key, const NativeService& ecs, const Move& move, Weight wanted) {
  ServiceDeployment deployment = move.deployment;
  for (int look = 1;; ++look) {
    if (deployment.is_going_back() || !deployment.is_active()) {
      return Error{deployment.is_active() ? ErrorKind::Unavailable : ErrorKind::Failed, deployment.account()};
    }
    TRY_ASSIGN(const rollout::TrafficSplit there, read_now(key));
    const Weight share = share_of(there, move.green);
    if (share >= wanted) return {};
    if (deployment.share == share) TRY(go_on(ecs, deployment));
    if (look == kLooks) {
      return Error{ErrorKind::Unavailable, fmt::format("GREEN has {}, and {} is wanted: {} at {}", share.to_string(),
                                                       wanted.to_string(), deployment.account(), deployment.stage)};
    }
    TRY(pause());
    TRY_ASSIGN(deployment, ecs.deployment(deployment.arn, Priority::Urgent, {}));
  }
}

Status Router::take_back(const rollout::ServiceKey& key, const NativeService& ecs, const Move& move) {
  ServiceDeployment deployment = move.deployment;
  if (!deployment.is_going_back()) {
    TRY_ASSIGN(const rollout::TrafficSplit there, read_now(key));
    const bool has_none = share_of(there, move.green) == Weight::none() && deployment.share == Weight::none();
    // What is so already, a controller that has just started writes again: that must not end GREEN's start.
    if (has_none && deployment.has_not_shifted()) return {};
    // Either the pause is about to come, or it was answered a moment ago: the next look tells.
    if (has_none && deployment.stage == kAroundThePause) {
      return Error{ErrorKind::Unavailable, deployment.account() + ", between two of its stages"};
    }
    TRY(ecs.take_back(deployment.arn));
  }
  for (int look = 1;; ++look) {
    TRY_ASSIGN(deployment, ecs.deployment(deployment.arn, Priority::Urgent, {}));
    TRY_ASSIGN(const rollout::TrafficSplit there, read_now(key));
    const Weight share = share_of(there, move.green);
    const bool goes_back = deployment.is_going_back() || !deployment.is_active();
    if (goes_back && share == Weight::none()) return {};
    if (look == kLooks) {
      return Error{ErrorKind::Unavailable,
                   fmt::format("GREEN still has {}: {}", share.to_string(), deployment.account())};
    }
    TRY(pause());
  }
}

Status Router::set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const rollout::EcsTarget place, place_of(service));
  TRY_ASSIGN(Client* const client, clients().get(place.region, place.role));
  const NativeService ecs(*client, place);
  TRY_ASSIGN(const LastDeployment last, last_deployment(ecs, notes_, service, Priority::Urgent, {}));
  if (last.is_foreign()) return foreign_deployment(ecs, *last.deployment);
  if (!last.is_active()) return at_rest(service, last, split);
  TRY_ASSIGN(const Move move, move_of(*client, place, *last.deployment));
  const Weight wanted = share_of(split, move.green);
  return wanted == Weight::none() ? take_back(service, ecs, move) : go_to(service, ecs, move, wanted);
}

/// Nothing moves the traffic: it is as it is.
Status Router::at_rest(const rollout::ServiceKey& key, const LastDeployment& last, const rollout::TrafficSplit& split) {
  TRY_ASSIGN(const rollout::TrafficSplit there, read_now(key));
  if (there == split) return {};
  if (last.is_awaited()) {
    return Error{ErrorKind::Unavailable, "ECS does not tell of the deployment that it was asked for"};
  }
  return Error{ErrorKind::Failed,
               last.deployment ? last.deployment->account() : "ECS has no deployment that moves the traffic"};
}

}  // namespace sluice::aws::native
