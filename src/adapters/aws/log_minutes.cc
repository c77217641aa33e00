#include "adapters/aws/log_minutes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/aws/error_minutes.h"
#include "adapters/aws/utilization_minutes.h"

namespace sluice::aws {

template <typename Minutes>
LogMinutes<Minutes>::LogMinutes(LogSource source, Milliseconds delay, const ports::Clock& clock, Asking asking)
    : source_(std::move(source)),
      delay_(delay - kLogAsking),
      clock_(clock),
      thread_(
          asking, mutex_, [this] { return !due().empty(); }, [this](const std::stop_token& stop) { ask_due(stop); }) {}

/// The end of the newest minute that may be asked for.
template <typename Minutes>
TimePoint LogMinutes<Minutes>::newest() const {
  return std::chrono::floor<std::chrono::minutes>(clock_.now() - delay_);
}

template <typename Minutes>
bool LogMinutes<Minutes>::is_due(const Series& series) const {
  const TimePoint now = clock_.now();
  const auto is_new = [&](const auto& revision) {
    return !revision.second.was_asked && now - revision.second.wanted_at <= kLogRevisionWantedFor;
  };
  const bool has_new = series.known_until < newest() || std::ranges::any_of(series.revisions, is_new);
  const Milliseconds pause = series.error ? kLogSoonAfterFailure : kLogSoon;
  return has_new && now - series.wanted_at <= kLogWantedFor && now - series.asked_at >= pause;
}

template <typename Minutes>
std::vector<rollout::ServiceKey> LogMinutes<Minutes>::due() const {
  std::vector<rollout::ServiceKey> due;
  for (const auto& [service, series] : series_) {
    if (is_due(series)) due.push_back(service);
  }
  return due;
}

template <typename Minutes>
void LogMinutes<Minutes>::ask_due(const std::stop_token& stop) {
  std::vector<rollout::ServiceKey> services;
  {
    const std::lock_guard lock(mutex_);
    services = due();
  }
  for (const rollout::ServiceKey& service : services) {
    if (!stop.stop_requested()) (void)ask(service, stop);  // the error is kept with the series
  }
}

/// All of the last hour, where there is a revision that it was not asked for yet.
template <typename Minutes>
typename LogMinutes<Minutes>::Question LogMinutes<Minutes>::question_of(Series& series) const {
  const TimePoint now = clock_.now();
  std::erase_if(series.revisions,
                [&](const auto& each) { return now - each.second.wanted_at > kLogRevisionWantedFor; });
  Question question{.from = newest() - kLogMinutesKept, .until = newest()};
  bool is_new = series.known_until == TimePoint{};
  for (const auto& [id, revision] : series.revisions) {
    question.revisions.insert(id);
    is_new = is_new || !revision.was_asked;
  }
  if (!is_new) question.from = std::max(question.from, series.known_until - kLogMayChange);
  return question;
}

template <typename Minutes>
Status LogMinutes<Minutes>::ask(const rollout::ServiceKey& service, const std::stop_token& stop) {
  Question question;
  {
    const std::lock_guard lock(mutex_);
    Series& series = series_[service];
    series.asked_at = clock_.now();
    question = question_of(series);
  }
  auto read = source_(service, question.revisions, question.from, question.until, stop);
  const std::lock_guard lock(mutex_);
  Series& series = series_[service];
  if (!read) {
    series.error = read.error();
    return std::move(read.error());
  }
  series.error.reset();
  series.known_until = read->until;
  for (auto& [id, lines] : read->lines) {
    const auto revision = series.revisions.find(id);
    if (revision == series.revisions.end()) continue;
    revision->second.was_asked = true;
    revision->second.error.reset();
    if (lines) {
      revision->second.minutes.take(question.from, read->until, *lines);
    } else {
      revision->second.error = lines.error();
    }
  }
  return {};
}

template <typename Minutes>
Status LogMinutes<Minutes>::look(const rollout::ServiceKey& service, const std::string& revision,
                                 const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    Series& series = series_[service];
    series.wanted_at = series.asked_at = series.revisions[revision].wanted_at = clock_.now();
  }
  return ask(service, stop);
}

template <typename Minutes>
Result<const Minutes*> LogMinutes<Minutes>::find(const rollout::ServiceKey& service,
                                                 const std::string& revision_id) const {
  Series& series = series_[service];
  const auto [place, is_new] = series.revisions.try_emplace(revision_id);
  Revision& revision = place->second;
  series.wanted_at = revision.wanted_at = clock_.now();
  if (is_new) thread_.wake();
  if (revision.error) return *revision.error;
  if (!revision.minutes.empty()) return &revision.minutes;
  if (series.error) return *series.error;
  return Error{ErrorKind::NotFound,
               fmt::format("the log of revision {} of {} was not read yet", revision_id, service.to_string())};
}

template class LogMinutes<ErrorMinutes>;
template class LogMinutes<UtilizationMinutes>;

}  // namespace sluice::aws
