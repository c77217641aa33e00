#include "core/analysis/alarm_evaluation.h"

#include <algorithm>
#include <utility>

#include "core/analysis/bad_counts.h"
#include "core/analysis/blue_gate.h"
#include "core/analysis/latency_quantile.h"

namespace sluice::analysis {
namespace {

constexpr int kLeastCoveragePercent = 90;

bool is_possible(const Alarm& alarm) {
  return alarm.every >= kShortestPeriod && alarm.every <= kLongestPeriod && alarm.datapoints >= 1 &&
         alarm.datapoints <= alarm.out_of && alarm.out_of <= kMostPeriods &&
         (!is_relative(alarm) || statistic_of(alarm.metric) != Statistic::Sum) &&
         (alarm.threshold != Threshold::TimesBlue || !is_of_service(alarm.metric)) &&
         (!is_utilization(alarm.metric) || alarm.gate_on_blue == Action::Rollback);
}

bool is_watched(Metric metric, const Slot& slot) {
  if (is_of_replicas(metric)) return slot.utilization_watched;
  return !is_of_log(metric) || slot.log_watched;
}

/// The sums of one period while slots are added to it.
class Sums {
 public:
  void add(Metric metric, const Slot& slot) {
    if (is_watched(metric, slot)) watched_ += kSlotLength;
    if (is_latency(metric)) return add(slot.latency);
    constexpr int kNoSlowBucket = 0;  // for latencies alone
    const ColourCounts counts = bad_counts(metric, kNoSlowBucket, slot);
    figures_.requests += counts.requests;
    figures_.bad += counts.events;
  }
  Milliseconds watched() const { return watched_; }
  Figures figures() const {
    Figures figures = figures_;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      figures.latency.add_to_bucket(static_cast<int>(bucket), buckets_[bucket]);
    }
    return figures;
  }

 private:
  void add(const LatencyHistogram& latency) {
    if (latency.empty()) return;
    if (buckets_.empty()) buckets_.resize(kLatencyBuckets);
    for (const LatencyHistogram::Entry& entry : latency.entries()) {
      buckets_[entry.bucket] += entry.count;
      figures_.requests += entry.count;
    }
  }

  Figures figures_;
  std::vector<std::uint32_t> buckets_;  ///< Dense: thousands of sparse histograms are added up here.
  Milliseconds watched_{0};
};

/// Which period back from `now` a slot belongs to; negative when it ends after `now`.
std::int64_t period_of(const Slot& slot, TimePoint now, Milliseconds every) {
  const TimePoint end = slot.start + kSlotLength;
  return end > now ? -1 : (now - end) / every;
}

/// The sums of the `count` periods before `now`, newest first.
std::vector<Sums> sum_up(const Alarm& alarm, std::span<const Slot> slots, TimePoint now, std::int64_t count) {
  std::vector<Sums> periods(static_cast<std::size_t>(count));
  for (const Slot& slot : slots) {
    const std::int64_t k = period_of(slot, now, alarm.every);
    if (k >= 0 && k < count) periods[static_cast<std::size_t>(k)].add(alarm.metric, slot);
  }
  return periods;
}

/// All of the last N periods in one.
Figures sum_of_all(const Alarm& alarm, std::span<const Slot> slots, TimePoint now) {
  Sums sums;
  for (const Slot& slot : slots) {
    const std::int64_t k = period_of(slot, now, alarm.every);
    if (k >= 0 && k < alarm.out_of) sums.add(alarm.metric, slot);
  }
  return sums.figures();
}

bool has_enough(const Alarm& alarm, std::int64_t requests) {
  return alarm.metric == Metric::FailedHealthChecks || requests >= std::max(1L, alarm.minimum_samples);
}

Baseline baseline_of(const Alarm& alarm, const Figures& figures) {
  return {.requests = figures.requests, .bad = figures.bad, .value = value_of(alarm.metric, figures)};
}

/// What BLUE did, as far as the judgement of another colour needs it.
struct Comparison {
  std::vector<Sums> periods;  ///< As those of the judged colour.
  Figures all;                ///< Of BLUE's last N periods with traffic.
  std::optional<Baseline> before;
};

/// What a relative threshold is a multiple of.
Baseline compared_with(const Alarm& alarm, const Comparison& blue, std::size_t period) {
  if (alarm.threshold == Threshold::TimesBefore) return blue.before.value_or(Baseline{});
  const Figures same_period = period < blue.periods.size() ? blue.periods[period].figures() : Figures{};
  return baseline_of(alarm, has_enough(alarm, same_period.requests) ? same_period : blue.all);
}

/// The threshold in the metric's own unit; nothing when there is no BLUE to take it from.
std::optional<double> limit(const Alarm& alarm, const Figures& figures, const Comparison& blue, std::size_t period) {
  if (!is_relative(alarm)) return alarm.above;
  const Baseline compared = compared_with(alarm, blue, period);
  if (!has_enough(alarm, compared.requests)) return std::nullopt;
  double value = compared.value;
  if (statistic_of(alarm.metric) == Statistic::Ratio) {
    value = std::max(value, 1.0 / static_cast<double>(std::max<std::int64_t>(1, figures.requests)));
  }
  return alarm.above * value;
}

PeriodState judge(const Alarm& alarm, const Sums& sums, const Figures& figures, std::optional<double> limit) {
  const bool enough = has_enough(alarm, figures.requests);
  // What was seen to be bad is bad however little was watched; health needs to have been watched.
  if (enough && limit && value_of(alarm.metric, figures) > *limit) return PeriodState::Breaching;
  if (sums.watched() * 100 < alarm.every * kLeastCoveragePercent) return PeriodState::Unwatched;
  if (!enough) return PeriodState::TooFew;
  return limit ? PeriodState::Ok : PeriodState::NoComparison;
}

bool is_missing(const Period& period) {
  return period.state != PeriodState::Ok && period.state != PeriodState::Breaching;
}

/// How many whole periods, up to what the alarm looks at, lie between two moments.
std::int64_t existing_periods(const Alarm& alarm, TimePoint watched_since, TimePoint now) {
  const std::int64_t whole = now <= watched_since ? 0 : (now - watched_since) / alarm.every;
  return std::min(whole, lookback(alarm) / alarm.every);
}

std::vector<Period> judged_periods(const Alarm& alarm, const std::vector<Sums>& sums, const Comparison& blue,
                                   TimePoint now) {
  std::vector<Period> periods(sums.size());
  for (std::size_t k = 0; k < periods.size(); ++k) {
    periods[k].end = now - alarm.every * static_cast<std::int64_t>(k);
    periods[k].figures = sums[k].figures();
    periods[k].state = judge(alarm, sums[k], periods[k].figures, limit(alarm, periods[k].figures, blue, k));
  }
  return periods;
}

Verdict verdict_of(const Alarm& alarm, const std::vector<Period>& periods) {
  if (periods.empty()) return Verdict::NoData;
  const auto missing = std::ranges::count_if(periods, is_missing);
  auto breaching = std::ranges::count(periods, PeriodState::Breaching, &Period::state);
  if (alarm.missing == Missing::Breaching) breaching += missing;
  if (breaching >= alarm.datapoints) return Verdict::Breaching;
  const bool could_breach = breaching + missing >= alarm.datapoints;
  if (alarm.missing == Missing::Hold && could_breach) return Verdict::NoData;
  return Verdict::Ok;
}

bool counts_as_breaching(const Alarm& alarm, const Period& period) {
  return period.state == PeriodState::Breaching || (alarm.missing == Missing::Breaching && is_missing(period));
}

/// GREEN's bad requests that came when BLUE had lost its traffic, by period back from `now`.
std::vector<std::int64_t> bad_without_blue(const Alarm& alarm, std::span<const Slot> slots, TimePoint now,
                                           TimePoint blue_until) {
  std::vector<std::int64_t> bad(static_cast<std::size_t>(lookback(alarm) / alarm.every));
  const int slow = slow_bucket(alarm);
  for (const Slot& slot : slots) {
    const std::int64_t k = period_of(slot, now, alarm.every);
    if (k < 0 || k >= std::ssize(bad) || slot.start + kSlotLength <= blue_until) continue;
    bad[static_cast<std::size_t>(k)] += bad_counts(alarm.metric, slow, slot).events;
  }
  return bad;
}

/// How many bad requests a period may have without a breach; of an average none that is as slow as its threshold.
double most_bad(const Alarm& alarm, const Figures& figures) {
  const auto requests = static_cast<double>(figures.requests);
  switch (statistic_of(alarm.metric)) {
    case Statistic::Ratio: return alarm.above * requests;
    case Statistic::Sum: return alarm.above;
    case Statistic::Percentile: return (1 - quantile_of(alarm.metric)) * requests;
    case Statistic::Average: return 0;
  }
  std::unreachable();
}

/// Whether it would breach by what no traffic of BLUE stands beside: bad requests since BLUE has none, and periods that
/// nobody watched.
bool breaches_without_blue(const Alarm& alarm, std::span<const Slot> slots, const std::vector<Period>& periods,
                           TimePoint now, TimePoint blue_until) {
  const std::vector<std::int64_t> bad = bad_without_blue(alarm, slots, now, blue_until);
  int breaching = 0;
  for (const Period& period : periods) {
    if (!counts_as_breaching(alarm, period)) continue;
    const std::int64_t alone = bad[static_cast<std::size_t>((now - period.end) / alarm.every)];
    if (is_missing(period) || static_cast<double>(alone) > most_bad(alarm, period.figures)) ++breaching;
  }
  return breaching >= alarm.datapoints;
}

bool is_gated(const Alarm& alarm) { return alarm.gate_on_blue == Action::Hold && !is_relative(alarm); }

/// Counts of failed checks are no sample of requests: BLUE shows them too, or not.
bool shows_as_many(const Alarm& alarm, const std::vector<Sums>& blue_periods) {
  const std::span latest(blue_periods.begin(), static_cast<std::size_t>(alarm.out_of));
  return std::ranges::any_of(
      latest, [&](const Sums& sums) { return value_of(alarm.metric, sums.figures()) > alarm.above / 2; });
}

/// Of an alarm that is gated and breaches.
bool is_explained(const Alarm& alarm, std::span<const Slot> slots, const std::vector<Period>& periods,
                  const Comparison& comparison, const Blue& blue, TimePoint now) {
  if (alarm.metric == Metric::FailedHealthChecks) return shows_as_many(alarm, comparison.periods);
  const TimePoint blue_until = std::min(now, blue.traffic_until.value_or(now));
  if (breaches_without_blue(alarm, slots, periods, now, blue_until)) return false;
  const GateSpan span{
      .green = slots, .blue = blue.slots, .from = periods.back().end - alarm.every, .until = blue_until};
  return blue_explains(alarm, span);
}

}  // namespace

bool is_of_log(Metric metric) { return metric == Metric::ErrorLogRate || metric == Metric::ErrorLogCount; }

double Figures::rate() const { return requests == 0 ? 0.0 : static_cast<double>(bad) / static_cast<double>(requests); }

double value_of(Metric metric, const Figures& figures) {
  switch (statistic_of(metric)) {
    case Statistic::Ratio: return figures.rate();
    case Statistic::Sum: return static_cast<double>(figures.bad);
    case Statistic::Percentile: return latency_quantile(figures.latency, quantile_of(metric));
    case Statistic::Average: return latency_average(figures.latency);
  }
  std::unreachable();
}

Baseline baseline(const Alarm& alarm, std::span<const Slot> slots, TimePoint start) {
  return is_possible(alarm) ? baseline_of(alarm, sum_of_all(alarm, slots, start)) : Baseline{};
}

Milliseconds lookback(const Alarm& alarm) {
  if (!is_possible(alarm)) return Milliseconds{0};
  return alarm.every * alarm.out_of * (alarm.missing == Missing::Ignore ? kIgnoreLookback : 1);
}

AlarmEvaluation evaluate(const Alarm& alarm, std::span<const Slot> slots, TimePoint watched_since, TimePoint now,
                         const std::optional<Blue>& blue) {
  AlarmEvaluation evaluation{.verdict = Verdict::Error};
  if (!is_possible(alarm) || (is_relative(alarm) && !blue)) return evaluation;
  const std::int64_t count = existing_periods(alarm, watched_since, now);
  Comparison comparison;
  if (blue) {
    const TimePoint traffic_until = std::min(now, blue->traffic_until.value_or(now));
    comparison.all = sum_of_all(alarm, blue->slots, traffic_until);
    comparison.periods = sum_up(alarm, blue->slots, now, std::max<std::int64_t>(count, alarm.out_of));
    comparison.before = blue->before;
    evaluation.blue = comparison.all;
    if (alarm.threshold == Threshold::TimesBefore) evaluation.before = blue->before;
    evaluation.blue_has_traffic = traffic_until == now;
  }
  evaluation.periods = judged_periods(alarm, sum_up(alarm, slots, now, count), comparison, now);
  if (alarm.missing == Missing::Ignore) std::erase_if(evaluation.periods, is_missing);
  const auto most = static_cast<std::size_t>(alarm.out_of);
  if (evaluation.periods.size() > most) evaluation.periods.resize(most);
  evaluation.verdict = verdict_of(alarm, evaluation.periods);
  if (blue && is_gated(alarm) && evaluation.verdict == Verdict::Breaching) {
    evaluation.blue_explains_it = is_explained(alarm, slots, evaluation.periods, comparison, *blue, now);
  }
  return evaluation;
}

}  // namespace sluice::analysis
