// ports::Fleet with deployments of APIs of Amazon API Gateway. To its users a revision is one replica, whose address is
// the deployment's id, since API Gateway itself runs it. A deployment is found by its description:
// API Gateway keeps what sluice would have to remember.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/gateway/api_deployment.h"
#include "adapters/aws/last_looks.h"
#include "core/rollout/target.h"
#include "ports/api_definitions.h"
#include "ports/clock.h"
#include "ports/fleet.h"

namespace sluice::aws::gateway {

class GatewayApi;
struct Stage;

/// May be used from any number of threads at once, as long as calls that change one revision come one after the other.
class Fleet final : public ports::Fleet {
 public:
  struct Options {
    /// Where a service is, as far as anybody here has said; nothing for one of another target.
    std::function<std::optional<rollout::GatewayTarget>(const rollout::ServiceKey&)> place_of;
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
  };
  struct Surroundings {
    ClientPool& clients;
    ports::ApiDefinitions& definitions;
    const ports::Clock& clock;
  };
  static constexpr Milliseconds kPause{1'000};
  /// So often a deployment is looked for whose making was not answered, since reads may be behind.
  static constexpr int kLooks = 5;

  /// All must outlive this.
  Fleet(Options options, Surroundings around) : options_(std::move(options)), around_(around), looks_(around.clock) {}

  /// Finds the revision's deployment, or puts its definition, where it has one, and makes the deployment; no stage sees
  /// either. Nothing that may have been made is made again before it was looked for. Errors: as the port has it;
  /// InvalidInput (AWS refuses the definition or the API, or the file has changed since it was named), NotFound (the
  /// file, or the deployment was deleted).
  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  /// Only finds the deployment: one that was deleted is not made again. Error: NotFound.
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  /// Deletes those deployments of the service, made by sluice and used by no stage, that are older than the newest
  /// kKeptDeployments. The revision's own stays, so that a rollback finds it.
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  /// Error: InvalidInput, always.
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  /// Error: NotFound, always: a stage's logs are not read.
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  /// Always none: a deployment that no stage points at costs nothing.
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override;
  /// The deployment that the stage points at, as a revision. Errors: NotFound (no such API or stage), Conflict
  /// (AutoDeploy, a canary, or a stage without a deployment: says what to do), InvalidInput (a definition of a
  /// WebSocket API).
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey& service,
                                                const rollout::Revision& wanted) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { looks_.forget_all(); }

 private:
  using Made = std::optional<ApiDeployment>;
  Result<Made> find(const rollout::ServiceKey& service, const std::string& revision, const GatewayApi& api,
                    const std::stop_token& stop) const;
  Status put_definition(const rollout::Revision& revision, const GatewayApi& api, const std::stop_token& stop) const;
  Result<Made> look_again(const ports::FleetStart& request, const GatewayApi& api, const std::stop_token& stop) const;
  Result<ApiDeployment> make(const ports::FleetStart& request, const GatewayApi& api, const std::stop_token& stop);
  Result<ApiDeployment> found_or_made(const ports::FleetStart& request, const GatewayApi& api,
                                      const std::stop_token& stop);
  Result<ApiDeployment> settled(ApiDeployment deployment, const GatewayApi& api, TimePoint deadline,
                                const rollout::Revision& revision, const std::stop_token& stop) const;

  /// One was asked for, and nobody answered.
  void doubt(const std::pair<rollout::ServiceKey, std::string>& made);
  bool is_in_doubt(const std::pair<rollout::ServiceKey, std::string>& made) const;
  /// Empty when it is not known yet.
  std::string known_id(const rollout::ServiceKey& service, const std::string& revision) const;
  void saw(const rollout::ServiceKey& service, const std::string& revision, const std::string& deployment,
           bool is_there);

  Options options_;
  Surroundings around_;
  /// By service and deployment: whether it is there.
  LastLooks<std::pair<rollout::ServiceKey, std::string>, bool> looks_;
  mutable std::mutex mutex_;
  std::map<std::pair<rollout::ServiceKey, std::string>, std::string> ids_;  ///< Deployments by service and revision.
  std::set<std::pair<rollout::ServiceKey, std::string>> in_doubt_;          ///< Services and revisions.
};

}  // namespace sluice::aws::gateway
