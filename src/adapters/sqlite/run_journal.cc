#include "adapters/sqlite/run_journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/schema.h"

namespace sluice::sqlite {
namespace {

using ports::PipelineMessage;
using ports::RunJobRecord;
using ports::RunRecord;
using ports::RunStepRecord;

constexpr const char* kRunColumns =
    "run, repository, workflow, file, title, event, ref, sha, actor, began_at_milliseconds, outcome, cause, "
    "ended_at_milliseconds";

void bind_time(Statement& statement, const std::optional<TimePoint>& time) {
  if (time) {
    statement.bind(to_column(*time));
  } else {
    statement.bind_null();
  }
}

void bind_outcome(Statement& statement, const std::optional<workflow::Outcome>& outcome) {
  if (outcome) {
    statement.bind(to_string(*outcome));
  } else {
    statement.bind_null();
  }
}

std::optional<TimePoint> time_at(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(to_time(row.integer(column)));
}

Error unknown_outcome(const std::string& what, const std::string& outcome) {
  return Error{ErrorKind::InvalidInput, fmt::format("{} has the unknown outcome '{}' in the journal", what, outcome)};
}

Result<std::optional<workflow::Outcome>> outcome_at(const Statement& row, int column, const std::string& what) {
  if (row.is_null(column)) return std::optional<workflow::Outcome>();
  const auto outcome = workflow::parse_outcome(row.text(column));
  if (!outcome) return unknown_outcome(what, row.text(column));
  return outcome;
}

Result<RunRecord> run_of(const Statement& row) {
  RunRecord run;
  run.run = row.text(0);
  run.repository = row.text(1);
  run.workflow = row.text(2);
  run.file = row.text(3);
  run.title = row.text(4);
  run.event = row.text(5);
  run.ref = row.text(6);
  run.sha = row.text(7);
  run.actor = row.text(8);
  run.began_at = to_time(row.integer(9));
  if (!row.is_null(10)) {
    run.outcome = workflow::parse_run_outcome(row.text(10));
    if (!run.outcome) return unknown_outcome("the run " + run.run, row.text(10));
  }
  run.cause = row.text(11);
  run.ended_at = time_at(row, 12);
  return run;
}

}  // namespace

Result<std::unique_ptr<RunJournal>> RunJournal::open(const std::string& path) {
  TRY_ASSIGN(Database database, Database::open(path));
  TRY(migrate(database));
  return std::unique_ptr<RunJournal>(new RunJournal(std::move(database)));
}

Status RunJournal::begin(const RunRecord& run) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY_ASSIGN(Statement insert,
               database_.prepare("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '', NULL)"));
    return insert.bind(run.run)
        .bind(run.repository)
        .bind(run.workflow)
        .bind(run.file)
        .bind(run.title)
        .bind(run.event)
        .bind(run.ref)
        .bind(run.sha)
        .bind(run.actor)
        .bind(to_column(run.began_at))
        .run();
  });
}

Status RunJournal::must_know(const std::string& run) {
  TRY_ASSIGN(Statement query, database_.prepare("SELECT 1 FROM runs WHERE run=?"));
  TRY_ASSIGN(const bool known, query.bind(run).step());
  if (known) return {};
  return Error{ErrorKind::NotFound, fmt::format("there is no workflow run {} in the journal", run)};
}

Status RunJournal::put(const std::string& run, const RunJobRecord& job) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY(must_know(run));
    TRY_ASSIGN(Statement put, database_.prepare("INSERT OR REPLACE INTO run_jobs VALUES (?, ?, ?, ?, ?, ?)"));
    put.bind(run).bind(job.job).bind(job.name).bind(to_column(job.began_at));
    bind_outcome(put, job.outcome);
    bind_time(put, job.ended_at);
    return put.run();
  });
}

Status RunJournal::put(const std::string& run, const RunStepRecord& step) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY(must_know(run));
    TRY_ASSIGN(Statement put, database_.prepare("INSERT INTO run_steps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                                                "ON CONFLICT DO UPDATE SET outcome=excluded.outcome, "
                                                "message=excluded.message, "
                                                "ended_at_milliseconds=excluded.ended_at_milliseconds"));
    put.bind(run).bind(step.job).bind(step.step).bind(step.name).bind(to_column(step.began_at));
    put.bind(step.decides ? 1 : 0);
    bind_outcome(put, step.outcome);
    put.bind(step.message);
    bind_time(put, step.ended_at);
    return put.run();
  });
}

Status RunJournal::step_deploys(const std::string& run, const std::string& job, int step,
                                const std::vector<std::string>& deployments) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY_ASSIGN(Statement query, database_.prepare("SELECT 1 FROM run_steps WHERE run=? AND job=? AND step=?"));
    TRY_ASSIGN(const bool known, query.bind(run).bind(job).bind(step).step());
    if (!known) {
      return Error{ErrorKind::NotFound,
                   fmt::format("the workflow run {} has no step {} in its job {}", run, step, job)};
    }
    int position = 0;
    for (const std::string& deployment : deployments) {
      TRY_ASSIGN(Statement insert, database_.prepare("INSERT OR IGNORE INTO run_deployments VALUES (?, ?, ?, ?, ?)"));
      TRY(insert.bind(run).bind(job).bind(step).bind(deployment).bind(position++).run());
    }
    return {};
  });
}

Status RunJournal::end(const ports::RunEnd& end, const PipelineMessage* message) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY(must_know(end.run));
    TRY_ASSIGN(Statement update, database_.prepare("UPDATE runs SET outcome=?, cause=?, ended_at_milliseconds=? "
                                                   "WHERE run=? AND outcome IS NULL"));
    TRY(update.bind(to_string(end.outcome)).bind(end.cause).bind(to_column(end.at)).bind(end.run).run());
    if (message == nullptr) return {};
    TRY_ASSIGN(Statement insert, database_.prepare("INSERT OR IGNORE INTO pipeline_messages VALUES (?, ?, ?, ?, ?)"));
    return insert.bind(message->id)
        .bind(message->repository)
        .bind(message->sha)
        .bind(message->subject)
        .bind(message->cause)
        .run();
  });
}

Status RunJournal::read_jobs(RunRecord& run) {
  TRY_ASSIGN(Statement query,
             database_.prepare("SELECT job, name, began_at_milliseconds, outcome, ended_at_milliseconds FROM run_jobs "
                               "WHERE run=? ORDER BY began_at_milliseconds, job"));
  query.bind(run.run);
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return {};
    RunJobRecord& job = run.jobs.emplace_back();
    job.job = query.text(0);
    job.name = query.text(1);
    job.began_at = to_time(query.integer(2));
    TRY_ASSIGN(job.outcome, outcome_at(query, 3, "the job " + job.job));
    job.ended_at = time_at(query, 4);
  }
}

Status RunJournal::read_steps(RunRecord& run) {
  TRY_ASSIGN(Statement query, database_.prepare("SELECT job, step, name, began_at_milliseconds, decides, outcome, "
                                                "message, ended_at_milliseconds FROM run_steps WHERE run=? "
                                                "ORDER BY began_at_milliseconds, job, step"));
  query.bind(run.run);
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return read_deployments(run);
    RunStepRecord& step = run.steps.emplace_back();
    step.job = query.text(0);
    step.step = static_cast<int>(query.integer(1));
    step.name = query.text(2);
    step.began_at = to_time(query.integer(3));
    step.decides = query.integer(4) != 0;
    TRY_ASSIGN(step.outcome, outcome_at(query, 5, fmt::format("step {} of the job {}", step.step, step.job)));
    step.message = query.text(6);
    step.ended_at = time_at(query, 7);
  }
}

Status RunJournal::read_deployments(RunRecord& run) {
  TRY_ASSIGN(Statement query, database_.prepare("SELECT job, step, deployment FROM run_deployments WHERE run=? "
                                                "ORDER BY job, step, position"));
  query.bind(run.run);
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return {};
    const auto step = std::ranges::find_if(run.steps, [&](const RunStepRecord& each) {
      return each.job == query.text(0) && each.step == query.integer(1);
    });
    if (step != run.steps.end()) step->deployments.push_back(query.text(2));
  }
}

Result<RunRecord> RunJournal::load(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  TRY(must_know(id));
  TRY_ASSIGN(Statement query, database_.prepare(fmt::format("SELECT {} FROM runs WHERE run=?", kRunColumns)));
  TRY(query.bind(id).step());
  TRY_ASSIGN(RunRecord run, run_of(query));
  TRY(read_jobs(run));
  TRY(read_steps(run));
  return run;
}

Result<std::vector<std::string>> RunJournal::unended() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query, database_.prepare("SELECT run FROM runs WHERE outcome IS NULL ORDER BY run"));
  std::vector<std::string> ids;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return ids;
    ids.push_back(query.text(0));
  }
}

Result<std::vector<RunRecord>> RunJournal::history(int most) {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(Statement query, database_.prepare(fmt::format("SELECT {} FROM runs WHERE outcome IS NOT NULL "
                                                            "ORDER BY ended_at_milliseconds DESC, run DESC LIMIT ?",
                                                            kRunColumns)));
  query.bind(std::max(0, most));
  std::vector<RunRecord> runs;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return runs;
    TRY_ASSIGN(RunRecord run, run_of(query));
    runs.push_back(std::move(run));
  }
}

Result<std::vector<PipelineMessage>> RunJournal::messages() {
  const std::scoped_lock lock(mutex_);
  TRY_ASSIGN(
      Statement query,
      database_.prepare("SELECT message, repository, sha, subject, cause FROM pipeline_messages ORDER BY message"));
  std::vector<PipelineMessage> messages;
  for (;;) {
    TRY_ASSIGN(const bool row, query.step());
    if (!row) return messages;
    messages.push_back({query.text(0), query.text(1), query.text(2), query.text(3), query.text(4)});
  }
}

Status RunJournal::message_done(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  return database_.transact([&]() -> Status {
    TRY_ASSIGN(Statement remove, database_.prepare("DELETE FROM pipeline_messages WHERE message=?"));
    return remove.bind(id).run();
  });
}

}  // namespace sluice::sqlite
