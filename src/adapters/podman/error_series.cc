#include "adapters/podman/error_series.h"

#include <algorithm>

#include "core/analysis/log_fields.h"
#include "core/analysis/service_log_line.h"
#include "core/analysis/slot.h"

namespace sluice::podman {
namespace {

/// How long after a read its slots are given out as watched already: their lines come with the next one.
constexpr Milliseconds kVouched{1000};

TimePoint slot_start(TimePoint at) {
  return TimePoint(at.time_since_epoch() / analysis::kSlotLength * analysis::kSlotLength);
}

}  // namespace

void ErrorSeries::add(TimePoint at, int replica, std::string_view text) {
  analysis::count_log_fields(text, at, metrics_, metric_series_);
  const analysis::ServiceLogLine line = analysis::read_service_log_line(text);
  if (!line.is_error) return;
  const TimePoint start = slot_start(at);
  auto place = std::ranges::lower_bound(slots_, start, {}, &ports::LogSlot::start);
  if (place == slots_.end() || place->start != start) place = slots_.insert(place, ports::LogSlot{.start = start});
  ++place->error_lines;
  if (!line.request_id.empty() && is_new_request(line.request_id)) ++place->requests_with_errors;
  int recent = 0;
  for (auto last = lines_.rbegin(); last != lines_.rend(); ++last) {
    if (last->at <= at - Milliseconds{1000} || ++recent == kMostErrorLinesASecond) break;
  }
  if (recent == kMostErrorLinesASecond) return;
  if (lines_.size() >= kMostErrorLines) lines_.pop_front();
  lines_.push_back({.at = at, .replica = replica, .text = std::string(text.substr(0, kLongestErrorLine))});
}

bool ErrorSeries::is_new_request(const std::string& id) {
  if (!requests_.insert(id).second) return false;
  requests_in_order_.push_back(id);
  if (requests_in_order_.size() > kRememberedRequests) {
    requests_.erase(requests_in_order_.front());
    requests_in_order_.pop_front();
  }
  return true;
}

void ErrorSeries::watched_until(TimePoint at, TimePoint since) {
  if (!is_watched_) watched_.push_back({.from = was_watched_ ? at : since, .to = at});
  is_watched_ = was_watched_ = true;
  watched_.back().to = std::max(watched_.back().to, at);
}

std::vector<ports::LogSlot> ErrorSeries::slots(TimePoint from, TimePoint until) const {
  std::vector<ports::LogSlot> result;
  auto next = slots_.begin();
  for (const Span& span : watched_) {
    TimePoint start = std::max(slot_start(from + analysis::kSlotLength - Milliseconds{1}), slot_start(span.from));
    if (!result.empty()) start = std::max(start, result.back().start + analysis::kSlotLength);
    const bool goes_on = is_watched_ && &span == &watched_.back();
    const TimePoint end = std::min(until, span.to + (goes_on ? kVouched : Milliseconds{0}));
    for (; start + analysis::kSlotLength <= end; start += analysis::kSlotLength) {
      next =
          std::lower_bound(next, slots_.end(), start, [](const auto& slot, TimePoint at) { return slot.start < at; });
      const bool there = next != slots_.end() && next->start == start;
      result.push_back(there ? *next : ports::LogSlot{.start = start});
    }
  }
  return result;
}

void ErrorSeries::count_fields(const std::vector<analysis::MetricSource>& metrics) {
  if (metrics == metrics_) return;
  metrics_ = metrics;
  metric_series_.assign(metrics.size(), {});
}

std::vector<analysis::MetricSlot> ErrorSeries::metric_slots(std::size_t metric, TimePoint from, TimePoint until) const {
  std::vector<analysis::MetricSlot> result;
  if (metric >= metrics_.size()) return result;
  for (const ports::LogSlot& slot : slots(from, until)) result.push_back(metric_series_[metric].at(slot.start));
  return result;
}

std::vector<ports::ErrorLine> ErrorSeries::first_lines(TimePoint from, int most) const {
  std::vector<ports::ErrorLine> result;
  for (const ports::ErrorLine& line : lines_) {
    if (line.at >= from && static_cast<int>(result.size()) < most) result.push_back(line);
  }
  return result;
}

void ErrorSeries::forget_before(TimePoint oldest) {
  const TimePoint metrics_from = oldest + kErrorsLength - analysis::kMetricSeriesLength;
  for (analysis::MetricSeries& series : metric_series_) series.forget_before(metrics_from);
  while (!slots_.empty() && slots_.front().start < oldest) slots_.pop_front();
  while (!lines_.empty() && lines_.front().at < oldest) lines_.pop_front();
  while (!watched_.empty() && watched_.front().to < oldest) watched_.pop_front();
  if (watched_.empty()) is_watched_ = false;
}

}  // namespace sluice::podman
