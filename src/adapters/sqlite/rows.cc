#include "adapters/sqlite/rows.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/rollout/revision_json.h"

namespace sluice::sqlite {

Statement& bind(Statement& statement, const rollout::ServiceKey& service) {
  return statement.bind(service.project).bind(service.environment).bind(service.service);
}

rollout::ServiceKey service_at(const Statement& statement, int column) {
  return {statement.text(column), statement.text(column + 1), statement.text(column + 2)};
}

std::string to_text(const rollout::Revision& revision) { return boost::json::serialize(rollout::to_json(revision)); }

Result<rollout::Revision> revision_of(const std::string& text) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error) return Error{ErrorKind::InvalidInput, fmt::format("a revision in the journal is no JSON: {}", text)};
  return rollout::read_revision(value);
}

Result<ports::LiveService> live_of(const Statement& row) {
  ports::LiveService live;
  live.service = service_at(row, 0);
  TRY_ASSIGN(live.revision, revision_of(row.text(3)));
  live.slot = row.text(4) == "b" ? rollout::Slot::B : rollout::Slot::A;
  live.front_door = {.listen = row.text(5), .host = row.text(6), .path = row.text(7)};
  return live;
}

Result<ports::DeploymentSummary> summary_of(const Statement& row) {
  ports::DeploymentSummary summary;
  summary.deployment = row.text(0);
  summary.service = service_at(row, 1);
  summary.revision = row.text(4);
  summary.label = row.text(5);
  summary.image = row.text(6);
  summary.previous_revision = row.text(7);
  summary.requested_by = row.text(8);
  const auto outcome = rollout::parse_outcome(row.text(9));
  if (!outcome) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("the deployment {} has the unknown outcome '{}'", summary.deployment, row.text(9))};
  }
  summary.outcome = *outcome;
  summary.cause_kind = row.text(10);
  summary.cause = row.text(11);
  summary.started_at = to_time(row.integer(12));
  if (!row.is_null(13)) summary.full_at = to_time(row.integer(13));
  if (!row.is_null(14)) summary.restored_at = to_time(row.integer(14));
  summary.ended_at = to_time(row.integer(15));
  return summary;
}

}  // namespace sluice::sqlite
