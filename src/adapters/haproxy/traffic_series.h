// What one slot of one service answered, for the last hour.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/haproxy/log_line.h"
#include "core/analysis/slot.h"
#include "ports/telemetry.h"

namespace sluice::haproxy {

inline constexpr Milliseconds kSeriesLength{std::chrono::minutes{61}};
inline constexpr std::size_t kMostBadAnswers = 2000;
inline constexpr int kMostBadAnswersASecond = 10;

class TrafficSeries {
 public:
  /// Counts a request. One of sluice's own is not counted in any slot, only as a line.
  void add(const LogLine& line);
  void add_failed_health_checks(TimePoint at, long count);

  /// Compares the router's own counter of a worker's requests with the lines that came from it. `lines_before` of that
  /// worker had come when the router was asked. What the counter is ahead by, more than at its first reading, is lost.
  void reconcile(TimePoint at, int worker, long long router_requests, long long lines_before);
  long long lines_of(int worker) const;

  /// The count of slots in [from, to), zeros included. Both are slot borders.
  void append_slots(TimePoint from, TimePoint to, std::vector<analysis::Slot>& slots) const;
  long long lost_since(TimePoint from) const;
  std::vector<ports::BadAnswer> bad_answers(TimePoint from, int most) const;

  /// Forgets what is older than kSeriesLength.
  void prune(TimePoint now);

 private:
  analysis::Slot& slot_at(TimePoint at);

  struct Reconciliation {
    long long lines = 0;
    long long ahead_at_first = 0;  ///< Requests that the router had counted before any line could come.
    bool seen = false;
    long long lost = 0;
  };

  std::deque<analysis::Slot> slots_;  ///< By start; only those in which something happened.
  std::deque<ports::BadAnswer> bad_answers_;
  std::map<int, Reconciliation> workers_;
  std::deque<std::pair<TimePoint, long long>> lost_;  ///< Each growth of the number of lost lines.
};

/// The start of the slot that holds a moment.
TimePoint slot_start(TimePoint at);

}  // namespace sluice::haproxy
