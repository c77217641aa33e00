#include "adapters/haproxy/traffic_series.h"

#include <algorithm>

namespace sluice::haproxy {
namespace {

constexpr std::size_t kMostWorkers = 8;

/// 5xx, a try on this slot that failed, or an answer that came from the other slot because none here could give one.
bool is_server_error(const LogLine& line) {
  return line.status >= 500 || line.retries > 0 || line.server.starts_with('f');
}

}  // namespace

TimePoint slot_start(TimePoint at) {
  return TimePoint(at.time_since_epoch() / analysis::kSlotLength * analysis::kSlotLength);
}

analysis::Slot& TrafficSeries::slot_at(TimePoint at) {
  const TimePoint start = slot_start(at);
  if (slots_.empty() || slots_.back().start < start) return slots_.emplace_back(analysis::Slot{.start = start});
  const auto place = std::ranges::lower_bound(slots_, start, {}, &analysis::Slot::start);
  if (place->start == start) return *place;
  return *slots_.insert(place, analysis::Slot{.start = start});
}

void TrafficSeries::add(const LogLine& line) {
  ++workers_[line.worker].lines;
  if (line.probe || line.status < 100) return;  // Without an answer there is nothing to judge: the client went away.
  auto& slot = slot_at(line.at);
  ++slot.requests;
  if (is_server_error(line)) {
    ++slot.server_errors;
    int recent = 0;
    for (auto last = bad_answers_.rbegin(); last != bad_answers_.rend(); ++last) {
      if (last->at <= line.at - Milliseconds(1000) || ++recent == kMostBadAnswersASecond) break;
    }
    if (recent == kMostBadAnswersASecond) return;
    if (bad_answers_.size() >= kMostBadAnswers) bad_answers_.pop_front();
    bad_answers_.push_back({.at = line.at,
                            .status = line.status,
                            .method = std::string(line.method),
                            .path = std::string(line.path),
                            .request_id = std::string(line.request_id)});
  } else if (line.status >= 400) {
    ++slot.client_errors;
  } else if (line.status >= 300) {
    ++slot.redirections;
  } else {
    ++slot.informational_and_success;
  }
}

void TrafficSeries::add_failed_health_checks(TimePoint at, long count) { slot_at(at).failed_health_checks += count; }

long long TrafficSeries::lines_of(int worker) const {
  const auto found = workers_.find(worker);
  return found == workers_.end() ? 0 : found->second.lines;
}

void TrafficSeries::reconcile(TimePoint at, int worker, long long router_requests, long long lines_before) {
  auto& state = workers_[worker];
  if (!state.seen) {
    state.seen = true;
    state.ahead_at_first = router_requests - lines_before;
  }
  const long long lost = router_requests - state.lines - state.ahead_at_first;
  if (lost > state.lost) {
    lost_.emplace_back(at, lost - state.lost);
    state.lost = lost;
  }
  while (workers_.size() > kMostWorkers) {
    workers_.erase(workers_.begin()->first == worker ? std::next(workers_.begin()) : workers_.begin());
  }
}

void TrafficSeries::append_slots(TimePoint from, TimePoint to, std::vector<analysis::Slot>& slots) const {
  auto next = std::ranges::lower_bound(slots_, from, {}, &analysis::Slot::start);
  for (TimePoint start = from; start < to; start += analysis::kSlotLength) {
    const bool there = next != slots_.end() && next->start == start;
    slots.push_back(there ? *next : analysis::Slot{.start = start});
    if (there) ++next;
  }
}

long long TrafficSeries::lost_since(TimePoint from) const {
  long long sum = 0;
  for (const auto& [at, count] : lost_) sum += at >= from ? count : 0;
  return sum;
}

std::vector<ports::BadAnswer> TrafficSeries::bad_answers(TimePoint from, int most) const {
  std::vector<ports::BadAnswer> answers;
  for (const auto& answer : bad_answers_) {
    if (answer.at >= from && static_cast<int>(answers.size()) < most) answers.push_back(answer);
  }
  return answers;
}

void TrafficSeries::prune(TimePoint now) {
  const TimePoint oldest = now - kSeriesLength;
  while (!slots_.empty() && slots_.front().start < oldest) slots_.pop_front();
  while (!bad_answers_.empty() && bad_answers_.front().at < oldest) bad_answers_.pop_front();
  while (!lost_.empty() && lost_.front().first < oldest) lost_.pop_front();
}

}  // namespace sluice::haproxy
