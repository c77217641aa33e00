#include "core/analysis/metric_test.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "core/analysis/log_sum.h"

namespace sluice::analysis {
namespace {

/// A threshold stays while the odds of BLUE's share beyond it are within this factor of the level's.
constexpr double kThresholdTolerance = 1.5;

bool is_near(double share, double level) {
  const double here = share * (1 - level);
  const double there = level * (1 - share);
  return here <= there * kThresholdTolerance && there <= here * kThresholdTolerance;
}

}  // namespace

MetricTest::MetricTest(const SequentialSettings& settings, const SequentialMetric& metric)
    : settings_(&settings),
      metric_(&metric),
      difference_(metric.prior, settings.prior_requests),
      blue_bound_(metric.prior, settings.prior_requests) {
  if (metric.kind == SequentialKind::Latency) {
    for (const double level : metric.levels) processes_.emplace_back(settings, metric, 1 - level);
  } else {
    processes_.emplace_back(settings, metric, metric.prior);
    if (metric.floor > 0) floor_.emplace(settings, metric.kind, metric.floor);
  }
}

void MetricTest::open_block() {
  open_ = 1;
  block_ = current_;
  for (TwoArmProcess& process : processes_) process.open();
}

BlockCounts MetricTest::slower_than_thresholds(std::size_t level, const MetricCounts& green,
                                               const MetricCounts& blue) const {
  const LatencyThreshold threshold = open_ ? block_[level] : current_[level];
  if (threshold.blue < 0) return {};
  return {.green = {green.latency->total(), green.latency->count_above(threshold.green)},
          .blue = {blue.latency->total(), blue.latency->count_above(threshold.blue)}};
}

/// An attempt that failed and was answered elsewhere is an event, but may be no request: it counts as one.
ColourCounts MetricTest::sane(ColourCounts counts) const {
  if (metric_->kind == SequentialKind::Ratio) counts.requests = std::max(counts.requests, counts.events);
  return counts;
}

void MetricTest::add(const MetricCounts& green, const MetricCounts& blue) {
  if (metric_->kind == SequentialKind::Latency) {
    SLUICE_ASSERT(green.latency != nullptr && blue.latency != nullptr);
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      const BlockCounts counts = slower_than_thresholds(i, green, blue);
      processes_[i].add(counts);
      waiting_[i] += counts;
    }
    blue_latencies_.add(*blue.latency);
    green_latencies_.add(*green.latency);
  } else {
    const BlockCounts counts{.green = sane(green.counts), .blue = sane(blue.counts)};
    processes_.front().add(counts);
    waiting_.front() += counts;
    step_ += counts;
    if (historical_) historical_->add(counts.green, processes_.front().tempering());
  }
}

void MetricTest::close_block() {
  open_ = 0;
  const TwoArmProcess& first = processes_.front();
  if (floor_) floor_->add(first.block().green, first.block_tempering());
  if (metric_->kind == SequentialKind::Ratio) difference_.add(first.block(), first.block_tempering());
  for (TwoArmProcess& process : processes_) process.close();
}

void MetricTest::drop_block() {
  open_ = 0;
  for (TwoArmProcess& process : processes_) process.drop();
}

void MetricTest::invest(double amount) {
  for (TwoArmProcess& process : processes_) process.invest(amount);
  if (floor_) floor_->invest(amount);
}

/// BLUE's quantiles by the seconds that have ended; GREEN's threshold is the allowed latency, rounded up. What still
/// separates about the level's share of BLUE stays: a threshold that follows each slow answer is set by when slow ones
/// come, so that answers which are slow by turns look to be rarer in BLUE than they are; and pairs of seconds with
/// different thresholds tell nothing about clusters.
void MetricTest::move_thresholds() {
  std::array<int, kMostLatencyLevels> buckets{};
  blue_latencies_.quantile_buckets(metric_->levels, static_cast<double>(settings_->latency_samples), buckets);
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (buckets[i] < 0) {
      current_[i] = {};
      continue;
    }
    if (current_[i].blue >= 0 && is_near(blue_latencies_.share_above(current_[i].blue), 1 - metric_->levels[i])) {
      continue;
    }
    const double quantile = latency_edge(buckets[i]);
    const double allowed = std::max(metric_->slower_ratio * quantile, quantile + metric_->slower_milliseconds);
    current_[i] = {.blue = static_cast<std::int16_t>(buckets[i]),
                   .green = static_cast<std::int16_t>(latency_bucket(allowed))};
  }
}

/// When the evidence is at a new low, what a person is told begins anew.
void MetricTest::move_window(EvidenceWindow& window, const BlockCounts& counts, double evidence, Milliseconds length) {
  window.counts += counts;
  window.milliseconds += length.count();
  if (evidence <= window.lowest) window = {.lowest = evidence};
}

void MetricTest::end_tick(double fading, bool adjoining, Milliseconds length) {
  if (floor_) floor_->end_tick();
  if (metric_->kind == SequentialKind::Ratio) blue_bound_.add(waiting_.front().blue, processes_.front().tempering());
  if (historical_) {
    historical_->end_tick();
    historical_->invest(historical_mass_.over(length, *settings_));
    move_window(historical_window_, waiting_.front(), historical_->log_evidence(), length);
  }
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    const LatencyThreshold used = open_ ? block_[i] : current_[i];
    processes_[i].end_tick(fading, adjoining && used == used_[i]);
    used_[i] = used;
    const bool is_latency = metric_->kind == SequentialKind::Latency;
    move_window(windows_[i], waiting_[i], is_latency ? processes_[i].log_evidence() : log_evidence(), length);
    waiting_[i] = {};
  }
  if (metric_->kind != SequentialKind::Latency) return;
  move_thresholds();
  blue_latencies_.fade(fading);
  green_latencies_.fade(fading);
}

void MetricTest::begin_step() {
  step_ = {};
  difference_ = DifferenceBound(metric_->prior, settings_->prior_requests);
}

void MetricTest::begin_historical(double floor) {
  const double bound = blue_bound_.rate_below(settings_->bound_alpha).value_or(metric_->prior);
  const double allowed = std::clamp(metric_->ratio * bound + metric_->slack, floor, kMostHistorical);
  historical_.emplace(*settings_, SequentialKind::Ratio, allowed);
  historical_share_ = processes_.front().withdraw();
  if (floor_) floor_->withdraw();
  historical_mass_ = {};
  historical_->invest(historical_mass_.at_start(*settings_));
  historical_window_ = {};
}

void MetricTest::end_historical() {
  historical_.reset();
  historical_share_ = 0;
}

double MetricTest::log_evidence() const {
  if (metric_->kind != SequentialKind::Latency) {
    const double compared = processes_.front().log_evidence();
    const double both = floor_ ? std::min(compared, floor_->log_evidence()) : compared;
    if (!historical_ || !(historical_share_ > 0)) return both;
    return log_sum(both, std::log(historical_share_) + historical_->log_evidence());
  }
  double most = -std::numeric_limits<double>::infinity();
  for (const TwoArmProcess& process : processes_) most = std::max(most, process.log_evidence());
  double sum = 0;
  for (const TwoArmProcess& process : processes_) sum += std::exp(process.log_evidence() - most);
  return most + std::log(sum / static_cast<double>(processes_.size()));
}

std::size_t MetricTest::leading_level() const {
  const auto leading = std::ranges::max_element(processes_, {}, &TwoArmProcess::log_evidence);
  return static_cast<std::size_t>(leading - processes_.begin());
}

EvidenceWindow MetricTest::window() const {
  EvidenceWindow window = windows_[leading_level()];
  window.counts += waiting_[leading_level()];
  return window;
}

EvidenceWindow MetricTest::historical_window() const {
  EvidenceWindow window = historical_window_;
  window.counts += waiting_.front();
  return window;
}

}  // namespace sluice::analysis
