#include "adapters/podman/service_log.h"

#include <fmt/format.h>

#include <charconv>
#include <condition_variable>

#include "adapters/podman/container_log.h"
#include "adapters/podman/labels.h"

namespace sluice::podman {
namespace {

constexpr Milliseconds kListEvery{1000};
constexpr Milliseconds kReadEvery{50};
/// A container that has just been made has no log yet.
constexpr Milliseconds kLogWithin{2000};
/// How long after a line was written its slot is told: podman's own delay.
constexpr Milliseconds kLateLines{50};

std::string label(const Container& container, const char* name) {
  const auto found = container.labels.find(name);
  return found == container.labels.end() ? std::string() : found->second;
}

int number(const std::string& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

ServiceLog::ServiceLog(std::string owner, ApiClient& api, const ports::Clock& clock)
    : owner_(std::move(owner)), containers_(api), clock_(clock) {
  lister_ = std::thread([this] { look_for_replicas(); });
  reader_ = std::thread([this] { follow(); });
}

ServiceLog::~ServiceLog() {
  stop_.request_stop();
  lister_.join();
  reader_.join();
}

bool ServiceLog::pause(Milliseconds span) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any asked_to_stop;
  asked_to_stop.wait_for(lock, stop_.get_token(), span, [] { return false; });
  return !stop_.stop_requested();
}

// --- which replicas there are

void ServiceLog::look_for_replicas() {
  do {
    list_once();
  } while (pause(kListEvery));
}

void ServiceLog::list_once() {
  const TimePoint at = clock_.now();
  const auto ids = containers_.ids({{kOwnerLabel, owner_}, {kKindLabel, kReplicaKind}}, stop_.get_token());
  if (!ids) return;  // what is known is followed on
  Listing listing{.at = at};
  for (const std::string& id : *ids) {
    const auto known = inspected_.find(id);
    if (known != inspected_.end()) {
      listing.replicas.insert(*known);
      continue;
    }
    const auto container = containers_.inspect(id, stop_.get_token());
    if (!container) return;
    if (!*container) continue;
    const rollout::ServiceKey service{.project = label(**container, kProjectLabel),
                                      .environment = label(**container, kEnvironmentLabel),
                                      .service = label(**container, kServiceLabel)};
    listing.replicas.emplace(id, Found{.name = {service, label(**container, kRevisionLabel)},
                                       .index = number(label(**container, kIndexLabel)),
                                       .path = (*container)->log_path});
  }
  inspected_ = listing.replicas;
  const std::lock_guard lock(listing_mutex_);
  listing_ = std::move(listing);
}

// --- what they write

void ServiceLog::follow() {
  do {
    take_up_listing();
    const TimePoint at = clock_.now();
    std::map<Name, Progress> progress;
    for (auto& [id, followed] : followed_) {
      Progress& worst = progress.try_emplace(followed.found.name, Progress::Done).first->second;
      worst = std::max(worst, read_log(followed));
    }
    skew_.end_batch();
    tell(progress, at);
    std::erase_if(followed_, [](const auto& entry) { return entry.second.is_gone; });
  } while (pause(kReadEvery));
}

void ServiceLog::take_up_listing() {
  std::optional<Listing> listing;
  {
    const std::lock_guard lock(listing_mutex_);
    listing.swap(listing_);
  }
  if (!listing) return;
  for (auto& [id, followed] : followed_) followed.is_gone = !listing->replicas.contains(id);
  for (const auto& [id, found] : listing->replicas) {
    const auto from = listed_at_ ? FollowedLog::From::Beginning : FollowedLog::From::End;
    const bool is_new = followed_.try_emplace(id, Followed{.found = found, .from = from, .seen = listing->at}).second;
    if (!is_new) continue;
    const std::lock_guard lock(mutex_);
    known_.try_emplace(found.name, Known{.since = listed_at_.value_or(listing->at)});
  }
  listed_at_ = listing->at;
}

ServiceLog::Progress ServiceLog::read_log(Followed& followed) {
  if (!followed.log) {
    auto opened = FollowedLog::open(followed.found.path, followed.from);
    if (!opened) {
      const bool is_early = opened.error().kind == ErrorKind::NotFound && clock_.now() - followed.seen < kLogWithin;
      return is_early || followed.is_gone ? Progress::Done : Progress::Failed;
    }
    followed.log = std::move(*opened);
  }
  const TimePoint now = clock_.now();
  analysis::StampSkew of_old_lines;
  analysis::StampSkew& skew = followed.is_new ? of_old_lines : skew_;
  const std::lock_guard lock(mutex_);
  ErrorSeries& series = series_of(followed.found.name);
  const auto done = followed.log->read([&](std::string_view time, std::string_view text) {
    const auto stamp = parse_log_time(time);
    series.add(stamp ? skew.moment_of(*stamp, now) : now, followed.found.index, text);
  });
  if (!done) return Progress::Failed;
  if (*done) followed.is_new = false;
  return *done ? Progress::Done : Progress::Behind;
}

ErrorSeries& ServiceLog::series_of(const Name& name) {
  const auto [series, is_new] = series_.try_emplace(name);
  const auto metrics = metrics_.find(name.first);
  if (is_new && metrics != metrics_.end()) series->second.count_fields(metrics->second);
  return series->second;
}

void ServiceLog::tell(const std::map<Name, Progress>& progress, TimePoint at) {
  const std::lock_guard lock(mutex_);
  for (auto& [name, known] : known_) {
    const auto found = progress.find(name);
    // A revision without replicas writes nothing.
    const Progress state = found == progress.end() ? Progress::Done : found->second;
    if (found != progress.end()) known.seen = at;
    ErrorSeries& series = series_of(name);
    if (state == Progress::Done) series.watched_until(at, known.since);
    if (state == Progress::Failed) series.not_watched();
    series.forget_before(at - kErrorsLength);
  }
  std::erase_if(known_, [&](const auto& entry) { return entry.second.seen < at - kErrorsLength; });
  std::erase_if(series_, [&](const auto& entry) { return !known_.contains(entry.first); });
}

// --- the port

Result<std::vector<ports::LogSlot>> ServiceLog::read(const rollout::ServiceKey& service, const std::string& revision_id,
                                                     TimePoint from) const {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find({service, revision_id});
  if (found == series_.end()) {
    return Error{ErrorKind::NotFound,
                 fmt::format("no log of revision {} of {} has been seen yet", revision_id, service.to_string())};
  }
  return found->second.slots(from, clock_.now() - kLateLines);
}

Result<std::vector<ports::ErrorLine>> ServiceLog::first_error_lines(const rollout::ServiceKey& service,
                                                                    const std::string& revision_id, TimePoint from,
                                                                    int most) const {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find({service, revision_id});
  if (found == series_.end()) return std::vector<ports::ErrorLine>{};
  return found->second.first_lines(from, most);
}

void ServiceLog::count_fields(const rollout::ServiceKey& service, const std::vector<analysis::MetricSource>& metrics) {
  const std::lock_guard lock(mutex_);
  metrics_[service] = metrics;
  for (auto& [name, series] : series_) {
    if (name.first == service) series.count_fields(metrics);
  }
}

Result<std::vector<analysis::MetricSlot>> ServiceLog::read_metric(const rollout::ServiceKey& service,
                                                                  const std::string& revision_id, std::size_t metric,
                                                                  TimePoint from) const {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find({service, revision_id});
  if (found == series_.end()) {
    return Error{ErrorKind::NotFound,
                 fmt::format("no log of revision {} of {} has been seen yet", revision_id, service.to_string())};
  }
  return found->second.metric_slots(metric, from, clock_.now() - kLateLines);
}

}  // namespace sluice::podman
