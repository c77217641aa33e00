// What one slot of one service answered, for the last hour.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "adapters/haproxy/lost_lines.h"
#include "core/analysis/alarm.h"
#include "core/analysis/metric_series.h"
#include "core/analysis/metric_source.h"
#include "core/analysis/request_notes.h"
#include "core/analysis/slot.h"
#include "core/recording/haproxy_log_line.h"
#include "ports/telemetry.h"

namespace sluice::haproxy {

inline constexpr Milliseconds kSeriesLength = analysis::kLongestLookback + std::chrono::minutes{1};
inline constexpr std::size_t kMostBadAnswers = 2000;
inline constexpr int kMostBadAnswersASecond = 10;
/// Times of answers older than this are kept by the second: in the first slot of each.
inline constexpr Milliseconds kFineLatencies{std::chrono::minutes{2}};
/// The most that the times of a series' answers take, whatever the traffic: every bucket of each slot of
/// kFineLatencies (vectors grow by doubling) and of each second before.
inline constexpr std::size_t kMostLatencyBytes =
    sizeof(analysis::LatencyHistogram::Entry) * analysis::kLatencyBuckets *
    static_cast<std::size_t>(2 * (kFineLatencies / analysis::kSlotLength) + kSeriesLength / std::chrono::seconds{1});

class TrafficSeries {
 public:
  /// Counts a request. One of sluice's own is not counted in any slot, only as a line.
  void add(const recording::HaproxyLogLine& line);
  void add_failed_health_checks(TimePoint at, long count);

  /// Held against the lines that were added.
  void read_counter(const LostLines::Reading& reading) { lost_.read(reading); }
  long long lines_of(int worker) const { return lost_.lines_of(worker); }

  /// The count of slots in [from, to), zeros included; slots of a time in which too many lines were lost are left out.
  /// Both are slot borders.
  void append_slots(TimePoint from, TimePoint to, std::vector<analysis::Slot>& slots) const;
  long long lost_since(TimePoint from) const { return lost_.lost_since(from); }
  std::vector<ports::BadAnswer> bad_answers(TimePoint from, int most) const;
  /// Metrics of the user's own that lines are counted for, too.
  void count_answers(const std::vector<analysis::MetricSource>& metrics);
  analysis::MetricSlot metric_at(std::size_t metric, TimePoint start) const {
    return metric < metrics_.size() ? metric_series_[metric].at(start) : analysis::MetricSlot{.start = start};
  }
  analysis::NotedSpan notes(TimePoint from, TimePoint to) const { return notes_.span(from, to); }

  /// Forgets what is older than kSeriesLength, and puts together the times that are older than kFineLatencies.
  void prune(TimePoint now);
  /// What the answers' times take in memory.
  std::size_t latency_bytes() const;

 private:
  analysis::Slot& slot_at(TimePoint at);
  void keep_bad_answer(const recording::HaproxyLogLine& line);
  void note(const recording::HaproxyLogLine& line);
  void count_metrics(const recording::HaproxyLogLine& line);
  void put_together(TimePoint until);

  std::deque<analysis::Slot> slots_;  ///< By start; only those in which something happened.
  std::deque<ports::BadAnswer> bad_answers_;
  std::vector<analysis::MetricSource> metrics_;
  std::vector<analysis::MetricSeries> metric_series_;  ///< One each.
  analysis::RequestNotes notes_;
  std::string route_;  ///< Of the line that is being noted.
  LostLines lost_;
  TimePoint together_until_{};
};

/// The start of the slot that holds a moment.
TimePoint slot_start(TimePoint at);

}  // namespace sluice::haproxy
