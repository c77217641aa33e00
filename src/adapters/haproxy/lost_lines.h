// Finds the requests of one slot that HAProxy counted and no line told about.
#pragma once

#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/time.h"

namespace sluice::haproxy {

/// Of the requests between two readings, in percent: more than that lost, and the span was not watched.
inline constexpr int kMostLostPercent = 1;

class LostLines {
 public:
  struct Reading {
    TimePoint at{};
    int worker = 0;
    long long requests = 0;      ///< By the worker's own counter.
    long long lines_before = 0;  ///< Of the worker, when it was asked.
    bool heard_whole = false;    ///< Lines were taken all the worker's life: what its counter is ahead by is lost.
  };
  struct Span {
    TimePoint from{};
    TimePoint to{};
  };

  void add_line(int worker) { ++workers_[worker].lines; }
  long long lines_of(int worker) const;

  /// What the counter is ahead of the lines by is lost, except for what it was ahead by at a first reading of a worker
  /// that had begun before anybody took its lines. A counter that falls was reset: it is read as if for the first time.
  void read(const Reading& reading);

  long long lost_since(TimePoint from) const;
  /// By time: spans in which too many were lost. From the reading before to the one that showed it.
  const std::deque<Span>& unwatched() const { return unwatched_; }
  void forget_before(TimePoint oldest);

 private:
  struct Worker {
    long long lines = 0;
    long long ahead_at_first = 0;  ///< Requests that it had counted before any line could come.
    long long requests = 0;
    long long lost = 0;
    TimePoint read_at{};
    bool seen = false;
  };

  void add_unwatched(const Span& span);

  std::map<int, Worker> workers_;
  std::deque<std::pair<TimePoint, long long>> lost_;  ///< Each growth of the number of lost lines.
  std::deque<Span> unwatched_;
};

}  // namespace sluice::haproxy
