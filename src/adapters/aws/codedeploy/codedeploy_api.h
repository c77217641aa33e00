// One deployment group of CodeDeploy, and the calls that a rollout makes of it.
// Source: "Actions" of CodeDeploy's API reference.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/client.h"
#include "core/rollout/target.h"

namespace sluice::aws::codedeploy {

struct DeploymentGroup {
  std::string cluster;
  std::string service;
  std::string platform;                    ///< `ECS`, `Lambda`, `Server`
  std::vector<std::string> target_groups;  ///< Names of its only pair.
  std::string ready_action;                ///< `CONTINUE_DEPLOYMENT`, `STOP_DEPLOYMENT`
  int termination_wait_minutes = 0;        ///< BLUE's life after GREEN has everything.
  std::string last_attempted;              ///< Id of its last deployment, whatever became of it; empty: none.
};

struct Deployment {
  std::string id;  ///< `d-1A2B3C4D5`
  std::string status;
  std::string description;
  std::string error;        ///< Its errorInformation, `HOOK_EXECUTION_FAILURE: …`; empty: none.
  std::string rolls_back;   ///< The deployment whose rollback this is; empty: it is none.
  std::string rollback;     ///< The deployment that rolls this one back; empty: none.
  bool blue_waits = false;  ///< It waits with BLUE's end: it can be told to go on.

  bool is_active() const;
  bool is_ready() const { return status == "Ready"; }
  /// `CodeDeploy's deployment d-… is Failed: CODE: message`
  std::string account() const;
};

/// What CodeDeploy waits for until it is told to go on.
enum class WaitType { Ready, Termination };

/// May be used from any number of threads at once.
class CodeDeployApi {
 public:
  /// Both must outlive this. `place` has the engine.
  CodeDeployApi(Client& client, const rollout::EcsTarget& place) : client_(client), place_(place) {}

  /// Error: NotFound (no such application or group).
  Result<DeploymentGroup> group(Priority priority, const std::stop_token& stop) const;
  Result<Deployment> deployment(const std::string& id, Priority priority, const std::stop_token& stop) const;
  /// The group's last one; nothing where it never had one.
  Result<std::optional<Deployment>> last(Priority priority, const std::stop_token& stop) const;
  /// What the place's configuration says.
  Result<rollout::CodeDeployMoves> moves(const std::stop_token& stop) const;
  /// Its id. Never repeated, and CodeDeploy refuses a second one while one is under way. It is rolled back when it
  /// fails or is stopped, whatever the group says. Errors: Conflict (one is under way), UnknownOutcome.
  Result<std::string> create(const std::string& description, const std::string& content,
                             const std::stop_token& stop) const;
  /// Stops it and takes it back. One that has ended: success.
  Status stop(const std::string& id) const;
  /// One that does not wait (any more): success.
  Status go_on(const std::string& id, WaitType wait) const;

  /// `deployment group web of application shop`
  std::string name() const;

 private:
  Call call(std::string operation, Priority priority, Repeat repeat = Repeat::Safe) const;

  Client& client_;
  const rollout::EcsTarget& place_;
};

}  // namespace sluice::aws::codedeploy
