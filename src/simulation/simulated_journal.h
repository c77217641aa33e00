// A journal in memory that outlives the controllers that write it. Events are kept as the text that a real journal
// keeps.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ports/journal.h"
#include "simulation/world.h"

namespace sluice::simulation {

class SimulatedJournal final : public ports::Journal {
 public:
  struct Record {
    TimePoint at{};
    std::string text;
  };

  explicit SimulatedJournal(World& world) : world_(world) {}

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

  // --- the truth

  const std::map<std::string, std::vector<Record>>& records() const { return records_; }
  const std::vector<ports::Lease>& held_leases() const { return leases_; }
  const std::vector<ports::DeploymentSummary>& summaries() const { return summaries_; }
  bool is_archived(const std::string& deployment) const { return archived_.contains(deployment); }
  /// It waited for its turn, and could not begin: nothing but its start and its summary is known.
  bool is_given_up(const std::string& deployment) const { return given_up_.contains(deployment); }
  const ports::LiveService* find_live(const rollout::ServiceKey& service) const;

  // --- what befalls it

  /// Nothing can be written until then; `mute`: nor read.
  void refuse_until(TimePoint until, bool mute);

 private:
  template <typename Act>
  Status write(Act act);
  Status readable() const;
  ports::Lease take_lease(const rollout::Started& started, TimePoint at, const std::string& owner);

  World& world_;
  std::map<std::string, std::vector<Record>> records_;
  std::map<rollout::ServiceKey, Record> queued_;
  std::map<std::string, std::string> progress_;
  std::set<std::string> given_up_;
  std::set<std::string> archived_;
  std::vector<ports::Lease> leases_;
  std::map<rollout::ServiceKey, int> epochs_;
  std::map<rollout::ServiceKey, ports::LiveService> live_;
  std::map<rollout::ServiceKey, std::vector<rollout::Revision>> revisions_;  ///< Newest last.
  std::vector<ports::DeploymentSummary> summaries_;                          ///< Newest last.
  TimePoint refuses_until_{};
  TimePoint mute_until_{};
};

}  // namespace sluice::simulation
