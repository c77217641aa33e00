// Replicas in memory: they take time to start, answer or never do, die of themselves or by a fault.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ports/fleet.h"
#include "simulation/world.h"

namespace sluice::simulation {

class SimulatedFleet final : public ports::Fleet {
 public:
  using Name = std::pair<rollout::ServiceKey, std::string>;  ///< A service and one of its revisions.

  struct Replica {
    ports::Replica seen;
    TimePoint answers_from{};
    bool never_answers = false;
  };
  /// What there is of one revision.
  struct Group {
    std::vector<Replica> replicas;
    std::set<std::string> runs;  ///< Tokens of `run_once` whose containers are still there.
    bool was_healthy = false;    ///< Once, at any time.
    bool stopped = false;        ///< By the controller, since its last start.
  };

  explicit SimulatedFleet(World& world) : world_(world) {}

  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  Result<std::vector<Name>> list() override;

  // --- the truth

  const std::map<Name, Group>& groups() const { return groups_; }
  const Group* find(const rollout::ServiceKey& service, const std::string& revision) const;
  /// Whether the replica of this port runs and answers now.
  bool answers(int port) const;
  /// The revision that the replica of this port is, or was; empty when there never was one.
  std::string revision_at(int port) const;
  /// How many commands `run_once` has run.
  int commands_run() const { return static_cast<int>(exit_codes_.size()); }
  int running(const rollout::ServiceKey& service, const std::string& revision) const;

  // --- what befalls it

  /// Ends one running replica, by a number that chooses among all. False when none runs.
  bool kill_one(std::uint64_t choice);
  void kill_all();
  /// Ends the replica that has this port, if it runs.
  void kill_port(int port);
  void kill_revision(const rollout::ServiceKey& service, const std::string& revision);
  /// A target that keeps its replicas alive by itself tells of a crash loop, while they run.
  void tell_of_crash_loop(const rollout::ServiceKey& service, const std::string& revision, const std::string& account);
  /// As the controller's `stop`, without a call. For sabotage.
  void stop_at_once(const rollout::ServiceKey& service, const std::string& revision);

 private:
  Replica create(const ports::FleetStart& request, int index, int restarts);
  void put(const ports::FleetStart& request, const Replica& replica);
  Status wait_until_healthy(const ports::FleetStart& request, const std::vector<int>& indexes,
                            const std::stop_token& stop);
  void tell_of_stop(const Name& name, const std::vector<int>& indexes);
  void remove(const Name& name, const std::vector<int>& indexes);
  Replica* replica(const Name& name, int index);
  bool is_healthy(const Replica& replica) const;
  void kill(Replica& replica, std::string_view why);

  World& world_;
  std::map<Name, Group> groups_;
  std::map<int, Name> ports_;              ///< Every port that a replica ever had.
  std::map<std::string, int> exit_codes_;  ///< Of `run_once`, by token.
};

}  // namespace sluice::simulation
