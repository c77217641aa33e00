// ports::Journal in one SQLite file. Every call that writes is one transaction, on disk when it returns.
#pragma once

#include <mutex>

#include "adapters/sqlite/database.h"
#include "ports/journal.h"

namespace sluice::sqlite {

/// May be called from several threads; calls wait for each other.
class Journal final : public ports::Journal {
 public:
  /// Opens or makes the database and brings it up to date. Errors: as Database; InvalidInput for one of a newer sluice.
  static Result<std::unique_ptr<Journal>> open(const std::string& path);

  Status enqueue_together(const std::vector<ports::QueuedDeployment>& queued) override;
  Result<std::vector<ports::QueuedDeployment>> queued() override;
  Status give_up(const ports::DeploymentSummary& summary) override;
  Result<std::vector<ports::Lease>> begin_together(const std::vector<rollout::Started>& started, TimePoint at,
                                                   const std::string& owner) override;
  Status append(const std::string& deployment, const ports::JournalRecord& record) override;
  Result<std::vector<ports::JournalRecord>> load(const std::string& deployment) override;
  Result<std::vector<std::string>> unarchived() override;
  Status keep_progress(const std::string& deployment, const std::string& bytes) override;
  Result<std::optional<std::string>> progress(const std::string& deployment) override;
  Status finish(const ports::DeploymentSummary& summary, const ports::LiveService* live) override;
  Status archive(const std::string& deployment) override;
  Result<std::vector<ports::Lease>> leases() override;
  Result<std::optional<ports::LiveService>> live(const rollout::ServiceKey& service) override;
  Result<std::vector<ports::LiveService>> all_live() override;
  Result<std::vector<ports::DeploymentSummary>> history(const std::optional<rollout::ServiceKey>& service,
                                                        int most) override;
  Result<std::vector<rollout::Revision>> revisions(const rollout::ServiceKey& service, int most) override;

 private:
  explicit Journal(Database database) : database_(std::move(database)) {}

  struct Standing;  // what a deployment's row and its service's lease say
  Result<Standing> standing(const std::string& deployment);
  Status leave_queue(const std::string& deployment);
  Status insert_queued(const ports::QueuedDeployment& queued);
  Result<ports::Lease> take_lease(const rollout::Plan& plan, TimePoint at, const std::string& owner);
  Status insert_record(const std::string& deployment, const ports::JournalRecord& record);
  Status insert_summary(const ports::DeploymentSummary& summary);
  Status put_live(const ports::LiveService& live);

  std::mutex mutex_;
  Database database_;
};

}  // namespace sluice::sqlite
