// All records of one deployment, in one object that is replaced as a whole with each record: whoever has taken the
// deployment over has replaced it too, so that a record of the owner before is refused by S3.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/journal.h"

namespace sluice::aws::s3 {

/// Lines: a JSON object with all but the records, then for each record its moment in milliseconds, a blank and the
/// event, as the journal's schema has it.
struct DeploymentFile {
  std::string stamp;  ///< Unlike that of any other writing.
  std::string holder;
  int epoch = 0;
  std::optional<std::string> progress;  ///< Bytes that mean nothing here.
  std::vector<std::string> records;     ///< Their lines.

  void add(TimePoint at, const rollout::Event& event);
};

/// A record's line. `event`: as rollout::to_text writes it.
std::string record_line(TimePoint at, const std::string& event);

std::string to_text(const DeploymentFile& file);
/// The lines of records are looked at by `records_of` alone. Error: InvalidInput naming the field, or the newer
/// version.
Result<DeploymentFile> read_deployment_file(std::string_view text);

/// Errors: InvalidInput naming the record; for an event of a newer schema, too.
Result<std::vector<ports::JournalRecord>> records_of(const DeploymentFile& file);

}  // namespace sluice::aws::s3
