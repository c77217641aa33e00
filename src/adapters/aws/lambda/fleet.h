// ports::Fleet with published versions of Lambda functions. To its users a revision is one replica, whose address is
// the version's number, since Lambda itself runs as many instances as there are requests.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/lambda/function_logs.h"
#include "adapters/aws/lambda/function_notes.h"
#include "adapters/aws/last_looks.h"
#include "core/rollout/target.h"
#include "ports/clock.h"
#include "ports/fleet.h"
#include "ports/packages.h"

namespace sluice::aws::lambda {

class FunctionService;

/// May be used from any number of threads at once, as long as calls that change one revision come one after the other.
class Fleet final : public ports::Fleet {
 public:
  struct Options {
    /// Where a service is, as far as anybody here has said; nothing for one of another target.
    std::function<std::optional<rollout::LambdaTarget>(const rollout::ServiceKey&)> place_of;
    std::function<Status(Milliseconds, const std::stop_token&)> pause;
  };
  struct Surroundings {
    FunctionNotes& notes;
    FunctionLogs& logs;
    ClientPool& clients;
    ports::Packages& packages;
    const ports::Clock& clock;
  };
  static constexpr Milliseconds kPause{1'000};
  /// So many looks in a row that do not tell of a version: it was deleted.
  static constexpr int kGone = 3;

  /// All must outlive this.
  Fleet(Options options, Surroundings around) : options_(std::move(options)), around_(around), looks_(around.clock) {}

  /// Publishes the revision's code as a version, or finds the version that was published of it; then sets its
  /// provisioned concurrency, where the target has one, and waits until it is there. A version stays when this fails,
  /// and costs nothing; its provisioned concurrency does not. Errors: as the port has it; NotFound (the version was
  /// deleted), Conflict (nothing has changed, or others update the function), those of Publication.
  Result<std::vector<ports::Replica>> start(const ports::FleetStart& request, std::stop_token stop) override;
  Result<std::vector<ports::Replica>> observe(const rollout::ServiceKey& service,
                                              const std::string& revision_id) override;
  /// As `start`: a version that was deleted is not made again.
  Result<ports::Replica> restart(const ports::FleetStart& request, int index, std::stop_token stop) override;
  /// Removes the version's provisioned concurrency where it was set here. The version stays, so that a rollback finds
  /// it.
  Status stop(const rollout::ServiceKey& service, const std::string& revision_id, Milliseconds grace) override;
  /// Error: InvalidInput, always.
  Status run_once(const ports::FleetStart& request, const std::vector<std::string>& argv, const std::string& token,
                  Milliseconds within, std::stop_token stop) override;
  /// Of the instances that were started last. Errors: as FunctionLogs has it.
  Result<std::vector<std::string>> log_tail(const rollout::ServiceKey& service, const std::string& revision_id,
                                            int lines) override;
  /// Always none: a version that nothing points at costs nothing.
  Result<std::vector<std::pair<rollout::ServiceKey, std::string>>> list() override;
  /// The version that the alias points at, as a revision; nothing without an alias. Errors: NotFound (no function),
  /// Conflict (the alias has weights, provisioned concurrency or `$LATEST`), InvalidInput (a zip for a function of an
  /// image, or the other way round).
  Result<std::optional<ports::Serving>> serving(const rollout::ServiceKey& service,
                                                const rollout::Revision& wanted) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { looks_.forget_all(); }

 private:
  struct Started {
    std::string version;
    bool is_new = false;
  };
  Result<Started> version_for(const ports::FleetStart& request, const FunctionService& function, TimePoint deadline,
                              const std::stop_token& stop);
  Result<std::string> known_version(const rollout::ServiceKey& service, const std::string& revision) const;
  Status provision(const ports::FleetStart& request, const FunctionService& function, const std::string& version,
                   TimePoint deadline, const std::stop_token& stop);
  Status unprovision(const rollout::ServiceKey& service, const FunctionService& function, const std::string& version);
  Result<Started> take_published(const ports::FleetStart& request, const FunctionService& function,
                                 const std::string& version, const std::stop_token& stop);
  Status check_published(const FunctionService& function, const std::string& version,
                         const std::stop_token& stop) const;
  Status check_code(const FunctionService& function, const rollout::Revision& wanted) const;

  Options options_;
  Surroundings around_;
  /// By service and version: whether it runs.
  LastLooks<std::pair<rollout::ServiceKey, std::string>, bool> looks_;
};

}  // namespace sluice::aws::lambda
