#include "core/analysis/traffic_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/analysis/alarm_evaluation.h"
#include "core/analysis/sequential_sentence.h"

namespace sluice::analysis {
namespace {

constexpr Milliseconds kSecond{1000};
constexpr std::string_view kSequential = "sequential ";

Milliseconds longest_lookback(const std::vector<Alarm>& alarms) {
  Milliseconds longest{0};
  for (const Alarm& alarm : alarms) longest = std::max(longest, lookback(alarm));
  return longest;
}

/// Counts add up; a log was watched when it was in every part.
void add_up(Slot& sum, const Slot& slot) {
  sum.requests += slot.requests;
  sum.informational_and_success += slot.informational_and_success;
  sum.redirections += slot.redirections;
  sum.client_errors += slot.client_errors;
  sum.server_errors += slot.server_errors;
  sum.failed_health_checks += slot.failed_health_checks;
  sum.latency.merge(slot.latency);
  sum.requests_with_log_errors += slot.requests_with_log_errors;
  sum.log_error_lines += slot.log_error_lines;
  sum.log_watched = sum.log_watched && slot.log_watched;
}

/// The start of the stretch of `length` in which a moment lies.
TimePoint grid(TimePoint time, Milliseconds length) {
  const std::int64_t count = time.time_since_epoch().count();
  const std::int64_t over = count % length.count();
  return TimePoint{Milliseconds{count - (over < 0 ? over + length.count() : over)}};
}

std::string describe_bake(const WeightChange& step, TimePoint now) {
  return fmt::format("the step at {} has baked {}", step.green.to_string(), format_duration(now - step.at));
}

}  // namespace

struct TrafficJudge::AlarmJudgement {
  Verdict verdict = Verdict::NoData;
  bool holds = false;  ///< A breach holds the traffic; else it rolls back.
  std::string sentence;
};

TrafficJudge::TrafficJudge(JudgeSettings settings)
    : settings_(std::move(settings)),
      lookback_(longest_lookback(settings_.alarms)),
      screens_(settings_.alarms.begin(), settings_.alarms.end()) {
  if (settings_.analysis) metric_changes_.resize(settings_.analysis->sequential.more.size());
}

Result<TrafficJudge> TrafficJudge::create(JudgeSettings settings) {
  TrafficJudge judge(std::move(settings));
  if (judge.settings_.analysis) {
    TRY_ASSIGN(judge.test_, SequentialTest::create(judge.settings_.analysis->sequential));
  }
  return judge;
}

Result<TrafficJudge> TrafficJudge::resume(JudgeSettings settings, JudgeProgress progress) {
  TrafficJudge judge(std::move(settings));
  if (judge.settings_.analysis) {
    TRY_ASSIGN(judge.test_, SequentialTest::parse(judge.settings_.analysis->sequential, progress.test));
  }
  judge.weight_ = progress.weight;
  judge.bake_ = progress.bake;
  judge.step_since_ = progress.step_since;
  judge.watched_since_ = progress.watched_since;
  judge.blue_until_ = progress.blue_until;
  judge.overruled_ = std::move(progress.overruled);
  judge.hold_overruled_ =
      std::ranges::any_of(judge.overruled_, [](const std::string& reason) { return reason.starts_with(kSequential); });
  judge.decision_ = std::move(progress.decision);
  judge.before_ = std::move(progress.before);
  judge.changes_ = std::move(progress.changes);
  if (progress.metric_changes.size() == judge.metric_changes_.size()) {
    judge.metric_changes_ = std::move(progress.metric_changes);
  }
  return judge;
}

JudgeProgress TrafficJudge::progress() const {
  return {.test = test_ ? test_->serialize() : std::string(),
          .weight = weight_,
          .bake = bake_,
          .step_since = step_since_,
          .watched_since = watched_since_,
          .blue_until = blue_until_,
          .overruled = overruled_,
          .decision = decision_,
          .before = before_,
          .changes = changes_,
          .metric_changes = metric_changes_};
}

void TrafficJudge::weight_changes(TimePoint at, Weight green, std::optional<Milliseconds> bake) {
  const auto insert = [change = WeightChange{at, green, bake}](std::deque<WeightChange>& changes) {
    changes.insert(std::ranges::upper_bound(changes, change.at, {}, &WeightChange::at), change);
  };
  insert(changes_);
  std::ranges::for_each(metric_changes_, insert);
}

void TrafficJudge::apply_changes(TimePoint until) {
  while (!changes_.empty() && changes_.front().at < until) {
    apply(changes_.front());
    changes_.pop_front();
  }
}

void TrafficJudge::apply(const WeightChange& change) {
  if (change.green > weight_ && decision_.kind == DecisionKind::Hold) overrule();
  if (decision_.kind == DecisionKind::Promote && decision_.at <= change.at) decision_ = {};
  if (test_) test_->slots_weight_changed(change.green);
  if (change.green != weight_) mixed_until_ = change.at;
  if (change.green == Weight::none()) {
    watched_since_.reset();
  } else if (!watched_since_) {
    watched_since_ = grid(change.at, kSlotLength);
    measure_baselines();
  }
  if (change.green != Weight::full()) {
    blue_until_.reset();
  } else if (!blue_until_) {
    blue_until_ = grid(change.at, kSlotLength);
  }
  weight_ = change.green;
  bake_ = change.bake;
  step_since_ = change.at;
}

/// What BLUE did up to now, the start of GREEN's traffic.
void TrafficJudge::measure_baselines() {
  before_.clear();
  for (const Alarm& alarm : settings_.alarms) {
    if (alarm.threshold != Threshold::TimesBefore) continue;
    before_.emplace(alarm.name, baseline(alarm, blue_.slots(), *watched_since_));
  }
}

void TrafficJudge::overrule() {
  if (decision_.kind == DecisionKind::Hold && decision_.reason.starts_with(kSequential)) hold_overruled_ = true;
  if (decision_.kind != DecisionKind::None) overruled_.insert(decision_.reason);
  decision_ = {};
}

Observed TrafficJudge::feed_test(const Slot& green, const Slot& blue) {
  if (!test_) return Observed::Counted;
  const Milliseconds length = settings_.analysis->sequential.slot_length;
  if (length == kSlotLength) return test_->observe(green, blue);
  const TimePoint start = grid(green.start, length);
  if (green_sum_.start != start) {
    green_sum_ = Slot{.start = start, .log_watched = true};
    blue_sum_ = Slot{.start = start, .log_watched = true};
  }
  add_up(green_sum_, green);
  add_up(blue_sum_, blue);
  // Rates that moved inside it weigh differently in both colours: nothing can be compared.
  if (start < mixed_until_) return Observed::Counted;
  if (green.start + kSlotLength < start + length) return Observed::Counted;
  return test_->observe(std::exchange(green_sum_, Slot{}), std::exchange(blue_sum_, Slot{}));
}

Observed TrafficJudge::observe(Slot green, Slot blue) {
  if (green.start != blue.start) return Observed::Impossible;
  if (seen_ && green.start < next_start_) return Observed::OutOfOrder;
  const TimePoint end = green.start + kSlotLength;
  apply_changes(end);
  const Observed observed = feed_test(green, blue);
  if (observed != Observed::Counted) return observed;
  keep(std::move(green), std::move(blue));
  if (weight_ == Weight::none() || decision_.kind == DecisionKind::Rollback) return observed;
  judge_test(end);
  if (end.time_since_epoch() % kSecond != Milliseconds{0}) return observed;
  judge_alarms(end);
  judge_step(end);
  return observed;
}

Observed TrafficJudge::observe_metric(std::size_t index, TimePoint start, const MetricCounts& green,
                                      const MetricCounts& blue) {
  if (!test_) return Observed::Counted;
  const TimePoint end = start + settings_.analysis->sequential.more[index].every;
  std::deque<WeightChange>& changes = metric_changes_[index];
  for (; !changes.empty() && changes.front().at < end; changes.pop_front()) {
    test_->metric_weight_changed(index, changes.front().green);
  }
  const Observed observed = test_->observe_metric(index, start, green, blue);
  if (observed != Observed::Counted || decision_.kind == DecisionKind::Rollback) return observed;
  judge_test(end);
  judge_step_early(index, end);
  return observed;
}

void TrafficJudge::recall(Slot green, Slot blue) { keep(std::move(green), std::move(blue)); }

void TrafficJudge::keep(Slot green, Slot blue) {
  const TimePoint end = green.start + kSlotLength;
  seen_ = true;
  next_start_ = end;
  if (settings_.alarms.empty()) return;
  for (AlarmScreen& screen : screens_) screen.add(green);
  green_.add(std::move(green), end - lookback_);
  // What it did while it had traffic is what there is to compare with.
  if (!blue_until_) blue_.add(std::move(blue), end - lookback_);
}

void TrafficJudge::clock_stepped(TimePoint now) {
  if (!seen_) return;
  if (test_) test_->clock_stepped(now);
  // Spans that have begun are as long as before, seen from the new time.
  const auto shift = [&](TimePoint& time) { time = now - std::max(Milliseconds{0}, next_start_ - time); };
  shift(step_since_);
  if (watched_since_) shift(*watched_since_);
  if (blue_until_) shift(*blue_until_);
  const auto put_off = [&](std::deque<WeightChange>& changes) {
    for (WeightChange& change : changes) change.at = now + std::max(Milliseconds{0}, change.at - next_start_);
  };
  put_off(changes_);
  std::ranges::for_each(metric_changes_, put_off);
  for (AlarmScreen& screen : screens_) screen.clear();
  green_.clear();
  blue_.clear();
  green_sum_ = {};
  blue_sum_ = {};
  mixed_until_ = {};
  next_start_ = grid(now, kSlotLength);
}

const Decision& TrafficJudge::decision_of_newest_step() const {
  static const Decision none;
  const bool is_of_earlier =
      decision_.kind == DecisionKind::Promote && !changes_.empty() && decision_.at <= changes_.back().at;
  return is_of_earlier ? none : decision_;
}

std::optional<Assessment> TrafficJudge::assess() const {
  if (!test_) return std::nullopt;
  return test_->assess();
}

Question TrafficJudge::question() const {
  constexpr std::string_view kAlarm = "alarm ";
  const std::string_view reason = decision_.reason;
  if (reason.starts_with(kAlarm)) {
    const auto alarm = std::ranges::find(settings_.alarms, reason.substr(kAlarm.size()), &Alarm::name);
    return alarm == settings_.alarms.end() ? Question{} : question_of(*alarm);
  }
  if (!test_ || !reason.starts_with(kSequential)) return {};
  const Assessment assessment = test_->assess();
  const Action action = decision_.kind == DecisionKind::Rollback ? Action::Rollback : Action::Hold;
  const MetricEvidence* metric = leading(assessment, action);
  return metric == nullptr ? Question{} : question_of(*metric);
}

/// A rollback goes before a hold, and both before what there was.
void TrafficJudge::decide(Decision decision) {
  if (decision_.kind == DecisionKind::Rollback || overruled_.contains(decision.reason)) return;
  if (decision.kind != DecisionKind::Rollback && decision_.kind == DecisionKind::Hold) return;
  if (decision.kind == DecisionKind::Promote && decision_.kind == DecisionKind::Promote) return;
  decision_ = std::move(decision);
}

void TrafficJudge::judge_test(TimePoint now) {
  if (!test_ || test_->decision() == SequentialDecision::None) return;
  const bool rolls_back = test_->decision() == SequentialDecision::Rollback;
  if (!rolls_back && (decision_.kind == DecisionKind::Hold || hold_overruled_)) return;
  const Assessment assessment = test_->assess();
  const MetricEvidence* metric = leading(assessment, rolls_back ? Action::Rollback : Action::Hold);
  if (metric == nullptr) return;
  decide({.kind = rolls_back ? DecisionKind::Rollback : DecisionKind::Hold,
          .reason = std::string(kSequential) + metric->name,
          .message = describe(*metric),
          .at = now,
          .log_evidence = rolls_back ? assessment.log_evidence : assessment.hold_log_evidence,
          .log_needed = rolls_back ? assessment.log_threshold : assessment.hold_log_threshold});
}

TrafficJudge::AlarmJudgement TrafficJudge::judge(const Alarm& alarm, TimePoint now) const {
  Blue blue{.slots = blue_.slots(), .traffic_until = blue_until_, .before = {}};
  if (const auto before = before_.find(alarm.name); before != before_.end()) blue.before = before->second;
  const AlarmEvaluation evaluation = evaluate(alarm, green_.slots(), *watched_since_, now, blue);
  return {evaluation.verdict, alarm.then == Action::Hold || evaluation.blue_explains_it,
          describe(alarm, evaluation, "GREEN")};
}

void TrafficJudge::judge_alarms(TimePoint now) {
  for (std::size_t i = 0; i < settings_.alarms.size(); ++i) {
    const Alarm& alarm = settings_.alarms[i];
    const std::string reason = "alarm " + alarm.name;
    if (!screens_[i].may_breach(now) && !overruled_.contains(reason)) continue;
    const AlarmJudgement judgement = judge(alarm, now);
    if (judgement.verdict == Verdict::Breaching) {
      decide({.kind = judgement.holds ? DecisionKind::Hold : DecisionKind::Rollback,
              .reason = reason,
              .message = judgement.sentence,
              .at = now});
    } else if (judgement.verdict == Verdict::Ok) {
      overruled_.erase(reason);
    }
  }
}

/// What an alarm that cannot be judged means at the end of a step: losing telemetry is never health.
std::optional<Decision> TrafficJudge::silence(TimePoint now) const {
  for (const Alarm& alarm : settings_.alarms) {
    const AlarmJudgement judgement = judge(alarm, now);
    if (judgement.verdict != Verdict::NoData && judgement.verdict != Verdict::Error) continue;
    std::string reason = fmt::format("{} {}", judgement.verdict == Verdict::Error ? "error" : "no data", alarm.name);
    if (overruled_.contains(reason)) continue;
    return Decision{DecisionKind::Hold, std::move(reason), judgement.sentence, now};
  }
  return std::nullopt;
}

/// GREEN's requests in this traffic step: users' as the slots count them, or those that one of the metrics counts.
struct TrafficJudge::Shown {
  std::string_view metric;  ///< Empty: users' requests.
  ColourCounts green;
  std::optional<double> at_most_worse;
  Enough enough = Enough::TooFewRequests;

  std::string sentence(bool compared, double alpha) const {
    if (metric == kProbesName) {
      return fmt::format("; GREEN answered {} of sluice's own requests, of which {} failed", green.requests,
                         green.events);
    }
    if (!metric.empty()) {
      return fmt::format("; the metric '{}' counts {} of GREEN's {} requests", metric, green.events, green.requests);
    }
    return at_most_worse && compared ? "; " + describe_bound(*at_most_worse, alpha) : "";
  }
};

/// What has shown enough in this step; else what users' requests have shown, or the probes. Slots and metrics come to a
/// step at different times.
TrafficJudge::Shown TrafficJudge::shown(const WeightChange& step) const {
  const Assessment assessment = test_->assess();
  const bool compared = step.green != Weight::full();
  const auto judged = [&](Shown shown) {
    shown.enough = has_enough(settings_.analysis->enough, shown.green.requests, shown.at_most_worse, compared);
    return shown;
  };
  Shown best;
  if (step.at == step_since_) best = judged({"", assessment.step.green, assessment.at_most_worse});
  const std::vector<SequentialMetric>& metrics = settings_.analysis->sequential.more;
  for (std::size_t i = 0; i < metrics.size() && best.enough != Enough::Yes; ++i) {
    if (metrics[i].kind != SequentialKind::Ratio || metrics[i].then != Action::Rollback) continue;
    const auto evidence = std::ranges::find(assessment.metrics, metrics[i].name, &MetricEvidence::name);
    const auto its_step = step_of_metric(i);
    if (evidence == assessment.metrics.end() || !its_step || its_step->at != step.at) continue;
    const Shown other = judged({metrics[i].name, evidence->step.green, evidence->at_most_worse});
    if (other.enough == Enough::Yes || metrics[i].name == kProbesName) best = other;
  }
  return best;
}

Decision TrafficJudge::promotion(const Shown& shown, const WeightChange& step, TimePoint now) const {
  const double alpha = settings_.analysis->sequential.bound_alpha;
  return {DecisionKind::Promote, "enough evidence",
          describe_bake(step, now) + shown.sentence(step.green != Weight::full(), alpha), now};
}

Decision TrafficJudge::step_decision(TimePoint now) const {
  if (auto silent = silence(now)) return *std::move(silent);
  if (!test_) return {DecisionKind::Promote, "bake over", describe_bake(step(), now), now};
  const Shown seen = shown(step());
  if (seen.enough == Enough::Yes) return promotion(seen, step(), now);
  const StepEvidence& wanted = settings_.analysis->enough;
  if (now < step_since_ + *bake_ + wanted.extension) return {};
  return {DecisionKind::Hold, seen.enough == Enough::TooFewRequests ? "too few requests" : "too uncertain",
          fmt::format("{}, {} of it beyond its bake, and that is not enough: {}", describe_bake(step(), now),
                      format_duration(now - step_since_ - *bake_),
                      describe_lack(seen.enough, wanted, seen.green.requests, seen.at_most_worse)),
          now};
}

void TrafficJudge::judge_step(TimePoint now) {
  if (!bake_ || decision_.kind != DecisionKind::None || now < step_since_ + *bake_) return;
  Decision decision = step_decision(now);
  if (decision.kind == DecisionKind::None) return;
  decide(std::move(decision));
}

/// Nothing while the slots know more changes than the metric. Both know the same ones, the last of them still to come.
std::optional<WeightChange> TrafficJudge::step_of_metric(std::size_t index) const {
  const std::size_t to_come = metric_changes_[index].size();
  if (to_come > changes_.size()) return std::nullopt;
  const std::size_t ahead = changes_.size() - to_come;
  return ahead == 0 ? step() : changes_[ahead - 1];
}

/// A metric may know of a step before the slots do, which come late where they are made of minutes. It says that enough
/// was shown, and again what when more is known; what is lacking is for the slots to say.
void TrafficJudge::judge_step_early(std::size_t index, TimePoint now) {
  const auto step = step_of_metric(index);
  if (!step || !step->bake || now < step->at + *step->bake || now <= next_start_) return;
  if (step->green == Weight::none() || decision_.kind == DecisionKind::Hold) return;
  if (seen_ && watched_since_ && silence(grid(next_start_, kSecond))) return;
  const Shown seen = shown(*step);
  if (seen.enough == Enough::Yes) decision_ = promotion(seen, *step, now);
}

}  // namespace sluice::analysis
