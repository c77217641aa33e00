#include "core/recording/replay.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/analysis/request_route.h"

namespace sluice::recording {
namespace {

using analysis::DecisionKind;
using analysis::kSlotLength;
using analysis::Slot;

constexpr std::int64_t kSlotsOfSilence = kLongestSilence / kSlotLength;

/// Slots are numbered from 1970 on.
std::int64_t slot_number(std::int64_t milliseconds) {
  const std::int64_t length = kSlotLength.count();
  return milliseconds / length - (milliseconds % length < 0 ? 1 : 0);
}

TimePoint slot_start(std::int64_t number) { return TimePoint{kSlotLength * number}; }

/// GREEN's share where nobody told it. It enters no formula; that it is neither nothing nor all is what counts.
Weight some_share() { return *Weight::from_basis_points(Weight::kFull / 2); }

void count_status(Slot& slot, int status) {
  if (status >= 500) {
    ++slot.server_errors;
  } else if (status >= 400) {
    ++slot.client_errors;
  } else if (status >= 300) {
    ++slot.redirections;
  } else {
    ++slot.informational_and_success;
  }
}

}  // namespace

Replay::Pair Replay::pair_at(TimePoint start, std::size_t metrics) {
  const std::vector<analysis::MetricSlot> slots(metrics, analysis::MetricSlot{.start = start});
  return {Slot{.start = start}, Slot{.start = start}, slots, slots};
}

Replay::Replay(analysis::TrafficJudge judge, ReplaySettings settings, OnDecision on_decision, OnSlot on_slot)
    : judge_(std::move(judge)),
      settings_(std::move(settings)),
      on_decision_(std::move(on_decision)),
      on_slot_(std::move(on_slot)),
      window_(std::clamp(settings_.reorder, Milliseconds{0}, kLongestReorder) / kSlotLength),
      has_weights_(!settings_.weights.empty()) {
  open_.resize(static_cast<std::size_t>(window_ + 2));
  metric_sums_.resize(settings_.metrics.size());
}

Replay::Pair& Replay::pair_of(std::int64_t number) {
  const auto size = static_cast<std::int64_t>(open_.size());
  const std::int64_t place = number % size;
  return open_[static_cast<std::size_t>(place < 0 ? place + size : place)];
}

void Replay::begin(std::int64_t number) {
  begun_ = true;
  first_ = number;
  newest_ = number;
  open_slot(number);
}

void Replay::open_slot(std::int64_t number) { pair_of(number) = pair_at(slot_start(number), settings_.metrics.size()); }

bool Replay::add(const RecordedLine& line) {
  if (line.kind == RecordedLine::Kind::Weight) {
    ++counts_.weights;
    change_weight(TimePoint{Milliseconds{line.milliseconds}}, line.weight);
  }
  if (line.kind != RecordedLine::Kind::Request) return !done_;
  const std::int64_t number = slot_number(line.milliseconds);
  if (!begun_) {
    begin(number);
    for (const auto& [since, weight] : settings_.weights) {
      change_weight(TimePoint{Milliseconds{line.milliseconds}} + since, weight);
    }
  }
  if (make_room(number, line)) count(line, number);
  return !done_;
}

/// Opens the slot of a line, and judges those that can get no more lines. False: the line is late.
bool Replay::make_room(std::int64_t number, const RecordedLine& line) {
  // The first line need not be the earliest.
  while (!has_judged_ && number < first_ && newest_ - number <= window_) open_slot(--first_);
  if (number < first_) {
    late_.push_back(line);
    late_.back().method = late_.back().path = late_.back().request_id = {};  // its text goes
    if (late_.size() < kLateLinesOfAStep) return false;
    const auto earliest = std::ranges::min_element(late_, {}, &RecordedLine::milliseconds);
    step_clock(slot_number(earliest->milliseconds));
    for (const RecordedLine& late : std::exchange(late_, {})) add(late);
    return false;
  }
  if (!late_.empty()) {
    counts_.late += static_cast<std::int64_t>(late_.size());
    late_.clear();
  }
  if (number <= newest_) return true;
  judge_until(number - window_);
  while (newest_ < number) {
    open_slot(++newest_);
  }
  return true;
}

void Replay::step_clock(std::int64_t number) {
  judge_until(newest_ + 1);
  ++counts_.clock_steps;
  judge_.clock_stepped(slot_start(number));
  begin(number);
}

/// Judges all slots before this one, those that nobody has opened included.
void Replay::judge_until(std::int64_t number) {
  while (first_ < number && first_ <= newest_ && !done_) judge_slot(std::move(pair_of(first_++)));
  if (first_ >= number) return;
  if (number - first_ > kSlotsOfSilence) {
    ++counts_.unwatched;
  } else {
    while (first_ < number && !done_) {
      judge_slot(pair_at(slot_start(first_++), settings_.metrics.size()));
    }
  }
  first_ = number;
  newest_ = number - 1;
}

void Replay::judge_slot(Pair pair) {
  has_judged_ = true;
  pair.green.log_watched = pair.blue.log_watched = knows_logs_;
  if (pair.green.requests > 0 && !has_weights_) change_weight(pair.green.start, some_share());
  judge_.observe(pair.green, pair.blue);
  judge_metrics(pair);
  if (on_slot_) on_slot_(pair.green, pair.blue, judge_);
  tell();
}

/// Each metric at its own pace; an observation of which the beginning was not recorded says nothing.
void Replay::judge_metrics(const Pair& pair) {
  const auto counts = [](const analysis::SequentialMetric& metric, const analysis::MetricSlot& slot) {
    return metric.kind == analysis::SequentialKind::Latency ? analysis::MetricCounts{.latency = &slot.latency}
                                                            : analysis::MetricCounts{.counts = slot.counts};
  };
  const auto add = [](analysis::MetricSlot& sum, const analysis::MetricSlot& slot) {
    sum.counts += slot.counts;
    sum.latency.merge(slot.latency);
  };
  for (std::size_t i = 0; i < settings_.metrics.size(); ++i) {
    const analysis::SequentialMetric& metric = settings_.metrics[i];
    const TimePoint slot = pair.green.start;
    const TimePoint start{std::chrono::floor<Milliseconds>(slot.time_since_epoch()) / metric.every * metric.every};
    Pair& sum = metric_sums_[i];
    if (sum.green.start != start || sum.green_metrics.empty()) {
      if (slot != start) continue;
      sum = pair_at(start, 1);
    }
    add(sum.green_metrics[0], pair.green_metrics[i]);
    add(sum.blue_metrics[0], pair.blue_metrics[i]);
    if (slot + kSlotLength < start + metric.every) continue;
    judge_.observe_metric(i, start, counts(metric, sum.green_metrics[0]), counts(metric, sum.blue_metrics[0]));
    sum.green_metrics.clear();
  }
}

void Replay::tell() {
  const analysis::Decision& decision = judge_.decision();
  if (decision.kind == told_.kind && decision.reason == told_.reason) return;
  told_ = decision;
  if (decision.kind == DecisionKind::None) return;
  if (decision.kind != DecisionKind::Promote) name_particulars(told_);
  on_decision_(told_);
  if (decision.kind != DecisionKind::Rollback) return;
  rolled_back_ = true;
  if (settings_.goes_on) {
    judge_.overrule();
    told_ = {};
  } else {
    done_ = true;
  }
}

/// The judge takes it when its slots come that far; a line that is late counts from the next slot on.
void Replay::change_weight(TimePoint at, Weight weight) {
  has_weights_ = true;
  judge_.weight_changes(at, weight, settings_.bake ? settings_.bake(weight) : std::nullopt);
}

void Replay::count(const RecordedLine& line, std::int64_t number) {
  if (line.status == RecordedLine::kUnknownStatus) {
    ++counts_.unknown_status;
    return;
  }
  const bool is_green = line.arm == Arm::Green;
  ++(is_green ? counts_.green_requests : counts_.blue_requests);
  Pair& pair = pair_of(number);
  Slot& slot = is_green ? pair.green : pair.blue;
  ++slot.requests;
  count_status(slot, line.status);
  if (!slot.latency.add(line.latency)) ++counts_.unknown_latency;
  knows_logs_ = knows_logs_ || line.knows_log_errors;
  count_metrics(line, is_green ? pair.green_metrics : pair.blue_metrics);
  if (!line.path.empty() || !line.request_id.empty()) note(line);
  if (line.log_errors == 0) return;
  ++slot.requests_with_log_errors;
  slot.log_error_lines += line.log_errors;
}

void Replay::count_metrics(const RecordedLine& line, std::vector<analysis::MetricSlot>& slots) const {
  constexpr double kMostEvents = 1e9;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const double value = line.metrics[i];
    if (!(value >= 0) || !(value <= kMostEvents)) continue;
    const bool is_ratio = settings_.metrics[i].kind == analysis::SequentialKind::Ratio;
    if (settings_.metrics[i].kind == analysis::SequentialKind::Latency) {
      slots[i].latency.add(value);
    } else if (!is_ratio || value == 0 || value == 1) {
      slots[i].counts += {.requests = 1, .events = std::llround(value)};
    }
  }
}

void Replay::note(const RecordedLine& line) {
  constexpr int kNotFound = 404;
  constexpr int kServerError = 500;
  const TimePoint at{Milliseconds{line.milliseconds}};
  analysis::RequestNotes& notes = line.arm == Arm::Green ? green_notes_ : blue_notes_;
  analysis::write_route(line.method, line.path, route_);
  notes.add({.at = at,
             .route = route_,
             .request_id = line.request_id,
             .is_error = line.status >= kServerError,
             .is_unknown_path = line.status == kNotFound,
             .latency = line.latency});
  notes.forget_before(at - analysis::kNotesLength - settings_.reorder);
}

/// Requests that are younger than the decision are not named.
void Replay::name_particulars(analysis::Decision& decision) const {
  const analysis::Question question = judge_.question();
  const TimePoint from = decision.at - question.span;
  decision.particulars =
      analysis::answer(question, green_notes_.span(from, decision.at), blue_notes_.span(from, decision.at));
  decision.message += analysis::describe(decision.particulars);
}

void Replay::finish() {
  if (!begun_) return;
  counts_.late += static_cast<std::int64_t>(late_.size());
  late_.clear();
  judge_until(newest_ + 1);
}

std::optional<TimePoint> Replay::last() const {
  if (!begun_) return std::nullopt;
  return slot_start(newest_ + 1);
}

}  // namespace sluice::recording
