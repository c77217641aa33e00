#include "application/controller.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/fail_point.h"
#include "core/rollout/stage.h"

namespace sluice::application {
namespace {

using rollout::Colour;
using rollout::Event;
using rollout::Mode;
using rollout::StageKind;

constexpr Milliseconds kWriteRetry{500};
constexpr Milliseconds kWatchInterval{200};
/// Where figures come by the minute, and what is by the second belongs to the user's own metrics.
constexpr Milliseconds kSlowWatchInterval{1'000};
constexpr Milliseconds kFigureSpan{5'000};

/// Whether GREEN is behind the router: its replicas are kept and its alarms judged from here on.
bool green_is_attached(const rollout::State& state) {
  if (state.mode != Mode::Forward && state.mode != Mode::Held) return false;
  const auto stages = rollout::forward_stages(state.plan);
  const auto attach = std::ranges::find(stages, StageKind::AttachGreen, &rollout::Stage::kind) - stages.begin();
  return static_cast<std::ptrdiff_t>(state.stage) > attach;
}

}  // namespace

Controller::Controller(const RolloutPorts& ports, std::string owner, Keeping keeping)
    : ports_(ports),
      owner_(std::move(owner)),
      keeping_(keeping),
      runner_(ports),
      keeper_(ports, runner_,
              ServiceKeeper::Reports{
                  [this](const rollout::ServiceKey& service, const std::string& revision, const std::string& reason) {
                    const Deployment* deployment = active(service);
                    if (deployment == nullptr || deployment->state.plan.green.id != revision) return;
                    submit(deployment->state.plan.deployment, rollout::GreenLost{"GREEN: " + reason});
                  },
                  [this](const rollout::ServiceKey& service, const rollout::TrafficSplit& observed) {
                    const Deployment* deployment = active(service);
                    if (deployment == nullptr || !deployment->state.touched) return;
                    // What CodeDeploy or ECS itself do is no drift: nothing could correct it.
                    if (!writes_weights(deployment->state.plan.green.target)) return;
                    submit(deployment->state.plan.deployment, rollout::SplitDrifted{observed});
                  }}),
      self_(std::make_shared<Controller*>(this)) {}

Controller::~Controller() = default;

std::vector<const Deployment*> Controller::deployments() const {
  std::vector<const Deployment*> result;
  for (const auto& [id, deployment] : deployments_) result.push_back(deployment.get());
  return result;
}

const Deployment* Controller::find(const std::string& id) const {
  const auto entry = deployments_.find(id);
  return entry == deployments_.end() ? nullptr : entry->second.get();
}

const Deployment* Controller::active(const rollout::ServiceKey& service) const {
  for (const auto& [id, deployment] : deployments_) {
    if (deployment->state.plan.service == service && !deployment->finished) return deployment.get();
  }
  return nullptr;
}

bool Controller::is_queued(const std::string& id) const {
  return std::ranges::any_of(queued_, [&](const auto& entry) { return entry.second.deployment == id; });
}

void Controller::add_observer(std::shared_ptr<ControllerObserver> observer) {
  observers_.push_back(std::move(observer));
}

void Controller::remove_observer(const ControllerObserver* observer) {
  const auto is_it = [observer](const auto& owned) { return owned.get() == observer; };
  const auto found = std::ranges::find_if(observers_, is_it);
  if (found == observers_.end()) return;
  // Kept until the strand is free: it may be the one that speaks.
  ports_.executor.at(ports_.clock.now(), [kept = std::move(*found)] {});
  observers_.erase(found);
}

Deployment* Controller::lookup(const std::string& id) {
  const auto entry = deployments_.find(id);
  return entry == deployments_.end() ? nullptr : entry->second.get();
}

// --- events

void Controller::submit(const std::string& id, const Event& event, WordReply reply) {
  Deployment* deployment = lookup(id);
  if (deployment == nullptr) return;
  deployment->unwritten.push_back({event, std::move(reply)});
  const bool waits = !deployment->taken_up || deployment->write_error;
  if (!waits && deployment->unwritten.size() == 1) return write_next(id);
  if (!waits) return;
  restore_ahead(*deployment, ports_.clock.now());
  tell_of_delay(*deployment);
}

/// For answers that are there at once: not before the event that asked for them is done with.
void Controller::submit_soon(const std::string& id, Event event) {
  ports_.executor.at(ports_.clock.now(), [weak = std::weak_ptr(self_), id, event = std::move(event)] {
    if (const auto self = weak.lock()) (*self)->submit(id, event);
  });
}

/// Journals and applies what waits, in order. When the journal refuses, the rest waits; but a rollback's weights do
/// not.
void Controller::write_next(const std::string& id) {
  for (Deployment* deployment = lookup(id); deployment != nullptr && !deployment->unwritten.empty();
       deployment = lookup(id)) {
    const TimePoint now = ports_.clock.now();
    deployment->write_error.reset();
    const Event event = deployment->unwritten.front().event;
    const Writing writing = write_one(*deployment, event, now);
    if (writing == Writing::Refused) return;
    const WordReply reply = std::move(deployment->unwritten.front().reply);
    deployment->unwritten.pop_front();
    if (!reply.answered) continue;
    // What stood before it in the line may have taken its sense away.
    reply.answered(writing == Writing::Done ? Status() : may_say(id, event));
  }
}

Controller::Writing Controller::write_one(Deployment& deployment, const Event& event, TimePoint now) {
  const std::string id = deployment.state.plan.deployment;
  const rollout::Step step = rollout::advance(deployment.state, event, now);
  if (step.state == deployment.state && step.effects.empty()) return Writing::NotNeeded;  // it no longer fits
  const Status written = ports_.journal.append(id, {deployment.next_sequence, now, event});
  if (!written) {
    restore_ahead(deployment, now);
    ports_.executor.at(now + kWriteRetry, [weak = std::weak_ptr(self_), id] {
      if (const auto self = weak.lock()) (*self)->write_next(id);
    });
    deployment.write_error = written.error();
    tell_of_delay(deployment);
    return Writing::Refused;
  }
  pass_fail_point("journal");
  ++deployment.next_sequence;
  apply(deployment, event, step, now);
  return Writing::Done;
}

/// Those whose word waits hear it once.
void Controller::tell_of_delay(Deployment& deployment) {
  const Error restarted{ErrorKind::Unavailable, "sluice was restarted and brings the service back first"};
  const Error& why = deployment.write_error ? *deployment.write_error : restarted;
  for (UnwrittenEvent& waiting : deployment.unwritten) {
    if (const auto delayed = std::exchange(waiting.reply.delayed, nullptr)) delayed(why);
  }
}

/// Among the events that the journal does not take there may be one that rolls back: its weights do not wait.
void Controller::restore_ahead(Deployment& deployment, TimePoint now) {
  rollout::State ahead = deployment.state;
  for (const UnwrittenEvent& waiting : deployment.unwritten) ahead = rollout::advance(ahead, waiting.event, now).state;
  if (deployment.state.mode == Mode::RollingBack || ahead.mode != Mode::RollingBack || !ahead.touched) return;
  for (auto& [token, stop] : deployment.running) stop.request_stop();
  ports_.executor.run(
      ports::Executor::Lane::Urgent,
      [this, alive = std::weak_ptr(self_), plan = ahead.plan, before = ahead.intended] {
        if (alive.lock()) (void)runner_.set_split(plan, before, {});
      },
      [] {});
}

void Controller::apply(Deployment& deployment, const Event& event, const rollout::Step& step, TimePoint now) {
  deployment.state = step.state;
  stop_stale_effects(deployment);
  for (const rollout::Effect& effect : step.effects) carry_out(deployment, effect);
  for (const auto& observer : std::vector(observers_)) observer->on_event(deployment, event, now);
  after_change(deployment);
}

void Controller::after_change(Deployment& deployment) {
  front_door_has_changed(deployment);
  if (deployment.state.mode == Mode::Ended) {
    check_release_soon(deployment);
    return finish(deployment);
  }
  keeper_.keep(kept_service(deployment));
  follow_weight(deployment);
  arm_deadline(deployment);
  arm_watch(deployment);
  check_release_soon(deployment);
}

void Controller::finish(Deployment& deployment) {
  const rollout::State& state = deployment.state;
  const std::string id = state.plan.deployment;
  const rollout::ServiceKey service = state.plan.service;
  if (!deployment.finished) {
    if (!write_summary(state)) {
      ports_.executor.at(ports_.clock.now() + kWriteRetry, [weak = std::weak_ptr(self_), id] {
        const auto self = weak.lock();
        if (Deployment* again = self ? (*self)->lookup(id) : nullptr) (*self)->finish(*again);
      });
      return;
    }
    KeptService kept = kept_service(deployment);
    deployment.finished = true;
    if (deployment.deadline_timer) ports_.executor.cancel(*deployment.deadline_timer);
    kept.corrects_split = true;
    if (keeping_ == Keeping::WhatServes) {
      keeper_.keep(kept);
    } else {
      keeper_.forget(service);
    }
  }
  if (state.messages.empty()) archive(id);
  begin_queued_soon(service, Milliseconds{0});
}

void Controller::archive(const std::string& id) {
  const TimePoint now = ports_.clock.now();
  const Deployment* deployment = lookup(id);
  const bool word_waits = deployment != nullptr && deployment->write_error;  // and is still to be answered
  if (!word_waits && ports_.journal.archive(id)) {
    // The caller still holds the deployment: it goes when the strand is free.
    ports_.executor.at(now, [weak = std::weak_ptr(self_), id] {
      if (const auto self = weak.lock()) (*self)->deployments_.erase(id);
    });
    return;
  }
  ports_.executor.at(now + kWriteRetry, [weak = std::weak_ptr(self_), id] {
    if (const auto self = weak.lock()) (*self)->archive(id);
  });
}

void Controller::stop_stale_effects(Deployment& deployment) {
  const rollout::State& state = deployment.state;
  for (auto& [token, stop] : deployment.running) {
    const bool wanted = (state.in_flight && state.in_flight->token == token) || state.correction == token ||
                        std::ranges::any_of(state.messages, [&](const auto& m) { return m.token == token; });
    if (!wanted) stop.request_stop();
  }
  std::erase_if(deployment.waiting, [&](const rollout::Effect& effect) {
    return !state.in_flight || state.in_flight->token != effect.token;
  });
}

void Controller::arm_deadline(Deployment& deployment) {
  if (deployment.deadline_timer) ports_.executor.cancel(*deployment.deadline_timer);
  deployment.deadline_timer.reset();
  const auto deadline = rollout::next_deadline(deployment.state);
  if (!deadline) return;
  const std::string id = deployment.state.plan.deployment;
  deployment.deadline_timer = ports_.executor.at(*deadline, [weak = std::weak_ptr(self_), id] {
    if (const auto self = weak.lock()) (*self)->submit(id, rollout::DeadlineReached{});
  });
}

KeptService Controller::kept_service(const Deployment& deployment) const {
  const rollout::State& state = deployment.state;
  const rollout::Plan& plan = state.plan;
  KeptService kept;
  kept.routed = routed_service(plan);
  kept.split = state.intended;
  kept.corrects_split = !state.touched;
  const auto stage = rollout::current_stage(state);
  const bool succeeded = state.outcome == rollout::Outcome::Succeeded;
  const bool blue_goes = succeeded || (stage && stage->kind == StageKind::RetireBlue);
  if (plan.blue && !blue_goes) kept.sides.push_back({*plan.blue, rollout::other(plan.green_slot), std::nullopt});
  if (succeeded || green_is_attached(state)) {
    const auto fallback = plan.blue && !blue_goes ? plan.blue : std::nullopt;
    kept.sides.push_back({plan.green, plan.green_slot, fallback});
  }
  return kept;
}

// --- watching

void Controller::arm_watch(Deployment& deployment) {
  if (deployment.watch_timer) return;
  const std::string id = deployment.state.plan.deployment;
  const bool is_slow = rollout::telemetry_timing(deployment.state.plan.green.target).grain > kSlowWatchInterval;
  const Milliseconds interval = is_slow ? kSlowWatchInterval : kWatchInterval;
  deployment.watch_timer = ports_.executor.at(ports_.clock.now() + interval, [weak = std::weak_ptr(self_), id] {
    if (const auto self = weak.lock()) (*self)->watch(id);
  });
}

void Controller::watch(const std::string& id) {
  Deployment* deployment = lookup(id);
  if (deployment == nullptr || deployment->state.mode == Mode::Ended) return;
  deployment->watch_timer.reset();
  const TimePoint now = ports_.clock.now();
  const rollout::State& state = deployment->state;
  deployment->green = live_figures(sources(), state.plan, Colour::Green, kFigureSpan, now);
  if (state.plan.blue) deployment->blue = live_figures(sources(), state.plan, Colour::Blue, kFigureSpan, now);
  compare(*deployment, now);
  send_probes(*deployment, now);
  std::vector<Event> events;
  if (state.watched_since && rollout::can_roll_back(state)) {
    deployment->checks = checks_of(state, now);
    for (const rollout::CheckResult& check : deployment->checks) {
      if (check.verdict == analysis::Verdict::Breaching) {
        const auto [known, is_new] = deployment->breaching.emplace(check.alarm, check.blue_shows_it);
        // What held because BLUE showed it too is GREEN's own once BLUE does so no more.
        const bool is_greens_own = std::exchange(known->second, check.blue_shows_it) && !check.blue_shows_it;
        if (is_new || is_greens_own) {
          events.push_back(rollout::AlarmBreached{with_particulars(state, check)});
        }
        continue;
      }
      // What a person had overruled may have ended while no controller ran: then no breach was seen to end.
      const bool passed_over = state.overruled.contains(check.alarm) || state.overruled_silence.contains(check.alarm);
      const bool counts_again = check.verdict == analysis::Verdict::Ok && passed_over;
      if (deployment->breaching.erase(check.alarm) > 0 || counts_again) {
        events.push_back(rollout::AlarmCleared{check.alarm});
      }
    }
  }
  for (const auto& observer : std::vector(observers_)) observer->on_watch(*deployment, now);
  arm_watch(*deployment);
  for (const Event& event : events) submit(id, event);
  if (Deployment* still = lookup(id)) submit_decision(*still);
}

}  // namespace sluice::application
