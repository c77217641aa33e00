#include "core/analysis/alarm_screen.h"

#include <algorithm>
#include <utility>

#include "core/analysis/alarm_evaluation.h"
#include "core/analysis/bad_counts.h"

namespace sluice::analysis {
namespace {

constexpr Milliseconds kSecond{1000};

std::int64_t second_of(TimePoint time) {
  const std::int64_t count = time.time_since_epoch().count();
  return count / kSecond.count() - (count % kSecond.count() < 0 ? 1 : 0);
}

}  // namespace

AlarmScreen::AlarmScreen(const Alarm& alarm) : alarm_(alarm), quantile_(quantile_of(alarm.metric)) {
  const bool counts_missing = alarm.missing == Missing::Breaching || alarm.missing == Missing::Ignore;
  const bool compares_times = is_latency(alarm.metric) && is_relative(alarm);
  knows_ = !counts_missing && !compares_times && lookback(alarm) > Milliseconds{0} &&
           alarm.every % kSecond == Milliseconds{0};
  slow_bucket_ = slow_bucket(alarm);
  if (knows_) totals_.resize(static_cast<std::size_t>(lookback(alarm) / kSecond) + 2);
}

void AlarmScreen::add(const Slot& slot) {
  if (!knows_) return;
  const std::int64_t second = second_of(slot.start);
  const auto size = static_cast<std::int64_t>(totals_.size());
  if (!begun_ || second < last_ || second - last_ >= size) {
    std::ranges::fill(totals_, Sums{});
    first_ = last_ = second;
    begun_ = true;
  }
  const auto place = [&](std::int64_t of) { return static_cast<std::size_t>((of % size + size) % size); };
  for (; last_ < second; ++last_) totals_[place(last_ + 1)] = totals_[place(last_)];
  first_ = std::max(first_, last_ - size + 1);
  const ColourCounts sums = bad_counts(alarm_.metric, slow_bucket_, slot);
  totals_[place(last_)].requests += sums.requests;
  totals_[place(last_)].bad += sums.events;
}

void AlarmScreen::clear() {
  begun_ = false;
  std::ranges::fill(totals_, Sums{});
}

AlarmScreen::Sums AlarmScreen::before(std::int64_t second) const {
  const auto size = static_cast<std::int64_t>(totals_.size());
  const std::int64_t known = std::min(second - 1, last_);
  if (known < first_) return {};
  return totals_[static_cast<std::size_t>((known % size + size) % size)];
}

bool AlarmScreen::may_breach(const Sums& period) const {
  if (period.requests == 0 && period.bad == 0) return false;
  const auto requests = static_cast<double>(period.requests);
  const auto bad = static_cast<double>(period.bad);
  if (statistic_of(alarm_.metric) == Statistic::Percentile) return bad + 1 >= (1 - quantile_) * requests;
  // Without one that is as slow as the threshold, their mean is not slower.
  if (statistic_of(alarm_.metric) == Statistic::Average) return bad > 0;
  if (statistic_of(alarm_.metric) == Statistic::Sum) return bad > alarm_.above;
  // BLUE's figure counts as one bad request at least in as many as were judged.
  if (is_relative(alarm_)) return bad > alarm_.above * (1 - 1e-9);
  return period.requests == 0 || bad > alarm_.above * requests * (1 - 1e-9);
}

bool AlarmScreen::may_breach(TimePoint now) const {
  if (!knows_) return true;
  if (!begun_) return false;
  const std::int64_t length = alarm_.every / kSecond;
  std::int64_t end = second_of(now);
  int count = 0;
  for (int k = 0; k < alarm_.out_of; ++k, end -= length) {
    const Sums until = before(end);
    const Sums from = before(end - length);
    if (may_breach({until.requests - from.requests, until.bad - from.bad}) && ++count == alarm_.datapoints) return true;
  }
  return false;
}

}  // namespace sluice::analysis
