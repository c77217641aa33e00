#include "core/analysis/alarm_evaluation.h"

#include <algorithm>
#include <utility>

namespace sluice::analysis {
namespace {

constexpr int kLeastCoveragePercent = 90;

bool is_possible(const Alarm& alarm) {
  return alarm.every >= kShortestPeriod && alarm.every <= kLongestPeriod && alarm.datapoints >= 1 &&
         alarm.datapoints <= alarm.out_of && alarm.out_of <= kMostPeriods;
}

Figures figures_of(Metric metric, const Slot& slot) {
  switch (metric) {
    // Attempts that failed here and were retried elsewhere are errors of this colour without a request of it.
    case Metric::ErrorRate: return {std::max(slot.requests, slot.server_errors), slot.server_errors};
    case Metric::FailedHealthChecks: return {slot.requests, slot.failed_health_checks};
  }
  std::unreachable();
}

void add(Figures& sum, const Figures& figures) {
  sum.requests += figures.requests;
  sum.bad += figures.bad;
}

/// Which period back from `now` a slot belongs to; negative when it ends after `now`.
std::int64_t period_of(const Slot& slot, TimePoint now, Milliseconds every) {
  const TimePoint end = slot.start + kSlotLength;
  return end > now ? -1 : (now - end) / every;
}

bool breaches(const Alarm& alarm, const Figures& figures) {
  switch (alarm.metric) {
    case Metric::ErrorRate: return figures.rate() > alarm.above;
    case Metric::FailedHealthChecks: return static_cast<double>(figures.bad) > alarm.above;
  }
  std::unreachable();
}

PeriodState judge(const Alarm& alarm, const Figures& figures, Milliseconds watched) {
  const bool is_ratio = alarm.metric == Metric::ErrorRate;
  const bool enough = !is_ratio || figures.requests >= std::max(1L, alarm.minimum_samples);
  // What was seen to be bad is bad however little was watched; health needs to have been watched.
  if (enough && breaches(alarm, figures)) return PeriodState::Breaching;
  if (watched * 100 < alarm.every * kLeastCoveragePercent) return PeriodState::Unwatched;
  return enough ? PeriodState::Ok : PeriodState::TooFew;
}

bool is_missing(const Period& period) {
  return period.state == PeriodState::Unwatched || period.state == PeriodState::TooFew;
}

std::vector<Period> existing_periods(const Alarm& alarm, std::span<const Slot> slots, TimePoint watched_since,
                                     TimePoint now) {
  const std::int64_t whole = now <= watched_since ? 0 : (now - watched_since) / alarm.every;
  const std::int64_t count = std::min(whole, lookback(alarm) / alarm.every);
  std::vector<Period> periods(static_cast<std::size_t>(count));
  std::vector<Milliseconds> watched(periods.size(), Milliseconds{0});
  for (const Slot& slot : slots) {
    const std::int64_t k = period_of(slot, now, alarm.every);
    if (k < 0 || k >= count) continue;
    add(periods[static_cast<std::size_t>(k)].figures, figures_of(alarm.metric, slot));
    watched[static_cast<std::size_t>(k)] += kSlotLength;
  }
  for (std::size_t k = 0; k < periods.size(); ++k) {
    periods[k].end = now - alarm.every * static_cast<std::int64_t>(k);
    periods[k].state = judge(alarm, periods[k].figures, watched[k]);
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

}  // namespace

double Figures::rate() const { return requests == 0 ? 0.0 : static_cast<double>(bad) / static_cast<double>(requests); }

Milliseconds lookback(const Alarm& alarm) {
  if (!is_possible(alarm)) return Milliseconds{0};
  return alarm.every * alarm.out_of * (alarm.missing == Missing::Ignore ? kIgnoreLookback : 1);
}

AlarmEvaluation evaluate(const Alarm& alarm, std::span<const Slot> slots, TimePoint watched_since, TimePoint now) {
  if (!is_possible(alarm)) return {Verdict::Error, {}};
  std::vector<Period> periods = existing_periods(alarm, slots, watched_since, now);
  if (alarm.missing == Missing::Ignore) std::erase_if(periods, is_missing);
  if (periods.size() > static_cast<std::size_t>(alarm.out_of)) periods.resize(static_cast<std::size_t>(alarm.out_of));
  const Verdict verdict = verdict_of(alarm, periods);
  return {verdict, std::move(periods)};
}

Figures trailing_figures(const Alarm& alarm, std::span<const Slot> slots, TimePoint now) {
  Figures sum;
  if (!is_possible(alarm)) return sum;
  for (const Slot& slot : slots) {
    const std::int64_t k = period_of(slot, now, alarm.every);
    if (k >= 0 && k < alarm.out_of) add(sum, figures_of(alarm.metric, slot));
  }
  return sum;
}

}  // namespace sluice::analysis
