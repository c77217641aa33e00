// The journal's types from and to columns.
#pragma once

#include "adapters/sqlite/database.h"
#include "ports/journal.h"

namespace sluice::sqlite {

inline std::int64_t to_column(TimePoint time) { return time.time_since_epoch().count(); }
inline TimePoint to_time(std::int64_t milliseconds) { return TimePoint{Milliseconds{milliseconds}}; }

/// Binds project, environment and service, in this order.
Statement& bind(Statement& statement, const rollout::ServiceKey& service);
/// Reads them from three columns that follow each other.
rollout::ServiceKey service_at(const Statement& statement, int column);

std::string to_text(const rollout::Revision& revision);
/// Error: InvalidInput for text that is no revision.
Result<rollout::Revision> revision_of(const std::string& text);

/// project, environment, service, revision, slot, listen, host, path
Result<ports::LiveService> live_of(const Statement& row);
/// deployment, project, environment, service, revision, label, image, previous_revision, requested_by, outcome,
/// cause_kind, cause, started, full, ended
Result<ports::DeploymentSummary> summary_of(const Statement& row);

}  // namespace sluice::sqlite
