#include "simulation/troublemaker.h"

namespace sluice::simulation {

using namespace std::chrono_literals;

void Troublemaker::begin() {
  World& world = stage_.world;
  plan(Fault::JournalRefusal, 25s, [this, &world] {
    const Milliseconds span = chance_.between(100ms, 8s);
    const bool mute = chance_.happens(0.3);
    world.note(fmt::format("fault: the journal refuses{} for {}", mute ? " and is mute" : "", format_duration(span)));
    stage_.journal.refuse_until(world.now() + span, mute);
  });
  plan(Fault::RouterOutage, 25s, [this, &world] {
    const Milliseconds span = chance_.between(100ms, 10s);
    world.note(fmt::format("fault: the router is away for {}", format_duration(span)));
    stage_.router.refuse_until(world.now() + span);
  });
  plan(Fault::TelemetryGap, 20s, [this, &world] {
    const Milliseconds span = chance_.between(100ms, 6s);
    world.note(fmt::format("fault: nobody counts for {}", format_duration(span)));
    stage_.telemetry.watch_nothing_until(world.now() + span);
  });
  plan(Fault::ReplicaDeath, 12s, [this] { stage_.fleet.kill_one(chance_.next()); });
  plan(Fault::StrangersHand, 15s, [this] { change_split_by_hand(); });
  plan(Fault::FlappingAlarm, 15s, [this] { disturb_telemetry(); });
  plan(Fault::CrashAnytime, 25s, [&world] {
    world.note("fault: crash at any moment");
    throw ControllerDied{};
  });
  plan(Fault::PowerLoss, 60s, [this] { cut_power(); });
  plan(Fault::Words, 6s, [this] { speak(); });
}

void Troublemaker::plan(Fault fault, Milliseconds usual_gap, std::function<void()> act) {
  World& world = stage_.world;
  if (!world.faults.has(fault)) return;
  world.executor.in_world(world.now() + chance_.between(1ms, usual_gap * 2), [this, fault, usual_gap, act] {
    if (!stage_.world.faults.has(fault)) return;
    plan(fault, usual_gap, act);
    stage_.world.faults.count(fault);
    act();
  });
}

void Troublemaker::change_split_by_hand() {
  const bool open = !chance_.happens(0.1);
  const Weight weight = *Weight::from_basis_points(static_cast<int>(chance_.between(0, 20)) * 500);
  stage_.router.set_split_by_hand(chance_.pick(services_), {open, open ? weight : Weight::none()});
}

void Troublemaker::disturb_telemetry() {
  const rollout::ServiceKey& service = chance_.pick(services_);
  const rollout::Slot slot = chance_.pick(std::vector{rollout::Slot::A, rollout::Slot::B});
  const Milliseconds span = chance_.between(200ms, 4s);
  stage_.world.note(fmt::format("fault: errors on {} slot {} for {}", service.service, rollout::to_string(slot),
                                format_duration(span)));
  stage_.telemetry.disturb(service, slot, stage_.world.now() + span,
                           static_cast<double>(chance_.between(1, 100)) / 100.0);
}

void Troublemaker::cut_power() {
  stage_.world.note("fault: power loss");
  stage_.fleet.kill_all();
  stage_.router.forget();
  throw ControllerDied{};
}

void Troublemaker::speak() {
  application::Controller* const controller = stage_.controller();
  if (controller == nullptr) return;
  const application::Deployment* const deployment = controller->active(chance_.pick(services_));
  if (deployment == nullptr) return;
  const std::string id = deployment->state.plan.deployment;
  static const std::vector<std::string> kWords{"promote", "promote", "promote full", "hold", "rollback", "cancel"};
  const std::string word = chance_.pick(kWords);
  stage_.world.note(fmt::format("ben says {} to {}", word, id));
  const auto reply = [&](std::string_view event_type) -> application::WordReply {
    return {.answered =
                [this, id, event_type, word](const Status& status) {
                  if (!status) return;
                  ++words_[word];
                  stage_.obeyed(id, event_type);
                },
            .delayed = [&world = stage_.world, id](const Error&) { world.note("ben waits for " + id); }};
  };
  if (word == "promote") return controller->promote(id, "ben", false, reply("promote_requested"));
  if (word == "promote full") return controller->promote(id, "ben", true, reply("promote_requested"));
  if (word == "hold") return controller->hold(id, "ben", reply("hold_requested"));
  if (word == "rollback") return controller->roll_back(id, "ben", "it looks odd", reply("rollback_requested"));
  controller->cancel(id, "ben", reply("cancel_requested"));
}

}  // namespace sluice::simulation
