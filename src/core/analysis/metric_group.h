// Metrics that come from one source: they share its clock, its seconds and the edges of their blocks. That all of them
// are judged at the same edges is what lets their evidence be averaged.
#pragma once

#include <span>
#include <vector>

#include "core/analysis/metric_test.h"
#include "core/analysis/start_mass.h"

namespace sluice::analysis {

/// What became of a slot.
enum class Observed {
  Counted,
  OutOfOrder,  ///< It repeats or precedes what was seen (a clock that stepped back); not counted.
  Impossible,  ///< Negative or absurd counts (a counter reset), or off the grid of time; not counted.
};

class MetricGroup {
 public:
  /// `settings` and the metrics outlive this. `slot_length`: what one observation covers.
  MetricGroup(const SequentialSettings& settings, std::span<const SequentialMetric* const> metrics,
              Milliseconds slot_length);

  /// What each metric saw of a colour in the slot; as many as there are metrics, in their order. `requests` decide
  /// about the block's edges.
  struct ColourSlot {
    std::int64_t requests = 0;
    std::span<const MetricCounts> metrics;
  };
  Observed observe(TimePoint start, const ColourSlot& green, const ColourSlot& blue);

  /// GREEN gets its first traffic. `comparing`: BLUE has some, too.
  void start(bool comparing);
  /// GREEN's share changes; `comparing`: both colours have traffic from now on.
  void weight_changed(bool comparing);
  /// Slots count from `now` on, whatever was seen.
  void clock_stepped(TimePoint now);

  std::span<MetricTest> tests() { return tests_; }
  std::span<const MetricTest> tests() const { return tests_; }

  template <typename Archive>
  void archive(Archive& archive) {
    for (MetricTest& test : tests_) test.archive(archive);
    start_mass_.archive(archive);
    archive_time(archive, next_start_);
    archive_time(archive, opened_);
    archive.integer(tick_, -kMostTick / 1000, kMostTick / 1000);
    archive.integer(green_requests_, 0, kMostCount);
    archive.integer(blue_requests_, 0, kMostCount);
    for (std::uint8_t* flag : {&seen_, &gap_, &started_, &comparing_, &open_}) archive.integer(*flag, 0, 1);
  }

 private:
  /// Some 280,000 years of milliseconds: sums of a few of them stay far from the limits.
  static constexpr std::int64_t kMostTick = std::int64_t{1} << 53;
  template <typename Archive>
  static void archive_time(Archive& archive, TimePoint& time) {
    std::int64_t count = time.time_since_epoch().count();
    archive.integer(count, -kMostTick, kMostTick);
    time = TimePoint{Milliseconds{count}};
  }

  Observed admit(TimePoint start);
  void end_tick(std::int64_t ticks);
  void open_block(TimePoint at);
  void settle_block(TimePoint end);
  void close_or_drop_block();
  void invest(double amount);

  const SequentialSettings* settings_;
  Milliseconds slot_length_;
  Milliseconds tick_length_;
  double fading_;  ///< Of one tick.
  std::vector<MetricTest> tests_;
  StartMass start_mass_;
  TimePoint next_start_{};  ///< What starts before it was seen.
  TimePoint opened_{};
  std::int64_t tick_ = 0;
  std::int64_t green_requests_ = 0;  ///< Of the open block.
  std::int64_t blue_requests_ = 0;
  std::uint8_t seen_ = 0;  ///< Whether there was any slot.
  std::uint8_t gap_ = 1;   ///< The tick that runs does not adjoin the one before it.
  std::uint8_t started_ = 0;
  std::uint8_t comparing_ = 0;
  std::uint8_t open_ = 0;
};

}  // namespace sluice::analysis
