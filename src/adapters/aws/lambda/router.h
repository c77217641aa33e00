// ports::TrafficRouter by the weights of an alias of a Lambda function.
// Source: "Implementing Lambda canary deployments using a weighted alias" of the developer guide.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/lambda/function_notes.h"
#include "adapters/aws/last_looks.h"
#include "core/rollout/target.h"
#include "ports/clock.h"
#include "ports/traffic_router.h"

namespace sluice::aws::lambda {

class FunctionService;

/// May be used from any number of threads at once.
class Router final : public ports::TrafficRouter {
 public:
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;
  /// So often an alias that somebody else changes is read anew and written.
  static constexpr int kWrites = 5;
  /// A write is looked for so often, since reads may be behind.
  static constexpr int kReadBacks = 5;
  static constexpr Milliseconds kPause{500};

  /// `notes`, `clients` and `clock` must outlive this.
  Router(Pause pause, FunctionNotes& notes, ClientPool& clients, const ports::Clock& clock)
      : pause_(std::move(pause)), notes_(notes), clients_(clients), clock_(clock), looks_(clock) {}

  /// Reads the alias. One that is not there is a closed route. Errors: NotFound (no such function), Denied.
  Status ensure(const ports::RoutedService& service) override;
  /// The endpoints' addresses are versions: notes which one a slot has.
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  /// Writes the alias with its RevisionId as compare-and-set, and reads it back. Makes an alias that is not there when
  /// one version gets everything; removes it when the route is closed. Errors: Conflict (somebody else has moved it),
  /// UnknownOutcome, those of the client.
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  /// Always none: Lambda lets invocations end that have begun, whatever becomes of the alias.
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  /// Only reads the alias anew. Error: Conflict when it gives the slot traffic after all.
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  /// Error: InvalidInput: no URL was given, or GREEN alone was asked for, to which no requests can be sent.
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

  /// Others have changed the world: it is looked at anew.
  void forget_looks() { looks_.forget_all(); }

 private:
  Result<rollout::LambdaTarget> known(const rollout::ServiceKey& service) const;
  Result<rollout::TrafficSplit> read_now(const rollout::ServiceKey& service, const rollout::LambdaTarget& place);
  Result<bool> write_once(const rollout::ServiceKey& service, const FunctionService& function,
                          const rollout::TrafficSplit& split);
  Status read_back(const rollout::ServiceKey& service, const FunctionService& function,
                   const rollout::TrafficSplit& split);

  Pause pause_;
  FunctionNotes& notes_;
  ClientPool& clients_;
  const ports::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, rollout::LambdaTarget> places_;
  LastLooks<rollout::ServiceKey, rollout::TrafficSplit> looks_;
};

}  // namespace sluice::aws::lambda
