// The errors that the logs of one revision's replicas told of, for the last hour.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/analysis/alarm.h"
#include "ports/service_log.h"

namespace sluice::podman {

inline constexpr Milliseconds kErrorsLength = analysis::kLongestLookback + std::chrono::minutes{1};
inline constexpr std::size_t kMostErrorLines = 1000;
inline constexpr int kMostErrorLinesASecond = 10;
inline constexpr std::size_t kLongestErrorLine = 500;
/// A request whose error lines are more requests apart than this counts again.
inline constexpr std::size_t kRememberedRequests = 10'000;

class ErrorSeries {
 public:
  /// Counts a line of a replica if it tells of an error, and for the metrics of the user's own.
  void add(TimePoint at, int replica, std::string_view text);

  /// Metrics of the user's own that lines are counted for, too.
  void count_fields(const std::vector<analysis::MetricSource>& metrics);
  std::vector<analysis::MetricSlot> metric_slots(std::size_t metric, TimePoint from, TimePoint until) const;

  /// All that the replicas wrote up to a moment was read (the first time: from `since` on), or not all of them could
  /// be.
  void watched_until(TimePoint at, TimePoint since);
  void not_watched() { is_watched_ = false; }

  /// As the port says; up to `until`.
  std::vector<ports::LogSlot> slots(TimePoint from, TimePoint until) const;
  std::vector<ports::ErrorLine> first_lines(TimePoint from, int most) const;
  void forget_before(TimePoint oldest);

 private:
  struct Span {
    TimePoint from{};
    TimePoint to{};
  };

  bool is_new_request(const std::string& id);

  std::vector<analysis::MetricSource> metrics_;
  std::vector<analysis::MetricSeries> metric_series_;  ///< One each.
  std::deque<ports::LogSlot> slots_;                   ///< By start; only those with an error.
  std::deque<ports::ErrorLine> lines_;
  std::unordered_set<std::string> requests_;
  std::deque<std::string> requests_in_order_;
  std::deque<Span> watched_;  ///< The last one goes on while `is_watched_`.
  bool is_watched_ = false;
  bool was_watched_ = false;
};

}  // namespace sluice::podman
