#include "adapters/haproxy/lost_lines.h"

namespace sluice::haproxy {
namespace {

constexpr std::size_t kMostWorkers = 8;
/// How far back of a worker's first reading its losses may lie.
constexpr Milliseconds kBeforeFirstReading{1000};

}  // namespace

long long LostLines::lines_of(int worker) const {
  const auto found = workers_.find(worker);
  return found == workers_.end() ? 0 : found->second.lines;
}

void LostLines::read(const Reading& reading) {
  Worker& worker = workers_[reading.worker];
  if (!worker.seen || reading.requests < worker.requests) {
    const bool from_zero = !worker.seen && reading.heard_whole;
    worker.ahead_at_first = from_zero ? 0 : reading.requests - reading.lines_before;
    worker.lost = 0;
    worker.requests = from_zero ? 0 : reading.requests;
    worker.read_at = reading.at - kBeforeFirstReading;
    worker.seen = true;
  }
  const long long asked = reading.requests - worker.requests;
  const long long lost = reading.requests - worker.lines - worker.ahead_at_first;
  if (lost > worker.lost) {
    const long long more = lost - worker.lost;
    lost_.emplace_back(reading.at, more);
    if (more * 100 > asked * kMostLostPercent) add_unwatched({.from = worker.read_at, .to = reading.at});
    worker.lost = lost;
  }
  worker.requests = reading.requests;
  worker.read_at = reading.at;
  while (workers_.size() > kMostWorkers) {
    workers_.erase(workers_.begin()->first == reading.worker ? std::next(workers_.begin()) : workers_.begin());
  }
}

void LostLines::add_unwatched(const Span& span) {
  if (unwatched_.empty() || unwatched_.back().to < span.from) {
    unwatched_.push_back(span);
  } else {
    unwatched_.back().to = span.to;
  }
}

long long LostLines::lost_since(TimePoint from) const {
  long long sum = 0;
  for (const auto& [at, count] : lost_) sum += at >= from ? count : 0;
  return sum;
}

void LostLines::forget_before(TimePoint oldest) {
  while (!lost_.empty() && lost_.front().first < oldest) lost_.pop_front();
  while (!unwatched_.empty() && unwatched_.front().to < oldest) unwatched_.pop_front();
}

}  // namespace sluice::haproxy
