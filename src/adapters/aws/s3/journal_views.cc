// What the journal in S3 tells of everybody, and how it takes over what another has.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "adapters/aws/s3/journal.h"
#include "core/rollout/event_json.h"

namespace sluice::aws::s3 {

Result<std::vector<ports::Lease>> Journal::leases() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(const ReadIndex read, read_index_now());
  std::vector<ports::Lease> leases;
  for (const auto& [service, lease] : read.index.leases) {
    if (lease.deployment.empty()) continue;
    leases.push_back({service, lease.deployment, lease.owner, lease.epoch, lease.taken_at});
  }
  std::ranges::sort(leases, {}, &ports::Lease::deployment);
  return leases;
}

Result<std::optional<ports::LiveService>> Journal::live(const rollout::ServiceKey& service) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(ReadIndex read, read_index_now());
  const auto found = read.index.live.find(service);
  if (found == read.index.live.end()) return std::optional<ports::LiveService>();
  return std::optional(std::move(found->second));
}

Result<std::vector<ports::LiveService>> Journal::all_live() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(ReadIndex read, read_index_now());
  std::vector<ports::LiveService> all;
  for (auto& [service, live] : read.index.live) all.push_back(std::move(live));
  return all;
}

Result<std::vector<ports::DeploymentSummary>> Journal::history(const std::optional<rollout::ServiceKey>& service,
                                                               int most) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(ReadIndex read, read_index_now());
  std::vector<ports::DeploymentSummary>& all = read.index.summaries;
  if (service) std::erase_if(all, [&](const auto& summary) { return summary.service != *service; });
  std::ranges::sort(all, [](const auto& a, const auto& b) {
    return std::tie(b.ended_at, b.deployment) < std::tie(a.ended_at, a.deployment);
  });
  all.resize(std::min(all.size(), static_cast<std::size_t>(std::max(0, most))));
  return std::move(all);
}

Result<std::vector<rollout::Revision>> Journal::revisions(const rollout::ServiceKey& service, int most) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(ReadIndex read, read_index_now());
  std::vector<rollout::Revision>& all = read.index.served[service];
  all.resize(std::min(all.size(), static_cast<std::size_t>(std::max(0, most))));
  return std::move(all);
}

// --- others

Result<std::vector<ports::OtherOwner>> Journal::others() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(const ReadIndex read, read_index_now());
  const std::string me = holder_.id();
  std::map<std::string, ports::OtherOwner> all;
  for (const auto& [id, deployment] : read.index.deployments) {
    if (deployment.holder != me) all[deployment.holder].held.push_back({id, deployment.service});
  }
  for (const auto& [id, waiting] : read.index.waiting) {
    if (waiting.holder == me) continue;
    auto event = rollout::read_event(waiting.started);
    const auto* const started = event ? std::get_if<rollout::Started>(&*event) : nullptr;
    all[waiting.holder].held.push_back({id, started != nullptr ? started->plan.service : rollout::ServiceKey{}});
  }
  std::vector<ports::OtherOwner> result;
  for (auto& [id, owner] : all) {
    owner.id = id;
    TRY_ASSIGN(const auto seen, holder_.look_at(id));
    owner.name = seen ? seen->note.owner : "a sluice of which nothing else is known";
    owner.last_word = seen ? seen->etag : "";
    owner.unheard = seen ? seen->age : Milliseconds(0);
    owner.lease = seen ? seen->note.lease + Holder::kMargin : Milliseconds(0);
    owner.is_gone = !seen || seen->note.state != HolderNote::State::Alive;
    result.push_back(std::move(owner));
  }
  return result;
}

Status Journal::take_over(const std::string& id, bool by_force) {
  const std::scoped_lock lock(mutex_);
  TRY(holder_.claim());
  TRY_ASSIGN(const auto seen, holder_.look_at(id));
  const bool is_alive = seen && seen->note.state == HolderNote::State::Alive;
  if (is_alive && !by_force && seen->age <= seen->note.lease + Holder::kMargin) {
    return Error{ErrorKind::Conflict,
                 fmt::format("{} was heard of {} ago", seen->note.owner, format_duration(seen->age))};
  }
  // First it: a word of it after this is refused, and tells it so.
  if (!seen || seen->note.state != HolderNote::State::Taken) TRY(holder_.mark_taken(id, seen));
  TRY(take_entries(id));
  std::erase_if(opened_, [me = holder_.id()](const auto& each) { return each.second.file.holder != me; });
  return {};
}

Status Journal::take_entries(const std::string& id) {
  const std::string me = holder_.id();
  return transact([&](Index& index) -> Status {
    for (auto& [deployment, entry] : index.deployments) {
      if (entry.holder != id) continue;
      IndexedLease& lease = index.leases[entry.service];
      entry.holder = me;
      ++entry.epoch;
      if (lease.deployment != deployment) continue;
      lease.owner = holder_.owner();
      lease.epoch = entry.epoch;
    }
    for (auto& [deployment, waiting] : index.waiting) {
      if (waiting.holder == id) waiting.holder = me;
    }
    return {};
  });
}

}  // namespace sluice::aws::s3
