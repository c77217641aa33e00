#include "simulation/simulated_journal.h"

#include <algorithm>

#include "core/rollout/event_json.h"

namespace sluice::simulation {

namespace {

rollout::Plan plan_of(const SimulatedJournal::Record& record) {
  return std::get<rollout::Started>(rollout::read_event(record.text).value()).plan;
}

}  // namespace

/// One transaction: refused whole, or durable before the controller may die.
template <typename Act>
Status SimulatedJournal::write(Act act) {
  world_.crashes.pass(Fault::CrashBeforeAppend);
  if (world_.now() < refuses_until_) return Error{ErrorKind::Unavailable, "no space left on device"};
  TRY(act());
  world_.crashes.pass(Fault::CrashAfterAppend);
  return {};
}

Status SimulatedJournal::readable() const {
  if (world_.now() < mute_until_) return Error{ErrorKind::Unavailable, "the journal cannot be read"};
  return {};
}

void SimulatedJournal::refuse_until(TimePoint until, bool mute) {
  refuses_until_ = until;
  if (mute) mute_until_ = until;
}

Result<std::vector<ports::Lease>> SimulatedJournal::begin_together(const std::vector<rollout::Started>& started,
                                                                   TimePoint at, const std::string& owner) {
  std::vector<ports::Lease> leases;
  TRY(write([&]() -> Status {
    for (const rollout::Started& each : started) {
      const auto held = std::ranges::find(leases_, each.plan.service, &ports::Lease::service);
      if (held != leases_.end() && world_.sabotage != Sabotage::GrantTwoLeases) {
        return Error{ErrorKind::Conflict, fmt::format("{} of {} has the lease", held->deployment, held->owner)};
      }
    }
    for (const rollout::Started& each : started) leases.push_back(take_lease(each, at, owner));
    return {};
  }));
  return leases;
}

ports::Lease SimulatedJournal::take_lease(const rollout::Started& started, TimePoint at, const std::string& owner) {
  const rollout::Plan& plan = started.plan;
  int& epoch = epochs_[plan.service];
  if (world_.sabotage != Sabotage::KeepEpoch || epoch == 0) ++epoch;
  const ports::Lease lease{plan.service, plan.deployment, owner, epoch, at};
  leases_.push_back(lease);
  records_[plan.deployment].push_back({at, rollout::to_text(started)});
  const auto waiting = queued_.find(plan.service);
  if (waiting != queued_.end() && plan_of(waiting->second).deployment == plan.deployment) queued_.erase(waiting);
  world_.note(fmt::format("journal {} {}", plan.deployment, records_[plan.deployment].back().text));
  return lease;
}

Status SimulatedJournal::enqueue_together(const std::vector<ports::QueuedDeployment>& queued) {
  return write([&]() -> Status {
    for (const ports::QueuedDeployment& each : queued) {
      const auto waiting = queued_.find(each.plan.service);
      if (waiting == queued_.end()) continue;
      return Error{ErrorKind::Conflict, plan_of(waiting->second).deployment + " waits already"};
    }
    for (const ports::QueuedDeployment& each : queued) {
      queued_.emplace(each.plan.service, Record{each.at, rollout::to_text(rollout::Started{each.plan})});
      world_.note(fmt::format("journal {} waits", each.plan.deployment));
    }
    return {};
  });
}

Result<std::vector<ports::QueuedDeployment>> SimulatedJournal::queued() {
  TRY(readable());
  std::vector<ports::QueuedDeployment> all;
  for (const auto& [service, record] : queued_) all.push_back({plan_of(record), record.at});
  return all;
}

Status SimulatedJournal::give_up(const ports::DeploymentSummary& summary) {
  return write([&]() -> Status {
    const auto waiting = queued_.find(summary.service);
    if (waiting == queued_.end() || plan_of(waiting->second).deployment != summary.deployment) return {};
    records_[summary.deployment].push_back(waiting->second);
    archived_.insert(summary.deployment);
    given_up_.insert(summary.deployment);
    summaries_.push_back(summary);
    queued_.erase(waiting);
    world_.note(fmt::format("journal {} given up: {}", summary.deployment, summary.cause));
    return {};
  });
}

Status SimulatedJournal::append(const std::string& deployment, const ports::JournalRecord& record) {
  return write([&]() -> Status {
    const auto entry = records_.find(deployment);
    if (entry == records_.end()) return Error{ErrorKind::NotFound, "there is no deployment " + deployment};
    const int next = static_cast<int>(entry->second.size());
    if (record.sequence != next) {
      if (world_.sabotage == Sabotage::ForgetRecord && record.sequence > next) return {};
      return Error{ErrorKind::Conflict, fmt::format("record {} exists, {} comes next", record.sequence, next)};
    }
    if (world_.sabotage == Sabotage::ForgetRecord && next == 5) return {};
    entry->second.push_back({record.at, rollout::to_text(record.event)});
    world_.note(fmt::format("journal {} {}", deployment, entry->second.back().text));
    return {};
  });
}

Result<std::vector<ports::JournalRecord>> SimulatedJournal::load(const std::string& deployment) {
  TRY(readable());
  const auto entry = records_.find(deployment);
  if (entry == records_.end()) return Error{ErrorKind::NotFound, "there is no deployment " + deployment};
  std::vector<ports::JournalRecord> records;
  for (const Record& record : entry->second) {
    TRY_ASSIGN(rollout::Event event, rollout::read_event(record.text));
    records.push_back({static_cast<int>(records.size()), record.at, std::move(event)});
  }
  return records;
}

Result<std::vector<std::string>> SimulatedJournal::unarchived() {
  TRY(readable());
  std::vector<std::string> ids;
  for (const auto& [id, records] : records_) {
    if (!archived_.contains(id)) ids.push_back(id);
  }
  return ids;
}

Status SimulatedJournal::keep_progress(const std::string& deployment, const std::string& bytes) {
  return write([&]() -> Status {
    if (!records_.contains(deployment)) return Error{ErrorKind::NotFound, "no deployment " + deployment};
    progress_[deployment] = bytes;
    return {};
  });
}

Result<std::optional<std::string>> SimulatedJournal::progress(const std::string& deployment) {
  TRY(readable());
  const auto entry = progress_.find(deployment);
  return entry == progress_.end() ? std::nullopt : std::optional(entry->second);
}

Status SimulatedJournal::finish(const ports::DeploymentSummary& summary, const ports::LiveService* live) {
  return write([&]() -> Status {
    const auto known = std::ranges::find(summaries_, summary.deployment, &ports::DeploymentSummary::deployment);
    if (known != summaries_.end()) return {};
    std::erase_if(leases_, [&](const ports::Lease& lease) { return lease.deployment == summary.deployment; });
    progress_.erase(summary.deployment);
    summaries_.push_back(summary);
    world_.note(fmt::format("journal {} finished: {}", summary.deployment, rollout::to_string(summary.outcome)));
    if (live == nullptr) return {};
    live_[live->service] = *live;
    auto& revisions = revisions_[live->service];
    std::erase_if(revisions, [&](const rollout::Revision& revision) { return revision.id == live->revision.id; });
    revisions.push_back(live->revision);
    return {};
  });
}

Status SimulatedJournal::archive(const std::string& deployment) {
  return write([&]() -> Status {
    if (!records_.contains(deployment)) return Error{ErrorKind::NotFound, "there is no deployment " + deployment};
    archived_.insert(deployment);
    return {};
  });
}

Result<std::vector<ports::Lease>> SimulatedJournal::leases() {
  TRY(readable());
  return leases_;
}

const ports::LiveService* SimulatedJournal::find_live(const rollout::ServiceKey& service) const {
  const auto entry = live_.find(service);
  return entry == live_.end() ? nullptr : &entry->second;
}

Result<std::optional<ports::LiveService>> SimulatedJournal::live(const rollout::ServiceKey& service) {
  TRY(readable());
  const ports::LiveService* found = find_live(service);
  return found == nullptr ? std::optional<ports::LiveService>() : *found;
}

Result<std::vector<ports::LiveService>> SimulatedJournal::all_live() {
  TRY(readable());
  std::vector<ports::LiveService> all;
  for (const auto& [service, live] : live_) all.push_back(live);
  return all;
}

Result<std::vector<ports::DeploymentSummary>> SimulatedJournal::history(
    const std::optional<rollout::ServiceKey>& service, int most) {
  TRY(readable());
  std::vector<ports::DeploymentSummary> found;
  std::copy_if(summaries_.rbegin(), summaries_.rend(), std::back_inserter(found),
               [&](const auto& summary) { return !service || summary.service == *service; });
  std::ranges::stable_sort(found, std::ranges::greater(), &ports::DeploymentSummary::ended_at);
  if (found.size() > static_cast<std::size_t>(most)) found.resize(static_cast<std::size_t>(most));
  return found;
}

Result<std::vector<rollout::Revision>> SimulatedJournal::revisions(const rollout::ServiceKey& service, int most) {
  TRY(readable());
  const auto& all = revisions_[service];
  std::vector<rollout::Revision> newest(all.rbegin(), all.rend());
  if (newest.size() > static_cast<std::size_t>(most)) newest.resize(static_cast<std::size_t>(most));
  return newest;
}

}  // namespace sluice::simulation
