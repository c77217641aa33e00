#include "application/traffic_watch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "application/alarm_watch.h"

namespace sluice::application {
namespace {

using analysis::Slot;
using analysis::TrafficJudge;
using rollout::Colour;

/// A colour of which nothing is measured yet has no traffic.
Result<std::vector<Slot>> slots_of(const MeasurementSources& sources, const rollout::Plan& plan, Colour colour,
                                   TimePoint from) {
  auto read = measure(sources, plan, colour, from);
  if (read.has_value()) {
    // What a source leaves open of GREEN's latencies must not speak against it.
    for (auto& [start, latency] : read->fastest) {
      const auto slot = std::ranges::lower_bound(read->slots, start, {}, &Slot::start);
      const bool is_greens = colour == Colour::Green && slot != read->slots.end() && slot->start == start;
      if (is_greens) slot->latency = std::move(latency);
    }
    return std::move(read->slots);
  }
  if (read.error().kind == ErrorKind::NotFound) return std::vector<Slot>();
  return std::move(read.error());
}

/// The slot that starts then; one without traffic where nothing at all is measured of the colour.
std::optional<Slot> slot_at(std::vector<Slot>& slots, TimePoint start) {
  if (slots.empty()) return Slot{.start = start};
  const auto place = std::ranges::lower_bound(slots, start, {}, &Slot::start);
  if (place == slots.end() || place->start != start) return std::nullopt;
  return std::move(*place);
}

Milliseconds warm_up(const rollout::TelemetryTiming& timing) {
  return std::max(TrafficWatch::kWarmUp, timing.grain * TrafficWatch::kWarmUpGrains);
}

}  // namespace

std::optional<TrafficWatch> TrafficWatch::create(const rollout::Plan& plan, const std::optional<std::string>& kept,
                                                 TimePoint now) {
  if (!plan.analysis || !plan.blue) return std::nullopt;
  const analysis::JudgeSettings settings{.alarms = {}, .analysis = plan.analysis};
  const rollout::TelemetryTiming timing = rollout::telemetry_timing(plan.green.target);
  const TimePoint until = last_judged(now, timing);
  if (kept) {
    auto progress = analysis::parse_judge_progress(*kept);
    if (progress.has_value()) {
      const Weight weight = progress->changes.empty() ? progress->weight : progress->changes.back().green;
      auto judge = TrafficJudge::resume(settings, std::move(*progress));
      if (judge.has_value()) {
        TrafficWatch watch(std::move(*judge), *plan.analysis, timing, until, weight);
        watch.metrics_.step_begins(now, weight != Weight::none() && weight != Weight::full());
        return watch;
      }
    }
  }
  auto judge = TrafficJudge::create(settings);
  if (!judge.has_value()) return std::nullopt;  // the settings were checked when they were read
  return TrafficWatch(std::move(*judge), *plan.analysis, timing, until - warm_up(timing), Weight::none());
}

bool TrafficWatch::is_verdict(const analysis::Decision& decision) { return decision.reason.starts_with("sequential "); }

void TrafficWatch::weight_changed(TimePoint now, Weight green, Milliseconds bake) {
  if (weight_ == Weight::none()) green_since_ = now;
  weight_ = green;
  judge_.weight_changes(now, green, bake);
  metrics_.step_begins(now, green != Weight::none() && green != Weight::full());
}

void TrafficWatch::look(const MeasurementSources& sources, const rollout::Plan& plan, TimePoint now) {
  const TimePoint until = last_judged(now, timing_);
  if (until < next_ - warm_up(timing_)) {
    judge_.clock_stepped(until);
    metrics_.clock_stepped(until);
    next_ = until;
    green_since_ = std::min(green_since_, until);
  }
  if (until <= next_) return;
  auto blue = slots_of(sources, plan, Colour::Blue, next_);
  // Before GREEN has traffic its router slot may still tell of the revision that had it before.
  auto green = weight_ == Weight::none() ? std::vector<Slot>() : slots_of(sources, plan, Colour::Green, next_);
  if (!blue.has_value() || !green.has_value()) return;
  if (blue->empty() && green->empty()) return;
  for (TimePoint start = next_; start < until; start += analysis::kSlotLength) {
    auto green_slot = slot_at(*green, start);
    auto blue_slot = slot_at(*blue, start);
    if (!green_slot || !blue_slot) continue;  // it was not watched
    if (start + timing_.grain <= green_since_) green_slot = Slot{.start = start};
    (void)judge_.observe(std::move(*green_slot), std::move(*blue_slot));
  }
  next_ = until;
  metrics_.look(sources, plan, until, judge_);
}

}  // namespace sluice::application
