// ports::TrafficRouter by the weights of listener rules of an Application Load Balancer. Only the rules that a service
// names are touched, and of them only the weights of its two target groups.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/forward_action.h"
#include "adapters/aws/kept_files.h"
#include "adapters/aws/last_looks.h"
#include "adapters/aws/listener_rule.h"
#include "core/rollout/target.h"
#include "ports/clock.h"
#include "ports/traffic_router.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class Router final : public ports::TrafficRouter {
 public:
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;
  struct Options {
    Pause pause;
    bool reads_only = false;  ///< Somebody else moves the weights: no rule is changed here, and none copied.
  };
  /// A write is looked for so often, since reads may be behind.
  static constexpr int kReadBacks = 5;
  static constexpr Milliseconds kReadBackPause{500};
  /// AWS: a changed rule is not in force at once ("Update listener rules", Elastic Load Balancing's user guide). So
  /// long after its read-back a test rule is taken to be; users' rules are given `drain` and more.
  static constexpr Milliseconds kTestSettle{3'000};

  /// `copies`: for the rules as they were before sluice changed them. All three must outlive this.
  Router(Options options, KeptFiles& copies, ClientPool& clients, const ports::Clock& clock)
      : options_(std::move(options)), copies_(copies), clients_(clients), looks_(clock) {}

  /// Looks the rules and groups up, keeps a copy of each rule in aws-rules, and adds a group that a rule does
  /// not name yet with weight 0, so that its health checks run. Errors: NotFound, Conflict (a rule forwards elsewhere
  /// too), Denied, InvalidInput (no rule was given).
  Status ensure(const ports::RoutedService& service) override;
  /// Targets are registered by ECS: this checks that the task set is in the group of its slot, and points the test rule
  /// at that group when it has no traffic of users. Errors: Conflict, those of the client.
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  /// Each rule is read, changed and read back; none is changed while one of them cannot be. Errors: Conflict (somebody
  /// else changed or deleted rules or a target group: each is named, with the copy of what was there before),
  /// UnknownOutcome (not all read back as written), those of the client.
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  /// Every rule that can be written is, whatever becomes of the others. A rule that is gone, or that somebody else has
  /// changed and that gives the one slot nothing, is told of and left as it is; so is a target group that is gone.
  /// Errors: those of `set_split`, of all rules that still give that slot traffic.
  Result<std::vector<std::string>> restore_split(const ports::RoutedService& service,
                                                 const rollout::TrafficSplit& split) override;
  /// Of rules that differ, the first that is not as it was last written here. Rules that are gone count for nothing.
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  /// The same, read now.
  Result<rollout::TrafficSplit> look(const rollout::ServiceKey& service);
  /// Error: Unavailable, always: a load balancer does not tell the open requests of a target group, so that whoever
  /// waits for their end waits as long as it may.
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  /// ECS deregisters the targets when the task set goes: this only reads the rules anew, and points the test rule at
  /// the other slot. Error: Conflict when one of the rules gives the slot traffic after all.
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  /// Errors: InvalidInput (no URL was given), Conflict (the test rule does not lead to the slot).
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { looks_.forget_all(); }

 private:
  struct Known {
    rollout::EcsTarget place;
    TargetGroupPair groups;
    std::optional<rollout::TrafficSplit> written;
    std::set<std::string> passed_over;  ///< Rules that somebody else changed and that the way back left so.
  };
  struct Weights {
    int a = 0;
    int b = 0;
  };
  /// What became of the way back.
  struct Restored {
    std::vector<std::string> arns;      ///< As they should be, or written so.
    std::set<std::string> passed_over;  ///< Changed by somebody else.
    std::vector<std::string> lines;     ///< For people.
    std::vector<Error> failures;
  };
  Result<Known> known(const rollout::ServiceKey& service) const;
  Result<rollout::TrafficSplit> read_now(const rollout::ServiceKey& service, const Known& known);
  /// The test rule leads to the slot, and has for long enough.
  Status lead_test_traffic(const Known& known, rollout::Slot slot) const;
  Status take_test_traffic(const Known& known, rollout::Slot slot) const;
  Status write_once(Client& client, const Known& known, const std::vector<std::string>& arns, Weights weights) const;
  Result<Restored> restore_once(Client& client, const Known& known, const std::vector<std::string>& arns,
                                Weights weights) const;
  void restore_rule(const ListenerRules& rules, const Known& known, const boost::json::object& rule, Weights weights,
                    Restored& restored) const;
  Status read_back(Client& client, const Known& known, const std::vector<std::string>& arns, Weights weights) const;
  static Result<Weights> weights_for(const rollout::TrafficSplit& split);
  Result<Known> known_for_the_way_back(const ports::RoutedService& service);
  void wrote(const rollout::ServiceKey& service, const rollout::TrafficSplit& split, std::set<std::string> passed_over);
  std::string copy_of(const std::string& rule_arn) const;

  Options options_;
  KeptFiles& copies_;
  ClientPool& clients_;
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, Known> services_;
  LastLooks<rollout::ServiceKey, rollout::TrafficSplit> looks_;
};

}  // namespace sluice::aws
