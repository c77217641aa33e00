// ports::TrafficRouter by the version that an environment of AppConfig has been given: AppConfig itself gives it to
// more and more clients, and the step is made when its deployment is complete. See decision 0040. Source: "Deploying
// feature flags and configuration data in AWS AppConfig" of its user guide.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/appconfig/flag_histories.h"
#include "adapters/aws/appconfig/flag_notes.h"
#include "ports/traffic_router.h"

namespace sluice::aws::appconfig {

class FlagsApi;

/// May be used from any number of threads at once.
class Router final : public ports::TrafficRouter {
 public:
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;
  /// A step back is looked for so often in one call; a step forward takes AppConfig minutes.
  static constexpr int kReadBacks = 5;
  static constexpr Milliseconds kPause{500};

  /// All must outlive this.
  Router(Pause pause, FlagNotes& notes, FlagHistories& histories, ClientPool& clients)
      : pause_(std::move(pause)), notes_(notes), histories_(histories), clients_(clients) {}

  /// Reads the environment's deployments. Errors: NotFound (no such application or environment), Denied.
  Status ensure(const ports::RoutedService& service) override;
  /// The endpoints' addresses are a version and its revision: notes which ones a slot has.
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  /// Starts, stops or reverts a deployment, where that is what is to be done next, and looks. Success: the clients have
  /// the slot's version. Errors: Unavailable (AppConfig is at it: say it again), Failed (it was taken back: says why),
  /// Conflict (somebody else has deployed), InvalidInput (a part of the traffic), NotFound, those of the client.
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  /// What is under way counts as given to all clients: the sign that nobody else has moved it.
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  /// Always none.
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  /// Looks anew, and forgets the slot's version. Error: Conflict when it is in force after all.
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  /// Error: InvalidInput, always.
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

 private:
  /// One look, and what is to be done next. True: it is reached.
  Result<bool> go_on(const rollout::ServiceKey& service, const FlagsApi& api, rollout::Slot wanted);
  Result<bool> carry_out(const rollout::ServiceKey& service, const FlagsApi& api, const FlagSlots& slots,
                         const FlagHistory& history, rollout::Slot wanted);
  Result<rollout::FlagsTarget> known(const rollout::ServiceKey& service) const;

  Pause pause_;
  FlagNotes& notes_;
  FlagHistories& histories_;
  ClientPool& clients_;
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, rollout::FlagsTarget> places_;
};

}  // namespace sluice::aws::appconfig
