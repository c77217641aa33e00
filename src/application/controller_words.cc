// What people say to the controller: a new deployment, with those that wait for their turn, and words to one that is
// under way.
#include <fmt/format.h>

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

Result<std::string> Controller::deploy(DeployRequest request, std::string id) {
  rollout::Plan& plan = request.plan;
  plan.deployment = id;
  plan.blue.reset();
  plan.before = {};
  plan.green_slot = rollout::Slot::A;
  if (request.serving) set_blue(plan, request.serving->revision, request.serving->slot);
  if (!keeps_) return Error{ErrorKind::Conflict, "all that serves is being ended: deploy again when sluice has ended"};
  if (const auto known = service_of(id)) {
    if (*known == plan.service) return id;
    return Error{ErrorKind::Conflict,
                 fmt::format("the deployment {} is of {}, not of {}: the configuration has changed "
                             "since it was asked for. Deploy again",
                             id, known->to_string(), plan.service.to_string())};
  }
  if (const auto waiting = queued_.find(plan.service); waiting != queued_.end()) {
    const rollout::Plan& first = waiting->second;
    return Error{ErrorKind::Conflict,
                 fmt::format("{} is being superseded already: deployment {} of {} by {} is the next",
                             plan.service.to_string(), first.deployment, first.green.label, first.requested_by)};
  }
  const Deployment* other = active(plan.service);
  if (other == nullptr) return begin(std::move(plan));
  TRY(may_supersede(*other, request));
  // First the promise: when this process dies now, the next one keeps it.
  TRY(ports_.journal.enqueue({plan, ports_.clock.now()}));
  pass_fail_point("journal");
  queued_.emplace(plan.service, std::move(plan));
  supersede(*other);
  return id;
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

Result<std::string> Controller::begin(rollout::Plan plan) {
  TRY(complete(plan));
  const TimePoint now = ports_.clock.now();
  const rollout::Started started{std::move(plan)};
  const std::string& id = started.plan.deployment;
  TRY(ports_.journal.begin(started, now, owner_));
  pass_fail_point("journal");
  auto owned = std::make_unique<Deployment>();
  Deployment& deployment = *owned;
  deployment.next_sequence = 1;
  deployments_.emplace(id, std::move(owned));
  deployment.traffic = TrafficWatch::create(started.plan, std::nullopt, now);
  if (deployment.traffic) OwnMetrics::begin(started.plan, ports_.telemetry, ports_.service_log);
  apply(deployment, started, rollout::start(started, now), now);
  return id;
}

void Controller::begin_queued(const rollout::ServiceKey& service) {
  const auto entry = queued_.find(service);
  if (entry == queued_.end() || active(service) != nullptr) return;
  const rollout::Plan plan = entry->second;
  const auto begun = begin(plan);
  const bool later = !begun && (is_retryable(begun.error().kind) || !give_up_queued(plan, begun.error()));
  if (later) return begin_queued_soon(service, kBeginRetry);
  queued_.erase(service);
  if (begun) return;
  for (const auto& observer : std::vector(observers_)) observer->on_given_up(plan.deployment);
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
  if (rollout::can_roll_back(state)) return {};
  return refused(
      "is past its last bake: BLUE is being stopped. When it has ended, `sluice rollback` starts the "
      "revision before it again");
}

void Controller::say(const std::string& id, const Event& word, WordReply reply) {
  if (const Status may = may_say(id, word); !may) return reply.answered(may);
  submit(id, word, std::move(reply));
}

void Controller::promote(const std::string& id, const std::string& by, bool full, WordReply reply) {
  say(id, rollout::PromoteRequested{by, full}, std::move(reply));
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
