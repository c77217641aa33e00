#include "adapters/aws/s3/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/rollout/event_json.h"

namespace sluice::aws::s3 {
namespace {

using rollout::ServiceKey;

constexpr const char* kIndex = "index.json";
constexpr int kAttempts = 12;
constexpr Milliseconds kConflictPause{40};
/// So many looks that fail do not end the search for a write whose answer was lost. The controller waits for it.
constexpr int kLooksAfterLoss = 3;

std::string file_of(const std::string& deployment) { return fmt::format("deployments/{}.txt", deployment); }

Error unknown(const std::string& deployment) {
  return Error{ErrorKind::NotFound, fmt::format("there is no deployment {} in the journal", deployment)};
}

/// Refused for sure: asking again gives the same answer.
bool is_final(const Error& error) {
  return error.kind == ErrorKind::Denied || error.kind == ErrorKind::InvalidInput || error.kind == ErrorKind::NotFound;
}

Result<rollout::Plan> plan_of(const std::string& started, const std::string& deployment) {
  auto event = rollout::read_event(started);
  if (!event) return with_context(std::move(event), fmt::format("the deployment {} in the journal", deployment));
  auto* const start = std::get_if<rollout::Started>(&*event);
  if (start != nullptr) return std::move(start->plan);
  return Error{ErrorKind::InvalidInput, fmt::format("the deployment {} in the journal has no beginning", deployment)};
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(ObjectStore& store, Holder& holder, Pause pause) {
  std::unique_ptr<Journal> journal(new Journal(store, holder, std::move(pause)));
  TRY_ASSIGN(const ReadIndex read, journal->read_index_now());
  const std::string me = holder.id();
  const auto is_mine = [&](const auto& entry) { return entry.second.holder == me; };
  if (std::ranges::any_of(read.index.deployments, is_mine) || std::ranges::any_of(read.index.waiting, is_mine)) {
    TRY(holder.claim());
  }
  return journal;
}

// --- the index

Result<Journal::ReadIndex> Journal::read_index_now() {
  TRY_ASSIGN(const auto object, store_.get(kIndex));
  if (!object) return ReadIndex{};
  auto index = read_index(object->bytes);
  if (!index) return with_context(std::move(index), store_.place_of(kIndex));
  return ReadIndex{std::move(*index), object->etag};
}

/// Reads, changes and replaces the index, until nobody else has replaced it between. A write whose answer was lost is
/// known by its stamp.
Status Journal::transact(const Change& change) {
  std::set<std::string> tried;
  Error last{ErrorKind::Unavailable, ""};
  int failed_looks = 0;
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    auto read = read_index_now();
    if (!read && !tried.empty() && is_retryable(read.error().kind) && ++failed_looks < kLooksAfterLoss) {
      TRY(pause_(kConflictPause * attempt));
      continue;
    }
    if (!read) return read.error();
    Index& index = read->index;
    if (tried.contains(index.stamp)) return {};
    const std::string before = to_text(index);
    TRY(change(index));
    if (to_text(index) == before) return {};
    index.stamp = fresh_name();
    tried.insert(index.stamp);
    auto written = store_.put(kIndex, to_text(index), {read->etag});
    if (written) return {};
    last = std::move(written.error());
    if (is_final(last)) return last;
    TRY(pause_(kConflictPause * attempt));
  }
  if (last.kind == ErrorKind::Conflict) last.kind = ErrorKind::Unavailable;
  return last;
}

// --- files of deployments

Result<std::optional<Journal::Opened>> Journal::read_file(const std::string& deployment) {
  const std::string name = file_of(deployment);
  TRY_ASSIGN(const auto object, store_.get(name));
  if (!object) return std::optional<Opened>();
  auto file = read_deployment_file(object->bytes);
  if (!file) return with_context(std::move(file), store_.place_of(name));
  return std::optional(Opened{std::move(*file), object->etag, false});
}

/// As S3 has it; one that the index says is this holder's is made so.
Result<Journal::Opened> Journal::open_file(const std::string& deployment, const Index& index) {
  TRY_ASSIGN(auto found, read_file(deployment));
  const auto entry = index.deployments.find(deployment);
  if (entry == index.deployments.end()) {
    if (!found) return unknown(deployment);
    found->ended = true;
    return std::move(*found);
  }
  Opened opened = found.value_or(Opened{});
  if (!found) opened.file.records = {record_line(entry->second.at, entry->second.started)};
  opened.ended = entry->second.ended;
  const std::string me = holder_.id();
  if (entry->second.holder == me && opened.file.holder != me) TRY(seize(deployment, opened, entry->second));
  return opened;
}

/// From here on what the holder before writes is refused.
Status Journal::seize(const std::string& deployment, Opened& opened, const IndexedDeployment& entry) {
  opened.file.holder = entry.holder;
  opened.file.epoch = entry.epoch;
  if (!opened.etag && entry.epoch == 1) return {};  // of this holder from the beginning
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    opened.file.stamp = fresh_name();
    auto written = store_.put(file_of(deployment), to_text(opened.file), {opened.etag});
    if (written) {
      opened.etag = std::move(*written);
      return {};
    }
    if (written.error().kind != ErrorKind::Conflict) return std::move(written.error());
    TRY_ASSIGN(auto found, read_file(deployment));
    if (found) opened = std::move(*found);
    opened.file.holder = entry.holder;
    opened.file.epoch = entry.epoch;
  }
  return Error{ErrorKind::Unavailable,
               fmt::format("deployment {} is written by somebody else all the time", deployment)};
}

Result<Journal::Opened*> Journal::opened(const std::string& deployment) {
  if (const auto found = opened_.find(deployment); found != opened_.end()) return &found->second;
  TRY_ASSIGN(const ReadIndex read, read_index_now());
  TRY_ASSIGN(Opened opened, open_file(deployment, read.index));
  return &(opened_[deployment] = std::move(opened));
}

/// `opened` as `wanted`, if it is this holder's still.
Status Journal::write(const std::string& deployment, Opened& opened, DeploymentFile wanted) {
  if (opened.file.holder != holder_.id()) {
    return Error{ErrorKind::Conflict, fmt::format("deployment {} is another's", deployment)};
  }
  Error last{ErrorKind::Unavailable, ""};
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    wanted.stamp = fresh_name();
    auto written = store_.put(file_of(deployment), to_text(wanted), {opened.etag});
    if (written) {
      opened.etag = std::move(*written);
      opened.file = std::move(wanted);
      return {};
    }
    last = std::move(written.error());
    if (last.kind != ErrorKind::Conflict) return last;
    TRY(meet(deployment, opened, wanted.stamp));
    if (opened.file.stamp == wanted.stamp) return {};
  }
  last.kind = ErrorKind::Unavailable;
  return last;
}

/// A write was refused: by whoever has taken the deployment over, or by an earlier one of ours whose answer was lost.
/// What that added was never acted upon, and is written over.
Status Journal::meet(const std::string& deployment, Opened& opened, const std::string& stamp) {
  TRY_ASSIGN(auto found, read_file(deployment));
  if (!found) {
    opened.etag.reset();
    return pause_(kConflictPause);
  }
  if (found->file.holder != holder_.id()) {
    const std::string why = fmt::format("deployment {} was taken over by another sluice", deployment);
    opened.file.holder = found->file.holder;
    holder_.lose(why);
    return Error{ErrorKind::Conflict, why};
  }
  opened.etag = found->etag;
  if (found->file.stamp == stamp) opened.file = std::move(found->file);
  return {};
}

Status Journal::make_file(const std::string& deployment, DeploymentFile file) {
  file.stamp = fresh_name();
  const auto made = store_.put(file_of(deployment), to_text(file), {});
  if (made || made.error().kind == ErrorKind::Conflict) return {};
  return made.error();
}

// --- deployments that begin and wait

Status Journal::enqueue_together(const std::vector<ports::QueuedDeployment>& queued) {
  const std::scoped_lock lock(mutex_);
  TRY(holder_.claim());
  return transact([&](Index& index) -> Status {
    for (const ports::QueuedDeployment& each : queued) {
      for (const auto& [id, waiting] : index.waiting) {
        TRY_ASSIGN(const rollout::Plan plan, plan_of(waiting.started, id));
        if (plan.service != each.plan.service) continue;
        return Error{ErrorKind::Conflict,
                     fmt::format("deployment {} waits for {} already", id, plan.service.to_string())};
      }
      index.waiting[each.plan.deployment] = {holder_.id(), each.at, rollout::to_text(rollout::Started{each.plan})};
    }
    return {};
  });
}

Result<std::vector<ports::QueuedDeployment>> Journal::queued() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(const ReadIndex read, read_index_now());
  const std::string me = holder_.id();
  std::vector<ports::QueuedDeployment> all;
  for (const auto& [id, waiting] : read.index.waiting) {
    if (waiting.holder != me) continue;
    TRY_ASSIGN(rollout::Plan plan, plan_of(waiting.started, id));
    all.push_back({std::move(plan), waiting.at});
  }
  std::ranges::sort(all, {}, [](const ports::QueuedDeployment& each) { return each.plan.service; });
  return all;
}

Status Journal::give_up(const ports::DeploymentSummary& summary) {
  const std::scoped_lock lock(mutex_);
  const std::string& id = summary.deployment;
  TRY_ASSIGN(const ReadIndex read, read_index_now());
  const auto waiting = read.index.waiting.find(id);
  if (waiting == read.index.waiting.end()) return {};
  DeploymentFile file{.stamp = {}, .holder = holder_.id(), .epoch = 0, .progress = {}, .records = {}};
  file.records = {record_line(summary.started_at, waiting->second.started)};
  TRY(make_file(id, std::move(file)));
  return transact([&](Index& index) -> Status {
    if (index.waiting.erase(id) > 0) index.add(summary);
    return {};
  });
}

Status Journal::may_begin(const Index& index, const rollout::Plan& plan) const {
  const auto held = index.leases.find(plan.service);
  if (held == index.leases.end() || held->second.deployment.empty()) return {};
  const auto entry = index.deployments.find(held->second.deployment);
  const bool is_mine = entry != index.deployments.end() && entry->second.holder == holder_.id();
  // One of this process whose beginning was answered by nobody: whoever asked was told that it has not begun.
  if (is_mine && !known_.contains(held->second.deployment)) return {};
  const std::string remedy = is_mine ? "" : ". If that sluice has died, `sluice recover` takes it over";
  return Error{ErrorKind::Conflict, fmt::format("deployment {} by {} has {}{}", held->second.deployment,
                                                held->second.owner, plan.service.to_string(), remedy)};
}

Result<std::vector<ports::Lease>> Journal::begin_together(const std::vector<rollout::Started>& started, TimePoint at,
                                                          const std::string& owner) {
  const std::scoped_lock lock(mutex_);
  TRY(holder_.claim());
  std::vector<ports::Lease> leases;
  const Status begun = transact([&](Index& index) -> Status {
    leases.clear();
    for (const rollout::Started& each : started) {
      const rollout::Plan& plan = each.plan;
      TRY(may_begin(index, plan));
      IndexedLease& lease = index.leases[plan.service];
      index.deployments.erase(lease.deployment);
      lease = {plan.deployment, owner, lease.epoch + 1, at};
      index.waiting.erase(plan.deployment);
      index.deployments[plan.deployment] = {plan.service, holder_.id(), lease.epoch, false, at, rollout::to_text(each)};
      leases.push_back({plan.service, plan.deployment, owner, lease.epoch, at});
    }
    return {};
  });
  TRY(begun);
  for (std::size_t i = 0; i < started.size(); ++i) {
    Opened opened;
    opened.file.holder = holder_.id();
    opened.file.epoch = leases[i].epoch;
    opened.file.add(at, started[i]);
    opened_[leases[i].deployment] = std::move(opened);
    known_.insert(leases[i].deployment);
  }
  return leases;
}

// --- deployments under way

Status Journal::append(const std::string& deployment, const ports::JournalRecord& record) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Opened* const opened, this->opened(deployment));
  const int next = static_cast<int>(opened->file.records.size());
  if (record.sequence != next) {
    return Error{ErrorKind::Conflict, fmt::format("record {} of deployment {} does not follow; {} is the next",
                                                  record.sequence, deployment, next)};
  }
  DeploymentFile wanted = opened->file;
  wanted.add(record.at, record.event);
  if (opened->ended) wanted.progress.reset();
  return write(deployment, *opened, std::move(wanted));
}

Result<std::vector<ports::JournalRecord>> Journal::load(const std::string& deployment) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(const Opened* const opened, this->opened(deployment));
  auto records = records_of(opened->file);
  if (!records) return with_context(std::move(records), store_.place_of(file_of(deployment)));
  if (opened->file.holder == holder_.id()) {
    known_.insert(deployment);
  } else {
    opened_.erase(deployment);  // another's, who writes on
  }
  return records;
}

Result<std::vector<std::string>> Journal::unarchived() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(const ReadIndex read, read_index_now());
  const std::string me = holder_.id();
  std::vector<std::string> ids;
  for (const auto& [id, deployment] : read.index.deployments) {
    if (deployment.holder == me) ids.push_back(id);
  }
  return ids;
}

Status Journal::keep_progress(const std::string& deployment, const std::string& bytes) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Opened* const opened, this->opened(deployment));
  if (opened->ended || opened->file.progress == bytes) return {};
  DeploymentFile wanted = opened->file;
  wanted.progress = bytes;
  return write(deployment, *opened, std::move(wanted));
}

Result<std::optional<std::string>> Journal::progress(const std::string& deployment) {
  const std::scoped_lock lock(mutex_);
  auto opened = this->opened(deployment);
  if (!opened && opened.error().kind == ErrorKind::NotFound) return std::optional<std::string>();
  if (!opened) return std::move(opened.error());
  return (*opened)->ended ? std::nullopt : (*opened)->file.progress;
}

Status Journal::finish(const ports::DeploymentSummary& summary, const ports::LiveService* live) {
  const std::scoped_lock lock(mutex_);
  const std::string& id = summary.deployment;
  TRY_ASSIGN(Opened* const opened, this->opened(id));
  if (opened->ended) return {};
  const Status finished = transact([&](Index& index) -> Status {
    const auto entry = index.deployments.find(id);
    if (entry == index.deployments.end() || entry->second.ended) return {};
    IndexedLease& lease = index.leases[entry->second.service];
    if (entry->second.holder != holder_.id() || lease.deployment != id) {
      const std::string why = fmt::format("deployment {} has lost the lease of {} to {}", id,
                                          entry->second.service.to_string(), lease.owner);
      holder_.lose(why);
      return Error{ErrorKind::Conflict, why};
    }
    lease.deployment.clear();
    entry->second.ended = true;
    index.add(summary);
    if (live != nullptr) index.set_live(*live);
    return {};
  });
  TRY(finished);
  opened->ended = true;
  return {};
}

Status Journal::archive(const std::string& deployment) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(const Opened* const opened, this->opened(deployment));
  if (!opened->etag) TRY(make_file(deployment, opened->file));
  const std::string me = holder_.id();
  bool is_last = false;
  const Status archived = transact([&](Index& index) -> Status {
    const auto entry = index.deployments.find(deployment);
    if (entry != index.deployments.end() && entry->second.holder == me) index.deployments.erase(entry);
    const auto is_mine = [&](const auto& each) { return each.second.holder == me; };
    is_last = std::ranges::none_of(index.deployments, is_mine) && std::ranges::none_of(index.waiting, is_mine);
    return {};
  });
  TRY(archived);
  opened_.erase(deployment);
  known_.erase(deployment);
  if (is_last) holder_.rest();
  return {};
}

}  // namespace sluice::aws::s3
