// A router in memory. Success means, as the port says, that the split was read back.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "ports/traffic_router.h"
#include "simulation/simulated_fleet.h"
#include "simulation/world.h"

namespace sluice::simulation {

class SimulatedRouter final : public ports::TrafficRouter {
 public:
  struct Routed {
    ports::RoutedService about;
    rollout::TrafficSplit split;
    std::array<std::vector<ports::Endpoint>, 2> own;  ///< By slot.
    std::array<std::vector<ports::Endpoint>, 2> fallback;
    std::array<bool, 2> cleared{};  ///< Taken out by the controller, and not put in again.
    TimePoint strangers_hand{};     ///< When somebody last changed the split past the controller.
    bool by_hand = false;           ///< The split is a stranger's.
  };

  SimulatedRouter(World& world, const SimulatedFleet& fleet) : world_(world), fleet_(fleet) {}

  Status ensure(const ports::RoutedService& service) override;
  Status set_endpoints(const rollout::ServiceKey& service, rollout::Slot slot, const std::vector<ports::Endpoint>& own,
                       const std::vector<ports::Endpoint>& fallback) override;
  Status set_split(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) override;
  Result<rollout::TrafficSplit> read_split(const rollout::ServiceKey& service) override;
  Result<ports::OpenSessions> open_sessions(const rollout::ServiceKey& service, rollout::Slot slot) override;
  Status clear_slot(const rollout::ServiceKey& service, rollout::Slot slot, bool cut) override;
  Result<Entrance> entrance(const rollout::ServiceKey& service, const rollout::Slot* slot) override;

  // --- the truth

  const std::map<rollout::ServiceKey, Routed>& services() const { return services_; }
  const Routed* find(const rollout::ServiceKey& service) const;
  /// By the host of an entrance's URL.
  const Routed* find_host(const std::string& host) const;

  // --- what befalls it

  void set_split_by_hand(const rollout::ServiceKey& service, const rollout::TrafficSplit& split);
  /// From now on open sessions end only when they are cut.
  void never_drains() { never_drains_ = true; }
  /// As the controller's `set_split`, without a call. For sabotage.
  void set_split_at_once(const rollout::ServiceKey& service, const rollout::TrafficSplit& split);
  void refuse_until(TimePoint until) { refuses_until_ = until; }
  /// It was restarted without what it had kept.
  void forget();
  TimePoint forgot_at() const { return forgot_at_; }

 private:
  template <typename Act>
  auto reach(std::string_view what, Act act) -> decltype(act());
  Result<Routed*> known(const rollout::ServiceKey& service);
  Status write(Routed& routed, const rollout::TrafficSplit& split);

  Status probe(const ports::Endpoint& endpoint);

  World& world_;
  const SimulatedFleet& fleet_;
  std::map<rollout::ServiceKey, Routed> services_;
  TimePoint refuses_until_{};
  TimePoint forgot_at_{};
  bool never_drains_ = false;
};

std::string to_string(const rollout::TrafficSplit& split);
inline constexpr std::array kSlots{rollout::Slot::A, rollout::Slot::B};

/// Header that names the slot that a probe is meant for.
inline constexpr std::string_view kSlotHeader = "x-slot";

}  // namespace sluice::simulation
