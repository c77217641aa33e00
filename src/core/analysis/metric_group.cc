#include "core/analysis/metric_group.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/assert.h"

namespace sluice::analysis {
namespace {

constexpr Milliseconds kSecond{1000};

std::int64_t tick_of(TimePoint time, Milliseconds length) {
  const std::int64_t count = time.time_since_epoch().count();
  const std::int64_t tick = count / length.count();
  return count % length.count() < 0 ? tick - 1 : tick;
}

bool is_possible(const MetricCounts& metric) {
  const auto sane = [](std::int64_t count) { return count >= 0 && count <= kMostCount; };
  return sane(metric.counts.requests) && sane(metric.counts.events);
}

bool is_possible(const MetricGroup::ColourSlot& slot) {
  return slot.requests >= 0 && slot.requests <= kMostCount &&
         std::ranges::all_of(slot.metrics, [](const MetricCounts& metric) { return is_possible(metric); });
}

}  // namespace

MetricGroup::MetricGroup(const SequentialSettings& settings, std::span<const SequentialMetric* const> metrics,
                         Milliseconds slot_length)
    : settings_(&settings),
      slot_length_(slot_length),
      tick_length_(std::max(kSecond, slot_length)),
      fading_(std::exp2(-static_cast<double>(tick_length_.count()) / static_cast<double>(settings.half_life.count()))) {
  for (const SequentialMetric* metric : metrics) tests_.emplace_back(settings, *metric);
}

/// Decides whether a slot is new, and ends the ticks that lie between it and the one before.
Observed MetricGroup::admit(TimePoint start) {
  const std::int64_t since_epoch = start.time_since_epoch().count();
  if (std::abs(since_epoch) > kMostTick || since_epoch % slot_length_.count() != 0) return Observed::Impossible;
  const std::int64_t tick = tick_of(start, tick_length_);
  if (seen_ && start < next_start_) return Observed::OutOfOrder;
  if (seen_ && tick > tick_) end_tick(tick - tick_);
  if (open_ && start - opened_ > settings_->block_patience) close_or_drop_block();
  tick_ = tick;
  seen_ = 1;
  next_start_ = start + slot_length_;
  return Observed::Counted;
}

Observed MetricGroup::observe(TimePoint start, const ColourSlot& green, const ColourSlot& blue) {
  SLUICE_ASSERT(green.metrics.size() == tests_.size() && blue.metrics.size() == tests_.size());
  if (!is_possible(green) || !is_possible(blue)) return Observed::Impossible;
  if (const Observed admitted = admit(start); admitted != Observed::Counted) return admitted;
  if (comparing_ && !open_) open_block(start);
  for (std::size_t i = 0; i < tests_.size(); ++i) tests_[i].add(green.metrics[i], blue.metrics[i]);
  green_requests_ += green.requests;
  blue_requests_ += blue.requests;
  settle_block(next_start_);
  if (next_start_.time_since_epoch().count() % tick_length_.count() == 0) {
    end_tick(1);
    ++tick_;
  }
  return Observed::Counted;
}

/// The first of `ticks` is the one that was fed; the others had no slots at all.
void MetricGroup::end_tick(std::int64_t ticks) {
  const double fading = ticks == 1 ? fading_ : std::pow(fading_, static_cast<double>(ticks));
  const Milliseconds length{tick_length_.count() * ticks};
  for (MetricTest& test : tests_) test.end_tick(fading, gap_ == 0, length);
  gap_ = ticks > 1 ? 1 : 0;
  if (started_) invest(start_mass_.over(length, *settings_));
}

void MetricGroup::open_block(TimePoint at) {
  open_ = 1;
  opened_ = at;
  green_requests_ = 0;
  blue_requests_ = 0;
  for (MetricTest& test : tests_) test.open_block();
}

/// Edges depend on requests and on time, never on events.
void MetricGroup::settle_block(TimePoint end) {
  if (!open_) return;
  const bool is_aggregate = slot_length_ >= kSecond;
  const bool is_full = std::min(green_requests_, blue_requests_) >= settings_->block_requests;
  if (is_full || is_aggregate || end - opened_ >= settings_->block_patience) close_or_drop_block();
}

void MetricGroup::close_or_drop_block() {
  if (!open_) return;
  open_ = 0;
  const bool has_both = green_requests_ > 0 && blue_requests_ > 0;
  for (MetricTest& test : tests_) has_both ? test.close_block() : test.drop_block();
}

void MetricGroup::invest(double amount) {
  for (MetricTest& test : tests_) test.invest(amount);
}

void MetricGroup::start(bool comparing) {
  started_ = 1;
  comparing_ = comparing ? 1 : 0;
  invest(start_mass_.at_start(*settings_));
}

void MetricGroup::weight_changed(bool comparing) {
  close_or_drop_block();
  comparing_ = comparing ? 1 : 0;
  if (comparing) invest(start_mass_.at_weight_change(*settings_));
  for (MetricTest& test : tests_) test.begin_step();
}

void MetricGroup::clock_stepped(TimePoint now) {
  if (!seen_) return;
  if (open_) {
    open_ = 0;
    for (MetricTest& test : tests_) test.drop_block();
  }
  end_tick(1);
  gap_ = 1;
  const std::int64_t over = now.time_since_epoch().count() % slot_length_.count();
  next_start_ = over > 0 ? now + slot_length_ - Milliseconds{over} : now - Milliseconds{over};
  tick_ = tick_of(next_start_, tick_length_);
}

}  // namespace sluice::analysis
