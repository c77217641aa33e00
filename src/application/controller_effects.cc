// How the controller has effects carried out: where they run, in which order, and how their answers come back.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "application/controller.h"
#include "application/messages.h"
#include "base/fail_point.h"
#include "core/rollout/judgement.h"
#include "core/rollout/message_text.h"
#include "core/rollout/witness.h"

namespace sluice::application {
namespace {

using Lane = ports::Executor::Lane;
using rollout::Colour;
using rollout::Effect;

constexpr Milliseconds kDrainPoll{100};
constexpr Milliseconds kEvidencePoll{200};
/// How much later than its extension a step's end is decided at the latest, when no slots come to decide it by.
constexpr Milliseconds kEvidenceGrace{5'000};
constexpr std::string_view kEvidence = "evidence";  ///< The check's name in results.
constexpr Milliseconds kSmokePause{1'000};
constexpr Milliseconds kFirstMessageRetry{1'000};
constexpr Milliseconds kLongestMessageRetry{60'000};
constexpr int kMessageAttempts = 60;
/// Deployments of a service, for incidents that a success ends.
constexpr int kMostLookedAt = 50;

ports::Message::Tone tone_of(rollout::MessageKind kind) {
  using rollout::MessageKind;
  switch (kind) {
    case MessageKind::Succeeded: return ports::Message::Tone::Good;
    case MessageKind::Held:
    case MessageKind::HoldReminder: return ports::Message::Tone::Waiting;
    default: return ports::Message::Tone::Bad;
  }
}

Milliseconds message_pause(int attempts) {
  Milliseconds pause = kFirstMessageRetry;
  for (int i = 1; i < attempts && pause < kLongestMessageRetry; ++i) pause *= 2;
  return std::min(pause, kLongestMessageRetry);
}

/// A step goes on beyond its bake while too little was seen, unless an alarm cannot answer (it holds at once) or a
/// person has passed over the lack.
bool waits_for_evidence(const Deployment& deployment, TimePoint now) {
  if (!deployment.traffic || deployment.traffic->is_decided()) return false;
  const rollout::State& state = deployment.state;
  if (state.overruled_silence.contains(std::string(kEvidence))) return false;
  const bool all_well = std::ranges::all_of(
      deployment.checks, [](const rollout::CheckResult& check) { return check.verdict == analysis::Verdict::Ok; });
  const Milliseconds bake = state.plan.strategy.steps[rollout::current_stage(state)->index].bake;
  const rollout::TelemetryTiming timing = rollout::telemetry_timing(state.plan.green.target);
  const Milliseconds late = timing.delay + timing.grain;
  return all_well && now < state.stage_since + bake + state.plan.analysis->enough.extension + late + kEvidenceGrace;
}

/// What the comparison says at the end of a step, as a check beside the alarms.
rollout::CheckResult evidence_check(const TrafficWatch& traffic) {
  const analysis::Decision& decision = traffic.decision();
  const bool lacks = decision.kind == analysis::DecisionKind::Hold && !TrafficWatch::is_verdict(decision);
  rollout::CheckResult check{std::string(kEvidence), analysis::Verdict::Ok, decision.message};
  if (lacks) check.verdict = analysis::Verdict::NoData;
  if (decision.kind == analysis::DecisionKind::None) {
    check.verdict = analysis::Verdict::NoData;
    check.sentence = "too little was measured of this traffic step to compare GREEN with BLUE";
  }
  return check;
}

}  // namespace

void Controller::carry_out(Deployment& deployment, const Effect& effect) {
  const rollout::Plan& plan = deployment.state.plan;
  const std::string id = plan.deployment;
  if (std::holds_alternative<rollout::SetSplit>(effect.action)) {
    const auto& in_flight = deployment.state.in_flight;  // else it corrects what somebody else has written
    const bool is_of_the_stage = in_flight && in_flight->token == effect.token;
    if (is_of_the_stage && waits_for_front_doors(deployment)) return write_behind_front_doors(deployment, effect);
    return write_split(deployment, effect);
  }
  if (const auto* message = std::get_if<rollout::SendMessage>(&effect.action)) {
    return send_message(id, effect.token, message->kind);
  }
  if (std::holds_alternative<rollout::JudgeChecks>(effect.action)) return judge_when_settled(id, effect);
  if (std::holds_alternative<rollout::CheckBlueAlarms>(effect.action)) return check_blue(deployment, effect);
  if (std::holds_alternative<rollout::AwaitRelease>(effect.action)) return;  // answered by check_release
  if (deployment.ordinary) {
    // One at a time: the stop of GREEN must not overtake the start that it takes back.
    deployment.waiting.push_back(effect);
    return;
  }
  start_ordinary(deployment, effect);
}

void Controller::write_split(Deployment& deployment, const Effect& effect) {
  run_effect(deployment, effect, Lane::Urgent,
             [this, plan = deployment.state.plan, split = std::get<rollout::SetSplit>(effect.action).split](
                 std::stop_token stop) { return runner_.set_split(plan, split, stop); });
}

void Controller::start_ordinary(Deployment& deployment, const Effect& effect) {
  const rollout::Plan plan = deployment.state.plan;
  const std::string id = plan.deployment;
  const std::string token = effect.token;
  deployment.ordinary = token;
  const auto run = [&](auto work) { run_effect(deployment, effect, Lane::Ordinary, std::move(work)); };
  const auto run_alone = [&](auto work) { this->run_alone(deployment, effect, std::move(work)); };
  if (std::holds_alternative<rollout::PrepareRoute>(effect.action)) {
    run_alone([this, plan](std::stop_token) { return runner_.prepare_route(plan); });
  } else if (const auto* hook = std::get_if<rollout::RunHook>(&effect.action)) {
    run([this, plan, token, index = hook->index](std::stop_token stop) {
      return runner_.run_hook(plan, index, token, stop);
    });
  } else if (std::holds_alternative<rollout::RunReleaseCommand>(effect.action)) {
    run([this, plan, token](std::stop_token stop) { return runner_.run_release_command(plan, token, stop); });
  } else if (std::holds_alternative<rollout::StartGreen>(effect.action)) {
    run([this, plan, may_have_begun = deployment.is_resumed](std::stop_token stop) {
      return runner_.start_green(plan, may_have_begun, stop);
    });
  } else if (std::holds_alternative<rollout::AttachGreen>(effect.action)) {
    run_alone([this, plan](std::stop_token) { return runner_.attach_green(plan); });
  } else if (const auto* retire = std::get_if<rollout::Retire>(&effect.action)) {
    run_alone([this, plan, colour = retire->colour](std::stop_token) { return runner_.retire(plan, colour); });
  } else if (std::holds_alternative<rollout::CollectEvidence>(effect.action)) {
    const TimePoint since = deployment.state.watched_since.value_or(deployment.state.started_at);
    run([this, plan, since](std::stop_token) { return runner_.collect_evidence(plan, since); });
  } else if (const auto* drain = std::get_if<rollout::Drain>(&effect.action)) {
    deployment.running.try_emplace(token);
    poll_drain(id, effect, drain->colour, ports_.clock.now());
  } else if (std::holds_alternative<rollout::CheckScanFindings>(effect.action)) {
    deployment.running.try_emplace(token);
    check_scan(id, effect, ports_.clock.now());
  } else if (const auto* smoke = std::get_if<rollout::RunSmokeTests>(&effect.action)) {
    deployment.running.try_emplace(token);
    next_smoke(id, effect, smoke->front_door, 0, 0);
  }
}

/// Runs blocking work off the strand; its answer comes back as an event.
void Controller::run_effect(Deployment& deployment, const Effect& effect, Lane lane,
                            std::function<EffectResult(std::stop_token)> work, std::function<void()> ended) {
  const std::string id = deployment.state.plan.deployment;
  const std::string token = effect.token;
  const std::stop_token stop = deployment.running[token].get_token();
  auto result = std::make_shared<EffectResult>(Error{ErrorKind::Cancelled, "not begun"});
  ports_.executor.run(
      lane,
      [alive = std::weak_ptr(self_), work = std::move(work), stop, result] {
        if (alive.lock() && !stop.stop_requested()) *result = work(stop);
      },
      [weak = std::weak_ptr(self_), id, token, result, ended = std::move(ended)] {
        const auto self = weak.lock();
        if (!self) return;
        if (ended) ended();
        (*self)->effect_done(id, token, std::move(*result));
      });
}

/// The keeper changes the same route and endpoints: a late write of its would undo this one.
void Controller::run_alone(Deployment& deployment, const Effect& effect,
                           std::function<EffectResult(std::stop_token)> work) {
  const rollout::ServiceKey service = deployment.state.plan.service;
  deployment.running.try_emplace(effect.token);
  const bool retires = std::holds_alternative<rollout::Retire>(effect.action);
  keeper_.hold_still(service, retires ? ServiceKeeper::Work::Finish : ServiceKeeper::Work::CutShort,
                     [this, id = deployment.state.plan.deployment, service, effect, work = std::move(work)] {
                       Deployment* owner = lookup(id);
                       if (owner == nullptr) return keeper_.go_on(service);
                       run_effect(*owner, effect, Lane::Ordinary, work, [this, service] { keeper_.go_on(service); });
                     });
}

void Controller::effect_done(const std::string& id, const std::string& token, EffectResult result) {
  pass_fail_point("effect");
  Deployment* deployment = lookup(id);
  if (deployment == nullptr) return;
  deployment->running.erase(token);
  const bool was_ordinary = deployment->ordinary == token;
  if (was_ordinary) deployment->ordinary.reset();
  if (result) {
    submit(id, rollout::EffectSucceeded{token, std::move(*result)});
  } else {
    submit(id, rollout::EffectFailed{token, std::move(result.error())});
  }
  if (was_ordinary) start_waiting(id);
}

void Controller::start_waiting(const std::string& id) {
  Deployment* deployment = lookup(id);
  if (deployment == nullptr || deployment->ordinary || deployment->waiting.empty()) return;
  const Effect next = deployment->waiting.front();
  deployment->waiting.pop_front();
  start_ordinary(*deployment, next);
}

/// Whether a step of an effect that runs in several may go on. One that was told to stop ends here, without an answer
/// that anybody waits for.
bool Controller::still_runs(const std::string& id, const std::string& token) {
  Deployment* deployment = lookup(id);
  if (deployment == nullptr) return false;
  const auto entry = deployment->running.find(token);
  if (entry == deployment->running.end()) return false;
  if (!entry->second.stop_requested()) return true;
  effect_done(id, token, Error{ErrorKind::Cancelled, "given up"});
  return false;
}

void Controller::poll_drain(const std::string& id, const Effect& effect, Colour colour, TimePoint began) {
  if (!still_runs(id, effect.token)) return;
  const rollout::Plan plan = lookup(id)->state.plan;
  auto sessions = std::make_shared<Result<ports::OpenSessions>>(ports::OpenSessions{});
  ports_.executor.run(
      Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), plan, colour, sessions] {
        if (alive.lock()) *sessions = runner_.open_sessions(plan, colour);
      },
      [weak = std::weak_ptr(self_), id, effect, colour, began, plan, sessions] {
        const auto self = weak.lock();
        if (!self || !(*self)->still_runs(id, effect.token)) return;
        Controller& controller = **self;
        const TimePoint now = controller.ports_.clock.now();
        const auto& limits = plan.strategy;
        const long requests = *sessions ? (*sessions)->requests - (*sessions)->websockets : 1;
        const long websockets = *sessions ? (*sessions)->websockets : 1;
        const bool requests_done = requests <= 0 || now >= began + limits.drain;
        const bool websockets_done = websockets <= 0 || now >= began + limits.drain_websockets;
        if (requests_done && websockets_done)
          return controller.effect_done(id, effect.token, std::vector<std::string>{});
        controller.ports_.executor.at(now + kDrainPoll, [weak, id, effect, colour, began] {
          if (const auto again = weak.lock()) (*again)->poll_drain(id, effect, colour, began);
        });
      });
}

void Controller::next_smoke(const std::string& id, const Effect& effect, bool front_door, std::size_t test,
                            int attempt) {
  if (!still_runs(id, effect.token)) return;
  const rollout::Plan plan = lookup(id)->state.plan;
  if (test >= plan.smoke.size()) return effect_done(id, effect.token, std::vector<std::string>{});
  const std::stop_token stop = lookup(id)->running[effect.token].get_token();
  auto tried = std::make_shared<EffectRunner::SmokeAttempt>();
  ports_.executor.run(
      Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), plan, front_door, test, stop, tried] {
        if (alive.lock()) *tried = runner_.smoke(plan, plan.smoke[test], front_door, stop);
      },
      [weak = std::weak_ptr(self_), id, effect, front_door, test, attempt, tried, retries = plan.smoke[test].retries] {
        const auto self = weak.lock();
        if (!self || !(*self)->still_runs(id, effect.token)) return;
        Controller& controller = **self;
        Status& verdict = tried->verdict;
        if (verdict) return controller.next_smoke(id, effect, front_door, test + 1, 0);
        const TimePoint next = controller.ports_.clock.now() + kSmokePause;
        // A router that does not answer for a while says nothing of GREEN.
        const bool is_open = !tried->was_sent && is_retryable(verdict.error().kind) && next < effect.deadline;
        if (!is_open && attempt >= retries) return controller.effect_done(id, effect.token, std::move(verdict.error()));
        controller.ports_.executor.at(next, [weak, id, effect, front_door, test, following = attempt + !is_open] {
          if (const auto again = weak.lock()) (*again)->next_smoke(id, effect, front_door, test, following);
        });
      });
}

/// Judges when the last answers of the bake are in: a bake of exactly M periods has M periods to judge.
void Controller::judge_when_settled(const std::string& id, const Effect& effect) {
  const Deployment* const deployment = lookup(id);
  if (deployment == nullptr) return;
  const rollout::Plan& plan = deployment->state.plan;
  const Milliseconds late = rollout::judged_after_bake(plan, rollout::current_stage(deployment->state)->index);
  const TimePoint settled = ports_.clock.now() + kSettle + analysis::kSlotLength + late;
  ports_.executor.at(settled, [weak = std::weak_ptr(self_), id, token = effect.token] {
    if (const auto self = weak.lock()) (*self)->judge(id, token);
  });
}

void Controller::judge(const std::string& id, const std::string& token) {
  Deployment* deployment = lookup(id);
  if (deployment == nullptr) return;
  const rollout::State& state = deployment->state;
  if (!state.in_flight || state.in_flight->token != token) return;  // a person's word or an alarm was faster
  const TimePoint now = ports_.clock.now();
  compare(*deployment, now);
  submit_decision(*deployment);
  if (!state.in_flight || state.in_flight->token != token) return;
  deployment->checks = checks_of(state, now);
  if (waits_for_evidence(*deployment, now) || waits_for_witnesses(state, now)) {
    ports_.executor.at(now + kEvidencePoll, [weak = std::weak_ptr(self_), id, token] {
      if (const auto self = weak.lock()) (*self)->judge(id, token);
    });
    return;
  }
  std::vector<rollout::CheckResult> results = deployment->checks;
  for (rollout::CheckResult& result : results) {
    if (result.verdict == analysis::Verdict::Breaching) result = with_particulars(state, std::move(result));
  }
  if (deployment->traffic) {
    for (rollout::CheckResult& check : deployment->traffic->metric_checks(now)) results.push_back(std::move(check));
    results.push_back(evidence_check(*deployment->traffic));
  }
  submit(id, rollout::ChecksJudged{token, std::move(results)});
}

/// The alarms, and the named alarms of others.
std::vector<rollout::CheckResult> Controller::checks_of(const rollout::State& state, TimePoint now) const {
  std::vector<rollout::CheckResult> checks = judge_green(sources(), state, now);
  if (state.plan.witnesses.empty()) return checks;
  const auto said = ports_.witnesses.read(state.plan.green.target, state.plan.witnesses);
  if (!said) {
    for (rollout::CheckResult& check : rollout::unheard_witnesses(state.plan, said.error())) {
      checks.push_back(std::move(check));
    }
    return checks;
  }
  for (const rollout::Witness& witness : *said) checks.push_back(rollout::judge(witness, state));
  return checks;
}

/// After a restart nothing is known of named alarms until they were asked: that is no silence of theirs.
bool Controller::waits_for_witnesses(const rollout::State& state, TimePoint now) const {
  if (state.plan.witnesses.empty() || now + kEvidencePoll >= state.in_flight->deadline) return false;
  const auto said = ports_.witnesses.read(state.plan.green.target, state.plan.witnesses);
  return !said && said.error().kind == ErrorKind::NotFound;
}

/// An alarm that already fires on BLUE stops the deployment before it begins, unless a fix must be able to go out.
void Controller::check_blue(Deployment& deployment, const Effect& effect) {
  const rollout::Plan& plan = deployment.state.plan;
  const TimePoint now = ports_.clock.now();
  auto baselines = measure_baselines(sources(), plan, now);
  if (!baselines.empty()) submit_soon(plan.deployment, rollout::BaselineMeasured{std::move(baselines)});
  if (!plan.while_alarming && plan.blue) {
    for (const rollout::CheckResult& check : judge_blue(sources(), plan, now)) {
      if (check.verdict != analysis::Verdict::Breaching) continue;
      const std::string sentence = fmt::format(
          "an alarm fires already, before anything has begun: {}. When this deployment is the cure, start it "
          "with --while-alarming",
          check.sentence);
      return submit_soon(plan.deployment, rollout::EffectFailed{effect.token, Error{ErrorKind::Failed, sentence}});
    }
  }
  if (!plan.witnesses.empty()) return check_witnesses(deployment, effect);
  submit_soon(plan.deployment, rollout::EffectSucceeded{effect.token, {}});
}

/// They are asked anew: what was seen when the deployment was asked for may be old, when it had to wait.
void Controller::check_witnesses(Deployment& deployment, const Effect& effect) {
  run_effect(deployment, effect, Lane::Ordinary,
             [this, plan = deployment.state.plan](std::stop_token stop) -> EffectResult {
               TRY_ASSIGN(const auto said, ports_.witnesses.look(plan.green.target, plan.witnesses, stop));
               TRY(rollout::check_before_start(said, plan));
               return std::vector<std::string>{};
             });
}

void Controller::send_message(const std::string& id, const std::string& token, rollout::MessageKind kind) {
  Deployment* deployment = lookup(id);
  if (deployment == nullptr) return;
  const rollout::MessageText text = rollout::message_text(deployment->state, kind);
  const rollout::Plan& plan = deployment->state.plan;
  const History history = [this](const auto& service) { return ports_.journal.history(service, kMostLookedAt); };
  ports::Message message{token, text.subject, text.body, tone_of(kind),
                         about(plan, kind, deployment->state.started_at, history)};
  if (kind == rollout::MessageKind::Figures) message.figures = rollout::end_figures(deployment->state);
  auto attempts = std::make_shared<std::vector<DeliveryAttempt>>();
  for (std::size_t i = 0; i < plan.notify.size(); ++i) {
    const bool is_left = rollout::wants(plan.notify[i], kind) && !deployment->deliveries[token].done.contains(i);
    if (is_left) attempts->push_back({i, plan.notify[i].place, {}});
  }
  ports_.executor.run(
      Lane::Ordinary,
      [this, alive = std::weak_ptr(self_), message, base = plan.green.base_directory, attempts] {
        if (!alive.lock()) return;
        for (DeliveryAttempt& attempt : *attempts) {
          attempt.result = deliver(ports_.secrets, ports_.notifier, attempt.place, message, base);
        }
      },
      [weak = std::weak_ptr(self_), id, token, kind, attempts] {
        const auto self = weak.lock();
        Deployment* sender = self ? (*self)->lookup(id) : nullptr;
        if (sender == nullptr) return;
        Controller& controller = **self;
        Delivery& delivery = sender->deliveries[token];
        if (!delivery.take(*attempts, kMessageAttempts)) {
          if (delivery.refused.empty()) return controller.submit(id, rollout::MessageDelivered{token});
          return controller.submit(id, rollout::MessageAbandoned{token, delivery.refused});
        }
        controller.ports_.executor.at(controller.ports_.clock.now() + message_pause(delivery.attempts),
                                      [weak, id, token, kind] {
                                        const auto again = weak.lock();
                                        if (again) (*again)->send_message(id, token, kind);
                                      });
      });
}

}  // namespace sluice::application
