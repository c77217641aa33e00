#include "core/analysis/request_notes.h"

#include <algorithm>
#include <array>
#include <limits>

namespace sluice::analysis {
namespace {

constexpr std::uint8_t kOthers = kMostRoutes;
constexpr std::uint32_t kMostCounted = std::numeric_limits<std::uint32_t>::max();

TimePoint second_start(TimePoint at) {
  return TimePoint{std::chrono::floor<std::chrono::seconds>(at.time_since_epoch())};
}

void count_one(std::uint32_t& count) {
  if (count < kMostCounted) ++count;
}

NotedRequest note_of(const SeenRequest& request) {
  return {.at = request.at,
          .request_id = std::string(request.request_id.substr(0, kLongestNotedId)),
          .latency = request.latency >= 0 ? request.latency : -1};
}

}  // namespace

RequestNotes::Second& RequestNotes::second_of(TimePoint at) {
  const TimePoint start = second_start(at);
  if (seconds_.empty() || seconds_.back().start < start) {
    seconds_.emplace_back().start = start;
    return seconds_.back();
  }
  const auto place = std::ranges::lower_bound(seconds_, start, {}, &Second::start);
  if (place->start == start) return *place;
  Second second;
  second.start = start;
  return *seconds_.insert(place, std::move(second));
}

std::uint8_t RequestNotes::number_of(std::string_view route, bool may_be_new) {
  if (route.empty()) return kOthers;
  const auto known = numbers_.find(route);
  if (known != numbers_.end()) return known->second;
  if (!may_be_new || numbers_.size() >= kMostRoutes) return kOthers;
  std::array<bool, kMostRoutes> taken{};
  for (const auto& [name, number] : numbers_) taken[number] = true;
  const auto free = static_cast<std::uint8_t>(std::ranges::find(taken, false) - taken.begin());
  numbers_.emplace(route, free);
  return free;
}

void RequestNotes::add(const SeenRequest& request) {
  Second& second = second_of(request.at);
  const std::uint8_t number = number_of(request.route, !request.is_unknown_path);
  auto count = std::ranges::find(second.routes, number, &RouteCount::route);
  if (count == second.routes.end()) {
    second.routes.push_back({.route = number});
    count = std::prev(second.routes.end());
  }
  count_one(count->requests);
  if (request.is_error) count_one(count->errors);
  if (request.latency >= 0) {
    count_one(count->timed);
    count->milliseconds += request.latency;
  }
  if (request.is_error && second.failed.size() < kFailedASecond) second.failed.push_back(note_of(request));
  if (request.latency > second.slowest.latency) second.slowest = note_of(request);
}

void RequestNotes::forget_before(TimePoint oldest) {
  if (seconds_.empty() || seconds_.front().start >= oldest) return;
  while (!seconds_.empty() && seconds_.front().start < oldest) seconds_.pop_front();
  std::array<bool, kMostRoutes + 1> used{};
  for (const Second& second : seconds_) {
    for (const RouteCount& count : second.routes) used[count.route] = true;
  }
  std::erase_if(numbers_, [&](const auto& entry) { return !used[entry.second]; });
}

NotedSpan RequestNotes::span(TimePoint from, TimePoint to) const {
  std::array<RouteFigures, kMostRoutes + 1> sums;
  NotedSpan span;
  const auto is_before_end = [&](const NotedRequest& request) { return request.at < to; };
  auto second = std::ranges::lower_bound(seconds_, second_start(from), {}, &Second::start);
  for (; second != seconds_.end() && second->start < to; ++second) {
    for (const RouteCount& count : second->routes) {
      RouteFigures& sum = sums[count.route];
      sum.requests += count.requests;
      sum.errors += count.errors;
      sum.timed += count.timed;
      sum.milliseconds += count.milliseconds;
    }
    std::ranges::copy_if(second->failed, std::back_inserter(span.failed), is_before_end);
    if (second->slowest.latency >= 0 && is_before_end(second->slowest)) span.slowest.push_back(second->slowest);
  }
  for (const auto& [name, number] : numbers_) sums[number].route = name;
  for (RouteFigures& sum : sums) {
    if (sum.requests > 0) span.routes.push_back(std::move(sum));
  }
  std::ranges::stable_sort(span.failed, {}, &NotedRequest::at);
  return span;
}

}  // namespace sluice::analysis
