// ports::RunJournal in the journal's SQLite file, by a connection of its own: a run's records wait for a deployment's
// at most as long as one takes.
#pragma once

#include <memory>
#include <mutex>

#include "adapters/sqlite/database.h"
#include "ports/run_journal.h"

namespace sluice::sqlite {

/// May be called from several threads; calls wait for each other.
class RunJournal final : public ports::RunJournal {
 public:
  /// Opens or makes the database and brings it up to date. Errors: as Database; InvalidInput for one of a newer sluice.
  static Result<std::unique_ptr<RunJournal>> open(const std::string& path);

  Status begin(const ports::RunRecord& run) override;
  Status put(const std::string& run, const ports::RunJobRecord& job) override;
  Status put(const std::string& run, const ports::RunStepRecord& step) override;
  Status step_deploys(const std::string& run, const std::string& job, int step,
                      const std::vector<std::string>& deployments) override;
  Status end(const ports::RunEnd& end, const ports::PipelineMessage* message) override;
  Result<ports::RunRecord> load(const std::string& run) override;
  Result<std::vector<std::string>> unended() override;
  Result<std::vector<ports::RunRecord>> history(int most) override;
  Result<std::vector<ports::PipelineMessage>> messages() override;
  Status message_done(const std::string& id) override;

 private:
  explicit RunJournal(Database database) : database_(std::move(database)) {}

  Status must_know(const std::string& run);
  Status read_jobs(ports::RunRecord& run);
  Status read_steps(ports::RunRecord& run);
  Status read_deployments(ports::RunRecord& run);

  std::mutex mutex_;
  Database database_;
};

}  // namespace sluice::sqlite
