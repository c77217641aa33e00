#include "adapters/haproxy/traffic_series.h"

#include <algorithm>

#include "core/analysis/request_route.h"

namespace sluice::haproxy {
namespace {

constexpr Milliseconds kTogether{1000};

TimePoint second_of(TimePoint at) { return TimePoint(at.time_since_epoch() / kTogether * kTogether); }

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

void TrafficSeries::add(const recording::HaproxyLogLine& line) {
  lost_.add_line(line.worker);
  if (line.probe || line.status < 100) return;  // Without an answer there is nothing to judge: the client went away.
  auto& slot = slot_at(line.at);
  ++slot.requests;
  slot.latency.add(line.latency);  // one that nobody knows has no bucket
  note(line);
  count_metrics(line);
  if (is_server_error(line)) {
    ++slot.server_errors;
    keep_bad_answer(line);
  } else if (line.status >= 400) {
    ++slot.client_errors;
  } else if (line.status >= 300) {
    ++slot.redirections;
  } else {
    ++slot.informational_and_success;
  }
}

void TrafficSeries::keep_bad_answer(const recording::HaproxyLogLine& line) {
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
}

void TrafficSeries::count_answers(const std::vector<analysis::MetricSource>& metrics) {
  if (metrics == metrics_) return;
  metrics_ = metrics;
  metric_series_.assign(metrics.size(), {});
}

void TrafficSeries::count_metrics(const recording::HaproxyLogLine& line) {
  for (std::size_t i = 0; i < metrics_.size(); ++i) {
    if (!is_about(metrics_[i], line.path)) continue;
    if (metrics_[i].kind == analysis::SequentialKind::Latency) {
      metric_series_[i].add_latency(line.at, line.latency);
    } else {
      metric_series_[i].add(line.at, {.requests = 1, .events = is_event(metrics_[i], line.status) ? 1 : 0});
    }
  }
}

void TrafficSeries::note(const recording::HaproxyLogLine& line) {
  constexpr int kNotFound = 404;
  analysis::write_route(line.method, line.path, route_);
  notes_.add({.at = line.at,
              .route = route_,
              .request_id = line.request_id,
              .is_error = is_server_error(line),
              .is_unknown_path = line.status == kNotFound,
              .latency = line.latency});
}

void TrafficSeries::add_failed_health_checks(TimePoint at, long count) { slot_at(at).failed_health_checks += count; }

void TrafficSeries::append_slots(TimePoint from, TimePoint to, std::vector<analysis::Slot>& slots) const {
  auto next = std::ranges::lower_bound(slots_, from, {}, &analysis::Slot::start);
  auto span = lost_.unwatched().begin();
  for (TimePoint start = from; start < to; start += analysis::kSlotLength) {
    const bool there = next != slots_.end() && next->start == start;
    while (span != lost_.unwatched().end() && span->to <= start) ++span;
    const bool is_unwatched = span != lost_.unwatched().end() && span->from < start + analysis::kSlotLength;
    if (!is_unwatched) slots.push_back(there ? *next : analysis::Slot{.start = start});
    if (there) ++next;
  }
}

std::vector<ports::BadAnswer> TrafficSeries::bad_answers(TimePoint from, int most) const {
  std::vector<ports::BadAnswer> answers;
  for (const auto& answer : bad_answers_) {
    if (answer.at >= from && static_cast<int>(answers.size()) < most) answers.push_back(answer);
  }
  return answers;
}

void TrafficSeries::put_together(TimePoint until) {
  auto slot = std::ranges::lower_bound(slots_, together_until_, {}, &analysis::Slot::start);
  while (slot != slots_.end() && slot->start < until) {
    const TimePoint end = second_of(slot->start) + kTogether;
    analysis::LatencyHistogram whole = slot->latency;
    auto next = std::next(slot);
    for (; next != slots_.end() && next->start < end; ++next) {
      whole.merge(next->latency);
      next->latency = {};
    }
    slot->latency = analysis::LatencyHistogram(whole);  // a copy, which has no room to spare
    slot = next;
  }
  together_until_ = std::max(together_until_, until);
}

void TrafficSeries::prune(TimePoint now) {
  const TimePoint oldest = now - kSeriesLength;
  while (!slots_.empty() && slots_.front().start < oldest) slots_.pop_front();
  while (!bad_answers_.empty() && bad_answers_.front().at < oldest) bad_answers_.pop_front();
  for (analysis::MetricSeries& series : metric_series_) series.forget_before(now - analysis::kMetricSeriesLength);
  notes_.forget_before(now - analysis::kNotesLength);
  lost_.forget_before(oldest);
  put_together(second_of(now - kFineLatencies));
}

std::size_t TrafficSeries::latency_bytes() const {
  std::size_t bytes = 0;
  for (const analysis::Slot& slot : slots_) {
    bytes += slot.latency.entries().capacity() * sizeof(analysis::LatencyHistogram::Entry);
  }
  return bytes;
}

}  // namespace sluice::haproxy
