#include "adapters/sqlite/schema.h"

#include <fmt/format.h>

#include <array>

namespace sluice::sqlite {
namespace {

// Each brings the version before it to its own. Never changed once released: a new version is a new one. Moments are
// milliseconds since 1970-01-01 UTC.

constexpr const char* kVersion1 = R"sql(
CREATE TABLE deployments (
  deployment TEXT PRIMARY KEY,
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  next_sequence INTEGER NOT NULL,
  finished INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE records (
  deployment TEXT NOT NULL REFERENCES deployments,
  sequence INTEGER NOT NULL,
  at_milliseconds INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (deployment, sequence)
) WITHOUT ROWID;

-- A free lease keeps its row with no deployment, so that the epoch goes on rising.
CREATE TABLE leases (
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  deployment TEXT,
  owner TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  heartbeat_milliseconds INTEGER NOT NULL,
  PRIMARY KEY (project, environment, service)
) WITHOUT ROWID;

CREATE TABLE summaries (
  deployment TEXT PRIMARY KEY REFERENCES deployments,
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  revision TEXT NOT NULL,
  label TEXT NOT NULL,
  image TEXT NOT NULL,
  previous_revision TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  outcome TEXT NOT NULL,
  cause_kind TEXT NOT NULL,
  cause TEXT NOT NULL,
  started_at_milliseconds INTEGER NOT NULL,
  full_at_milliseconds INTEGER,
  restored_at_milliseconds INTEGER,
  ended_at_milliseconds INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX summaries_by_service ON summaries (project, environment, service, ended_at_milliseconds);
CREATE INDEX summaries_by_end ON summaries (ended_at_milliseconds);

CREATE TABLE live (
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  revision TEXT NOT NULL,
  slot TEXT NOT NULL,
  listen TEXT NOT NULL,
  host TEXT NOT NULL,
  path TEXT NOT NULL,
  PRIMARY KEY (project, environment, service)
) WITHOUT ROWID;

-- Revisions that served all of the traffic, the order of their last time in `last_turn`.
CREATE TABLE served (
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  revision_id TEXT NOT NULL,
  revision TEXT NOT NULL,
  last_turn INTEGER NOT NULL,
  PRIMARY KEY (project, environment, service, revision_id)
) WITHOUT ROWID;
)sql";

constexpr const char* kVersion2 = R"sql(
-- Nobody ever beat: the column has always held when the lease was taken.
ALTER TABLE leases RENAME COLUMN heartbeat_milliseconds TO taken_at_milliseconds;

-- Deployments that wait for the one that they supersede; `started` is their record 0 to be.
CREATE TABLE queued (
  project TEXT NOT NULL,
  environment TEXT NOT NULL,
  service TEXT NOT NULL,
  deployment TEXT NOT NULL UNIQUE,
  at_milliseconds INTEGER NOT NULL,
  started TEXT NOT NULL,
  PRIMARY KEY (project, environment, service)
) WITHOUT ROWID;

-- What has been seen of the traffic of deployments that are under way.
CREATE TABLE progress (
  deployment TEXT PRIMARY KEY REFERENCES deployments,
  bytes BLOB NOT NULL
) WITHOUT ROWID;
)sql";

constexpr const char* kVersion3 = R"sql(
-- `outcome` is null until the run has ended.
CREATE TABLE runs (
  run TEXT PRIMARY KEY,
  repository TEXT NOT NULL,
  workflow TEXT NOT NULL,
  file TEXT NOT NULL,
  title TEXT NOT NULL,
  event TEXT NOT NULL,
  ref TEXT NOT NULL,
  sha TEXT NOT NULL,
  actor TEXT NOT NULL,
  began_at_milliseconds INTEGER NOT NULL,
  outcome TEXT,
  cause TEXT NOT NULL,
  ended_at_milliseconds INTEGER
) WITHOUT ROWID;
CREATE INDEX runs_by_end ON runs (ended_at_milliseconds);

CREATE TABLE run_jobs (
  run TEXT NOT NULL REFERENCES runs,
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  began_at_milliseconds INTEGER NOT NULL,
  outcome TEXT,
  ended_at_milliseconds INTEGER,
  PRIMARY KEY (run, job)
) WITHOUT ROWID;

CREATE TABLE run_steps (
  run TEXT NOT NULL REFERENCES runs,
  job TEXT NOT NULL,
  step INTEGER NOT NULL,
  name TEXT NOT NULL,
  began_at_milliseconds INTEGER NOT NULL,
  decides INTEGER NOT NULL,
  outcome TEXT,
  message TEXT NOT NULL,
  ended_at_milliseconds INTEGER,
  PRIMARY KEY (run, job, step)
) WITHOUT ROWID;

CREATE TABLE run_deployments (
  run TEXT NOT NULL,
  job TEXT NOT NULL,
  step INTEGER NOT NULL,
  deployment TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (run, job, step, deployment),
  FOREIGN KEY (run, job, step) REFERENCES run_steps
) WITHOUT ROWID;

-- Neither delivered nor given up.
CREATE TABLE pipeline_messages (
  message TEXT PRIMARY KEY,
  repository TEXT NOT NULL,
  sha TEXT NOT NULL,
  subject TEXT NOT NULL,
  cause TEXT NOT NULL
) WITHOUT ROWID;
)sql";

/// What it does depends on the database: `add_restored_at`.
constexpr int kAddsRestoredAt = 4;
constexpr const char* kVersion4 = "";

constexpr std::array<const char*, kSchemaVersion> kSteps{kVersion1, kVersion2, kVersion3, kVersion4};

Result<int> version_of(Database& database) {
  TRY_ASSIGN(Statement statement, database.prepare("PRAGMA user_version"));
  TRY(statement.step());
  return static_cast<int>(statement.integer(0));
}

/// Version 1 got a column while it was in use already: its databases have it or not, and not in the same place.
Status add_restored_at(Database& database) {
  TRY_ASSIGN(Statement query, database.prepare("SELECT 1 FROM pragma_table_info('summaries') "
                                               "WHERE name='restored_at_milliseconds'"));
  TRY_ASSIGN(const bool has_it, query.step());
  if (has_it) return {};
  return database.execute("ALTER TABLE summaries ADD COLUMN restored_at_milliseconds INTEGER");
}

}  // namespace

Status migrate(Database& database) {
  TRY_ASSIGN(int version, version_of(database));
  if (version > kSchemaVersion) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("the database {} was written by a newer sluice (schema {}, this one reads up to {})",
                             database.path(), version, kSchemaVersion)};
  }
  for (; version < kSchemaVersion; ++version) {
    const Status done = database.transact([&]() -> Status {
      TRY(database.execute(kSteps.at(static_cast<std::size_t>(version))));
      if (version + 1 == kAddsRestoredAt) TRY(add_restored_at(database));
      return database.execute(fmt::format("PRAGMA user_version={}", version + 1));
    });
    TRY(done);
  }
  return {};
}

}  // namespace sluice::sqlite
