// What people say to the controller: a new deployment, with those that wait for their turn, and words to one that is
// under way.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "application/controller.h"
#include "base/fail_point.h"
#include "core/rollout/stage.h"

namespace sluice::application {
namespace {

using rollout::Event;
using rollout::Mode;
using rollout::StageKind;

constexpr Milliseconds kBeginRetry{500};

void set_blue(rollout::Plan& plan, const rollout::Revision& revision, rollout::Slot slot) {
  plan.blue = revision;
  plan.green_slot = rollout::other(slot);
  plan.before = {true, slot == rollout::Slot::B ? Weight::full() : Weight::none()};
}

/// The router has both colours in one place: BLUE cannot be somewhere else.
Status stays_in_its_place(const rollout::Plan& plan) {
  const std::string blue = describe_place(plan.blue->target);
  const std::string green = describe_place(plan.green.target);
  if (blue == green) return {};
  return Error{
      ErrorKind::InvalidInput,
      fmt::format("{} is live on {}, and would be deployed to {}: a service does not move while it is live. Give the "
                  "new place an environment of its own",
                  plan.service.to_string(), blue, green)};
}

}  // namespace

Status Controller::deploy(std::vector<DeployRequest> requests) {
  if (!keeps_) return Error{ErrorKind::Conflict, "all that serves is being ended: deploy again when sluice has ended"};
  bool is_known = false;
  for (DeployRequest& request : requests) {
    rollout::Plan& plan = request.plan;
    plan.blue.reset();
    plan.before = {};
    plan.green_slot = rollout::Slot::A;
    if (request.serving) set_blue(plan, request.serving->revision, request.serving->slot);
    const auto known = service_of(plan.deployment);
    is_known = is_known || known.has_value();
    if (!known || *known == plan.service) continue;
    return Error{ErrorKind::Conflict,
                 fmt::format("the deployment {} is of {}, not of {}: the configuration has changed "
                             "since it was asked for. Deploy again",
                             plan.deployment, known->to_string(), plan.service.to_string())};
  }
  if (is_known) return {};
  bool must_wait = false;
  for (const DeployRequest& request : requests) {
    TRY(may_deploy(request));
    must_wait = must_wait || active(request.plan.service) != nullptr;
  }
  std::vector<rollout::Plan> plans;
  for (DeployRequest& request : requests) plans.push_back(std::move(request.plan));
  if (!must_wait) return begin(std::move(plans));
  // First the promise: when this process dies now, the next one keeps it.
  std::vector<ports::QueuedDeployment> waiting;
  for (const rollout::Plan& plan : plans) waiting.push_back({plan, ports_.clock.now()});
  TRY(ports_.journal.enqueue_together(waiting));
  pass_fail_point("journal");
  for (rollout::Plan& plan : plans) {
    const rollout::ServiceKey service = plan.service;
    queued_.emplace(service, std::move(plan));
  }
  for (const ports::QueuedDeployment& each : waiting) {
    if (const Deployment* other = active(each.plan.service)) supersede(*other);
  }
  return {};
}

/// Whether the service is free, or may be freed for it.
Status Controller::may_deploy(const DeployRequest& request) const {
  const rollout::ServiceKey& service = request.plan.service;
  if (const auto waiting = queued_.find(service); waiting != queued_.end()) {
    const rollout::Plan& first = waiting->second;
    return Error{ErrorKind::Conflict,
                 fmt::format("{} is being superseded already: deployment {} of {} by {} is the next",
                             service.to_string(), first.deployment, first.green.label, first.requested_by)};
  }
  const Deployment* other = active(service);
  return other == nullptr ? Status() : may_supersede(*other, request);
}

/// Of a deployment that is under way, waits, or has ended.
std::optional<rollout::ServiceKey> Controller::service_of(const std::string& id) const {
  if (const Deployment* deployment = find(id)) return deployment->state.plan.service;
  for (const auto& [service, plan] : queued_) {
    if (plan.deployment == id) return service;
  }
  const auto records = ports_.journal.load(id);
  if (!records) return std::nullopt;
  return std::get<rollout::Started>(records->front().event).plan.service;
}

/// Whether the request may take the place of a deployment that has the service, and has a sense after it.
Status Controller::may_supersede(const Deployment& other, const DeployRequest& request) {
  const rollout::State& state = other.state;
  const std::string name =
      fmt::format("deployment {} of {} by {}", state.plan.deployment, state.plan.green.label, state.plan.requested_by);
  if (state.mode != Mode::Held && state.mode != Mode::RollingBack && !request.supersede) {
    const auto stage = rollout::current_stage(state);
    return Error{ErrorKind::Conflict, fmt::format("{} has {} ({}). Wait for it, or take its place with --supersede",
                                                  name, request.plan.service.to_string(),
                                                  stage ? rollout::describe(state.plan, *stage) : "ending")};
  }
  const bool goes_back = state.mode == Mode::RollingBack || rollout::can_roll_back(state);
  const rollout::Revision* next_live = !goes_back ? &state.plan.green : state.plan.blue ? &*state.plan.blue : nullptr;
  if (next_live == nullptr || next_live->id != request.plan.green.id) return {};
  return Error{ErrorKind::InvalidInput, fmt::format("{} ends with revision {}: there is nothing to deploy after it. "
                                                    "`sluice rollback` goes back at once",
                                                    name, next_live->id)};
}

/// Makes way for the one that waits, if there is one.
void Controller::supersede(const Deployment& deployment) {
  const auto waiting = queued_.find(deployment.state.plan.service);
  if (waiting == queued_.end() || deployment.state.mode == Mode::Ended) return;
  submit(deployment.state.plan.deployment,
         rollout::Superseded{waiting->second.requested_by, waiting->second.deployment});
}

Status Controller::complete(rollout::Plan& plan) const {
  TRY_ASSIGN(const auto live, ports_.journal.live(plan.service));
  if (live) {
    set_blue(plan, live->revision, live->slot);
    TRY(stays_in_its_place(plan));
    if (live->revision.id == plan.green.id) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("revision {} serves {} already", plan.green.id, plan.service.to_string())};
    }
  }
  if (leftovers_.contains({plan.service, plan.green.id})) {
    return Error{ErrorKind::Unavailable,
                 fmt::format("revision {} is being stopped; start it again in a moment", plan.green.id)};
  }
  return {};
}

Status Controller::begin(std::vector<rollout::Plan> plans) {
  std::vector<rollout::Started> all;
  for (rollout::Plan& plan : plans) {
    TRY(complete(plan));
    all.push_back({std::move(plan)});
  }
  const TimePoint now = ports_.clock.now();
  TRY(ports_.journal.begin_together(all, now, owner_));
  pass_fail_point("journal");
  for (const rollout::Started& started : all) {
    auto owned = std::make_unique<Deployment>();
    owned->next_sequence = 1;
    owned->state.plan = started.plan;
    owned->traffic = TrafficWatch::create(started.plan, std::nullopt, now);
    deployments_.emplace(started.plan.deployment, std::move(owned));
  }
  for (const rollout::Started& started : all) {
    Deployment& deployment = *deployments_.at(started.plan.deployment);
    if (deployment.traffic) OwnMetrics::begin(started.plan, ports_.telemetry, ports_.service_log);
    apply(deployment, started, rollout::start(started, now), now);
  }
  return {};
}

/// Those that wait and begin together with it: it alone, or the members of its release.
std::vector<rollout::Plan> Controller::queued_with(const rollout::Plan& plan) const {
  if (!plan.release) return {plan};
  std::vector<rollout::Plan> together;
  for (const rollout::ReleaseMember& member : plan.release->members) {
    for (const auto& [service, waiting] : queued_) {
      if (waiting.deployment == member.deployment) together.push_back(waiting);
    }
  }
  return together;
}

void Controller::begin_queued(const rollout::ServiceKey& service) {
  const auto entry = queued_.find(service);
  if (entry == queued_.end()) return;
  const std::vector<rollout::Plan> plans = queued_with(entry->second);
  if (std::ranges::any_of(plans, [&](const rollout::Plan& plan) { return active(plan.service) != nullptr; })) return;
  const Status begun = begin(plans);
  bool later = !begun && is_retryable(begun.error().kind);
  for (const rollout::Plan& plan : plans) {
    if (!begun && !later) later = !give_up_queued(plan, begun.error());
  }
  if (later) return begin_queued_soon(service, kBeginRetry);
  for (const rollout::Plan& plan : plans) queued_.erase(plan.service);
  if (begun) return;
  for (const rollout::Plan& plan : plans) {
    for (const auto& observer : std::vector(observers_)) observer->on_given_up(plan.deployment);
  }
}

void Controller::begin_queued_soon(const rollout::ServiceKey& service, Milliseconds later) {
  ports_.executor.at(ports_.clock.now() + later, [weak = std::weak_ptr(self_), service] {
    if (const auto self = weak.lock()) (*self)->begin_queued(service);
  });
}

Result<Deployment*> Controller::answerable(const std::string& id) {
  Deployment* deployment = lookup(id);
  if (deployment == nullptr) return Error{ErrorKind::NotFound, fmt::format("there is no deployment {} under way", id)};
  const rollout::State& state = deployment->state;
  if (state.mode == Mode::Ended) return Error{ErrorKind::Conflict, fmt::format("deployment {} has ended", id)};
  if (state.mode == Mode::RollingBack) {
    return Error{ErrorKind::Conflict, fmt::format("deployment {} is being rolled back", id)};
  }
  return deployment;
}

Status Controller::may_say(const std::string& id, const Event& word) {
  TRY_ASSIGN(Deployment* const deployment, answerable(id));
  const rollout::State& state = deployment->state;
  const auto refused = [&](std::string why) {
    return Error{ErrorKind::Conflict, fmt::format("deployment {} {}", id, std::move(why))};
  };
  if (const auto* promote = std::get_if<rollout::PromoteRequested>(&word)) {
    const auto stage = rollout::current_stage(state);
    if (promote->full || state.mode != Mode::Forward || stage->kind == StageKind::Bake) return {};
    return refused(
        fmt::format("is at its {}: only a bake or a hold can be cut short", rollout::describe(state.plan, *stage)));
  }
  if (std::holds_alternative<rollout::HoldRequested>(word) && state.mode == Mode::Held) {
    return refused("is held already");
  }
  if (std::holds_alternative<rollout::HoldRequested>(word) && !can_hold(state.plan.green.target)) {
    return refused("is moved by CodeDeploy, which goes on by its own clock: it cannot be held, only rolled back");
  }
  if (rollout::can_roll_back(state)) return {};
  return refused(
      "is past its last bake: BLUE is being stopped. When it has ended, `sluice rollback` starts the "
      "revision before it again");
}

void Controller::say(const std::string& id, const Event& word, WordReply reply) {
  if (const Status may = may_say(id, word); !may) return reply.answered(may);
  submit(id, word, std::move(reply));
}

/// A release goes on as one: the word is for all members that it has a sense for.
void Controller::promote(const std::string& id, const std::string& by, bool full, WordReply reply) {
  const rollout::PromoteRequested word{by, full};
  std::vector<std::string> others;
  if (const Deployment* deployment = find(id); deployment != nullptr && deployment->state.plan.release) {
    for (const rollout::ReleaseMember& member : deployment->state.plan.release->members) {
      if (member.deployment != id && may_say(member.deployment, word)) others.push_back(member.deployment);
    }
  }
  say(id, word, std::move(reply));
  for (const std::string& other : others) submit(other, word);
}

void Controller::hold(const std::string& id, const std::string& by, WordReply reply) {
  say(id, rollout::HoldRequested{by}, std::move(reply));
}

void Controller::roll_back(const std::string& id, const std::string& by, const std::string& reason, WordReply reply) {
  say(id, rollout::RollbackRequested{by, reason}, std::move(reply));
}

void Controller::cancel(const std::string& id, const std::string& by, WordReply reply) {
  say(id, rollout::CancelRequested{by}, std::move(reply));
}

}  // namespace sluice::application
