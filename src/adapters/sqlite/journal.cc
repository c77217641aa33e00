#include "adapters/sqlite/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/schema.h"
#include "core/rollout/event_json.h"

namespace sluice::sqlite {
namespace {

/// By name: the columns of an older database stand in another order.
constexpr std::string_view kSummaryColumns =
    "deployment, project, environment, service, revision, label, image, previous_revision, requested_by, outcome, "
    "cause_kind, cause, started_at_milliseconds, full_at_milliseconds, restored_at_milliseconds, ended_at_milliseconds";
constexpr std::string_view kOfService = " project=? AND environment=? AND service=? ";

Error unknown(const std::string& deployment) {
  return Error{ErrorKind::NotFound, fmt::format("there is no deployment {} in the journal", deployment)};
}

}  // namespace

struct Journal::Standing {
  rollout::ServiceKey service;
  int epoch = 0;
  int next_sequence = 0;
  bool finished = false;
  std::string lease_deployment;  ///< Empty: the lease is free.
  int lease_epoch = 0;

  bool has_lease(const std::string& deployment) const { return lease_deployment == deployment && lease_epoch == epoch; }
};

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path) {
  TRY_ASSIGN(Database database, Database::open(path));
  TRY(migrate(database));
  return std::unique_ptr<Journal>(new Journal(std::move(database)));
}

Result<Journal::Standing> Journal::standing(const std::string& deployment) {
  TRY_ASSIGN(Statement query,
             database_.prepare("SELECT project, environment, service, d.epoch, next_sequence, finished, "
                               "l.deployment, l.epoch FROM deployments AS d "
                               "LEFT JOIN leases AS l USING (project, environment, service) WHERE d.deployment=?"));
  TRY_ASSIGN(const bool found, query.bind(deployment).step());
  if (!found) return unknown(deployment);
  return Standing{.service = service_at(query, 0),
                  .epoch = static_cast<int>(query.integer(3)),
                  .next_sequence = static_cast<int>(query.integer(4)),
                  .finished = query.integer(5) != 0,
                  .lease_deployment = query.text(6),
                  .lease_epoch = static_cast<int>(query.integer(7))};
}

Status Journal::enqueue_together(const std::vector<ports::QueuedDeployment>& queued) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    for (const ports::QueuedDeployment& each : queued) TRY(insert_queued(each));
    return {};
  });
}

Status Journal::insert_queued(const ports::QueuedDeployment& queued) {
  const rollout::Plan& plan = queued.plan;
  TRY_ASSIGN(Statement waits, database_.prepare(fmt::format("SELECT deployment FROM queued WHERE{}", kOfService)));
  TRY_ASSIGN(const bool known, bind(waits, plan.service).step());
  if (known) {
    return Error{ErrorKind::Conflict,
                 fmt::format("deployment {} waits for {} already", waits.text(0), plan.service.to_string())};
  }
  TRY_ASSIGN(Statement insert, database_.prepare("INSERT INTO queued VALUES (?, ?, ?, ?, ?, ?)"));
  return bind(insert, plan.service)
      .bind(plan.deployment)
      .bind(to_column(queued.at))
      .bind(rollout::to_text(rollout::Started{plan}))
      .run();
}

Result<std::vector<ports::QueuedDeployment>> Journal::queued() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query, database_.prepare("SELECT deployment, at_milliseconds, started FROM queued "
                                                "ORDER BY project, environment, service"));
  std::vector<ports::QueuedDeployment> all;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return all;
    Result<rollout::Event> event = rollout::read_event(query.text(2));
    if (!event) return with_context(std::move(event), fmt::format("the queued deployment {}", query.text(0)));
    all.push_back({std::get<rollout::Started>(*std::move(event)).plan, to_time(query.integer(1))});
  }
}

Status Journal::leave_queue(const std::string& deployment) {
  TRY_ASSIGN(Statement leave, database_.prepare("DELETE FROM queued WHERE deployment=?"));
  return leave.bind(deployment).run();
}

Status Journal::give_up(const ports::DeploymentSummary& summary) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY_ASSIGN(Statement waiting, database_.prepare("SELECT started FROM queued WHERE deployment=?"));
    TRY_ASSIGN(const bool waits, waiting.bind(summary.deployment).step());
    if (!waits) return {};
    const std::string started = waiting.text(0);
    TRY_ASSIGN(Statement insert,
               database_.prepare("INSERT INTO deployments (deployment, project, environment, service, epoch, "
                                 "next_sequence, finished, archived) VALUES (?, ?, ?, ?, 0, 1, 1, 1)"));
    insert.bind(summary.deployment);
    TRY(bind(insert, summary.service).run());
    TRY_ASSIGN(Statement record, database_.prepare("INSERT INTO records VALUES (?, 0, ?, ?)"));
    TRY(record.bind(summary.deployment).bind(to_column(summary.started_at)).bind(started).run());
    TRY(insert_summary(summary));
    return leave_queue(summary.deployment);
  });
}

Result<std::vector<ports::Lease>> Journal::begin_together(const std::vector<rollout::Started>& started, TimePoint at,
                                                          const std::string& owner) {
  const std::scoped_lock lock(mutex_);
  std::vector<ports::Lease> leases;
  const Status done = database_.transact([&]() -> Status {
    leases.clear();
    for (const rollout::Started& each : started) {
      TRY_ASSIGN(ports::Lease lease, take_lease(each.plan, at, owner));
      TRY(leave_queue(each.plan.deployment));
      TRY(insert_record(each.plan.deployment, {0, at, each}));
      leases.push_back(std::move(lease));
    }
    return {};
  });
  if (!done) return done.error();
  return leases;
}

Result<ports::Lease> Journal::take_lease(const rollout::Plan& plan, TimePoint at, const std::string& owner) {
  ports::Lease lease{plan.service, plan.deployment, owner, 1, at};
  TRY_ASSIGN(Statement held,
             database_.prepare(fmt::format("SELECT deployment, owner, epoch FROM leases WHERE{}", kOfService)));
  TRY_ASSIGN(const bool known, bind(held, plan.service).step());
  if (known && !held.is_null(0)) {
    return Error{ErrorKind::Conflict,
                 fmt::format("deployment {} by {} has {}", held.text(0), held.text(1), plan.service.to_string())};
  }
  if (known) lease.epoch = static_cast<int>(held.integer(2)) + 1;
  TRY_ASSIGN(Statement take, database_.prepare("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?, ?)"));
  TRY(bind(take, plan.service).bind(plan.deployment).bind(owner).bind(lease.epoch).bind(to_column(at)).run());
  TRY_ASSIGN(Statement insert,
             database_.prepare("INSERT INTO deployments (deployment, project, environment, service, epoch, "
                               "next_sequence) VALUES (?, ?, ?, ?, ?, 0)"));
  insert.bind(plan.deployment);
  TRY(bind(insert, plan.service).bind(lease.epoch).run());
  return lease;
}

Status Journal::insert_record(const std::string& deployment, const ports::JournalRecord& record) {
  TRY_ASSIGN(Statement insert, database_.prepare("INSERT INTO records VALUES (?, ?, ?, ?)"));
  TRY(insert.bind(deployment)
          .bind(record.sequence)
          .bind(to_column(record.at))
          .bind(rollout::to_text(record.event))
          .run());
  TRY_ASSIGN(Statement count, database_.prepare("UPDATE deployments SET next_sequence=? WHERE deployment=?"));
  return count.bind(record.sequence + 1).bind(deployment).run();
}

Status Journal::append(const std::string& deployment, const ports::JournalRecord& record) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY_ASSIGN(const Standing now, standing(deployment));
    // An ended deployment still tells what became of its messages, without a lease.
    if (!now.finished && !now.has_lease(deployment)) {
      return Error{ErrorKind::Conflict, fmt::format("deployment {} has lost the lease of {} to {}", deployment,
                                                    now.service.to_string(), now.lease_deployment)};
    }
    if (record.sequence != now.next_sequence) {
      return Error{ErrorKind::Conflict, fmt::format("record {} of deployment {} does not follow: the next is {}",
                                                    record.sequence, deployment, now.next_sequence)};
    }
    return insert_record(deployment, record);
  });
}

Result<std::vector<ports::JournalRecord>> Journal::load(const std::string& deployment) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query,
             database_.prepare("SELECT sequence, at_milliseconds, event FROM records WHERE deployment=? "
                               "ORDER BY sequence"));
  query.bind(deployment);
  std::vector<ports::JournalRecord> records;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) break;
    Result<rollout::Event> event = rollout::read_event(query.text(2));
    if (!event) {
      return with_context(std::move(event), fmt::format("record {} of deployment {}", query.integer(0), deployment));
    }
    records.push_back({static_cast<int>(query.integer(0)), to_time(query.integer(1)), std::move(*event)});
  }
  if (records.empty()) return unknown(deployment);
  return records;
}

Result<std::vector<std::string>> Journal::unarchived() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query,
             database_.prepare("SELECT deployment FROM deployments WHERE archived=0 ORDER BY deployment"));
  std::vector<std::string> ids;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return ids;
    ids.push_back(query.text(0));
  }
}

Status Journal::keep_progress(const std::string& deployment, const std::string& bytes) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY(standing(deployment));
    TRY_ASSIGN(Statement keep, database_.prepare("INSERT OR REPLACE INTO progress VALUES (?, ?)"));
    return keep.bind(deployment).bind_bytes(bytes).run();
  });
}

Result<std::optional<std::string>> Journal::progress(const std::string& deployment) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query, database_.prepare("SELECT bytes FROM progress WHERE deployment=?"));
  TRY_ASSIGN(const bool found, query.bind(deployment).step());
  if (!found) return std::optional<std::string>();
  return std::optional(query.bytes(0));
}

Status Journal::finish(const ports::DeploymentSummary& summary, const ports::LiveService* live) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY_ASSIGN(const Standing now, standing(summary.deployment));
    if (now.finished) return {};
    if (!now.has_lease(summary.deployment)) {
      return Error{ErrorKind::Conflict, fmt::format("deployment {} has lost the lease of {} to {}", summary.deployment,
                                                    now.service.to_string(), now.lease_deployment)};
    }
    TRY_ASSIGN(Statement free, database_.prepare(fmt::format("UPDATE leases SET deployment=NULL WHERE{}", kOfService)));
    TRY(bind(free, now.service).run());
    TRY_ASSIGN(Statement mark, database_.prepare("UPDATE deployments SET finished=1 WHERE deployment=?"));
    TRY(mark.bind(summary.deployment).run());
    TRY_ASSIGN(Statement forget, database_.prepare("DELETE FROM progress WHERE deployment=?"));
    TRY(forget.bind(summary.deployment).run());
    TRY(insert_summary(summary));
    return live == nullptr ? Status() : put_live(*live);
  });
}

Status Journal::insert_summary(const ports::DeploymentSummary& summary) {
  TRY_ASSIGN(Statement insert,
             database_.prepare(fmt::format("INSERT INTO summaries ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                                           "?, ?, ?)",
                                           kSummaryColumns)));
  insert.bind(summary.deployment);
  bind(insert, summary.service)
      .bind(summary.revision)
      .bind(summary.label)
      .bind(summary.image)
      .bind(summary.previous_revision)
      .bind(summary.requested_by)
      .bind(to_string(summary.outcome))
      .bind(summary.cause_kind)
      .bind(summary.cause)
      .bind(to_column(summary.started_at));
  for (const std::optional<TimePoint>& time : {summary.full_at, summary.restored_at}) {
    if (time) {
      insert.bind(to_column(*time));
    } else {
      insert.bind_null();
    }
  }
  return insert.bind(to_column(summary.ended_at)).run();
}

Status Journal::put_live(const ports::LiveService& live) {
  const std::string revision = to_text(live.revision);
  TRY_ASSIGN(Statement put, database_.prepare("INSERT OR REPLACE INTO live VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  TRY(bind(put, live.service)
          .bind(revision)
          .bind(rollout::to_string(live.slot))
          .bind(live.front_door.listen)
          .bind(live.front_door.host)
          .bind(live.front_door.path)
          .run());
  TRY_ASSIGN(Statement served, database_.prepare("INSERT OR REPLACE INTO served "
                                                 "SELECT ?, ?, ?, ?, ?, 1 + COALESCE(MAX(last_turn), 0) FROM served"));
  return bind(served, live.service).bind(live.revision.id).bind(revision).run();
}

Status Journal::archive(const std::string& deployment) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY(standing(deployment));
    TRY_ASSIGN(Statement mark, database_.prepare("UPDATE deployments SET archived=1 WHERE deployment=?"));
    return mark.bind(deployment).run();
  });
}

Result<std::vector<ports::Lease>> Journal::leases() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query,
             database_.prepare("SELECT project, environment, service, deployment, owner, epoch, taken_at_milliseconds "
                               "FROM leases WHERE deployment IS NOT NULL ORDER BY deployment"));
  std::vector<ports::Lease> leases;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return leases;
    leases.push_back({service_at(query, 0), query.text(3), query.text(4), static_cast<int>(query.integer(5)),
                      to_time(query.integer(6))});
  }
}

Result<std::optional<ports::LiveService>> Journal::live(const rollout::ServiceKey& service) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query, database_.prepare(fmt::format("SELECT * FROM live WHERE{}", kOfService)));
  TRY_ASSIGN(const bool found, bind(query, service).step());
  if (!found) return std::optional<ports::LiveService>();
  TRY_ASSIGN(ports::LiveService live, live_of(query));
  return std::optional(std::move(live));
}

Result<std::vector<ports::LiveService>> Journal::all_live() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query, database_.prepare("SELECT * FROM live ORDER BY project, environment, service"));
  std::vector<ports::LiveService> all;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return all;
    TRY_ASSIGN(ports::LiveService live, live_of(query));
    all.push_back(std::move(live));
  }
}

Result<std::vector<ports::DeploymentSummary>> Journal::history(const std::optional<rollout::ServiceKey>& service,
                                                               int most) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query,
             database_.prepare(fmt::format("SELECT {} FROM summaries {}{} ORDER BY ended_at_milliseconds DESC, "
                                           "deployment DESC LIMIT ?",
                                           kSummaryColumns, service ? "WHERE" : "", service ? kOfService : "")));
  if (service) bind(query, *service);
  query.bind(std::max(0, most));  // a negative LIMIT would be none
  std::vector<ports::DeploymentSummary> summaries;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return summaries;
    TRY_ASSIGN(ports::DeploymentSummary summary, summary_of(query));
    summaries.push_back(std::move(summary));
  }
}

Result<std::vector<rollout::Revision>> Journal::revisions(const rollout::ServiceKey& service, int most) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query, database_.prepare(fmt::format(
                                  "SELECT revision FROM served WHERE{}ORDER BY last_turn DESC LIMIT ?", kOfService)));
  bind(query, service).bind(std::max(0, most));
  std::vector<rollout::Revision> revisions;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return revisions;
    TRY_ASSIGN(rollout::Revision revision, revision_of(query.text(0)));
    revisions.push_back(std::move(revision));
  }
}

}  // namespace sluice::sqlite
