// One metric of the sequential test: one process for a ratio or a count, one a level for latencies, and the floor.
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "core/analysis/fading_histogram.h"
#include "core/analysis/one_arm_process.h"
#include "core/analysis/start_mass.h"
#include "core/analysis/two_arm_process.h"
#include "core/analysis/upper_bound.h"

namespace sluice::analysis {

/// What one colour did in one metric during a slot. For latencies only the histogram counts.
struct MetricCounts {
  ColourCounts counts;
  const LatencyHistogram* latency = nullptr;
};

/// GREEN and BLUE since the evidence was last at its lowest: what a person is told.
struct EvidenceWindow {
  BlockCounts counts;
  std::int64_t milliseconds = 0;
  double lowest = 0;  ///< Nats.
};

/// The latencies with which a level compares; buckets of LatencyHistogram, -1 while too little is known of BLUE.
struct LatencyThreshold {
  std::int16_t blue = -1;
  std::int16_t green = -1;
  friend bool operator==(const LatencyThreshold&, const LatencyThreshold&) = default;
};

class MetricTest {
 public:
  /// `settings` and `metric` outlive this.
  MetricTest(const SequentialSettings& settings, const SequentialMetric& metric);

  const SequentialMetric& metric() const { return *metric_; }

  void open_block();
  void add(const MetricCounts& green, const MetricCounts& blue);
  void close_block();
  void drop_block();
  void invest(double amount);
  void end_tick(double fading, bool adjoining, Milliseconds length);
  /// A new traffic step: what is said of the step alone begins anew.
  void begin_step();
  /// From now on GREEN alone is compared with what is allowed by BLUE's past: a rate up to max(floor, ratio * BLUE's
  /// bound with confidence 1 - bound_alpha). For ratios, while there are no blocks. It begins with the evidence that
  /// the comparison had not invested, so it costs no alpha.
  void begin_historical(double floor);
  void end_historical();

  double log_evidence() const;
  /// For a ratio or a count 0; for latencies the level with the most evidence.
  std::size_t leading_level() const;
  /// Up to the newest slot.
  EvidenceWindow window() const;
  const LatencyThreshold& threshold(std::size_t level) const { return current_[level]; }
  const FadingHistogram& latencies_of_blue() const { return blue_latencies_; }
  const FadingHistogram& latencies_of_green() const { return green_latencies_; }
  /// By what evidence about this metric is divided at present: known before the open block.
  double tempering() const { return processes_.front().block_tempering(); }
  double blue_rate() const { return processes_.front().blue_rate(); }
  const std::optional<OneArmProcess>& historical() const { return historical_; }
  double historical_share() const { return historical_share_; }
  EvidenceWindow historical_window() const;
  /// Both colours in this traffic step.
  const BlockCounts& step() const { return step_; }
  /// For ratios: GREEN's rate minus BLUE's is below this on average over the step's blocks.
  std::optional<double> difference_below(double alpha) const { return difference_.difference_below(alpha); }

  template <typename Archive>
  void archive(Archive& archive) {
    for (TwoArmProcess& process : processes_) process.archive(archive);
    if (floor_) floor_->archive(archive);
    for (std::size_t i = 0; i < processes_.size(); ++i) archive_level(archive, i);
    if (metric_->kind == SequentialKind::Latency) {
      blue_latencies_.archive(archive);
      green_latencies_.archive(archive);
    }
    archive.integer(open_, 0, 1);
    if (metric_->kind == SequentialKind::Ratio) archive_bounds(archive);
  }

 private:
  template <typename Archive>
  void archive_counts(Archive& archive, BlockCounts& counts) {
    for (ColourCounts* colour : {&counts.green, &counts.blue}) {
      archive.integer(colour->requests, 0, kMostSum);
      archive.integer(colour->events, 0, kMostSum);
    }
  }
  template <typename Archive>
  void archive_window(Archive& archive, EvidenceWindow& window) {
    archive_counts(archive, window.counts);
    archive.integer(window.milliseconds, 0, kMostSum);
    archive.number(window.lowest, -1e12, 1e12);
  }
  template <typename Archive>
  void archive_bounds(Archive& archive) {
    archive_counts(archive, step_);
    difference_.archive(archive);
    blue_bound_.archive(archive);
    archive.number(historical_share_, 0, 1);
    double allowed = historical_ ? historical_->allowed() : 0;
    archive.number(allowed, 0, kMostHistorical);
    if (!(allowed > 0)) return;
    if (!historical_) historical_.emplace(*settings_, SequentialKind::Ratio, allowed);
    historical_->archive(archive);
    historical_mass_.archive(archive);
    archive_window(archive, historical_window_);
  }
  template <typename Archive>
  void archive_level(Archive& archive, std::size_t i) {
    archive_window(archive, windows_[i]);
    archive_counts(archive, waiting_[i]);
    for (LatencyThreshold* threshold : {&current_[i], &block_[i], &used_[i]}) {
      for (std::int16_t* bucket : {&threshold->blue, &threshold->green}) {
        auto shifted = static_cast<std::uint16_t>(*bucket + 1);
        archive.integer(shifted, 0, kLatencyBuckets);
        *bucket = static_cast<std::int16_t>(shifted - 1);
      }
    }
  }

  static constexpr std::int64_t kMostSum = std::int64_t{1} << 60;
  static constexpr double kMostHistorical = 0.9;
  BlockCounts slower_than_thresholds(std::size_t level, const MetricCounts& green, const MetricCounts& blue) const;
  void move_thresholds();
  static void move_window(EvidenceWindow& window, const BlockCounts& counts, double evidence, Milliseconds length);
  ColourCounts sane(ColourCounts counts) const;

  const SequentialSettings* settings_;
  const SequentialMetric* metric_;
  std::vector<TwoArmProcess> processes_;
  std::optional<OneArmProcess> floor_;
  std::array<EvidenceWindow, kMostLatencyLevels> windows_{};
  std::array<BlockCounts, kMostLatencyLevels> waiting_{};       ///< Of the second that runs, for the window.
  std::array<LatencyThreshold, kMostLatencyLevels> current_{};  ///< As of the last second's end …
  std::array<LatencyThreshold, kMostLatencyLevels> block_{};    ///< … as of the block's opening …
  std::array<LatencyThreshold, kMostLatencyLevels> used_{};     ///< … and what the last second ended with.
  FadingHistogram blue_latencies_;
  FadingHistogram green_latencies_;
  BlockCounts step_;
  DifferenceBound difference_;
  RateBound blue_bound_;
  std::optional<OneArmProcess> historical_;
  double historical_share_ = 0;
  StartMass historical_mass_;
  EvidenceWindow historical_window_;
  std::uint8_t open_ = 0;
};

}  // namespace sluice::analysis
