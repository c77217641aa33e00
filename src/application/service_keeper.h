// Keeps what should serve serving: replicas that ended are started again with a growing pause, the router's endpoints
// and split are held to what they should be. Level-triggered: it compares and acts on the difference, whatever the
// cause.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "application/effect_runner.h"
#include "application/rollout_ports.h"
#include "ports/journal.h"

namespace sluice::application {

/// How a service should be now.
struct KeptService {
  ports::RoutedService routed;
  struct Side {
    rollout::Revision revision;
    rollout::Slot slot;
    std::optional<rollout::Revision> fallback;  ///< Whose replicas stand in when this side has none.
  };
  std::vector<Side> sides;  ///< One, or both colours while they run.
  rollout::TrafficSplit split;
  bool corrects_split = true;  ///< False during a deployment: its state decides, drift is only reported.
};

class ServiceKeeper {
 public:
  struct Reports {
    /// Replicas of a revision cannot be kept alive.
    std::function<void(const rollout::ServiceKey&, const std::string& revision, const std::string& reason)> lost;
    std::function<void(const rollout::ServiceKey&, const rollout::TrafficSplit& observed)> drifted;
  };
  ServiceKeeper(const RolloutPorts& ports, const EffectRunner& runner, Reports reports);
  ~ServiceKeeper();

  /// How the service should be from now on. The first look comes after kLookInterval.
  void keep(const KeptService& service);
  void forget(const rollout::ServiceKey& service);

  /// Makes the service so at once: route, replicas, endpoints, split. `done` on the strand, with what failed.
  void restore(const KeptService& service, std::function<void(Status)> done);

 private:
  struct Watched {
    KeptService wanted;
    int generation = 0;
    std::map<std::string, int> failures;  ///< By revision: ends and failed restarts without a quiet spell between.
    std::map<std::string, TimePoint> quiet_since;
    std::map<std::string, TimePoint> not_before;
  };
  struct Look {
    std::vector<std::pair<std::string, std::string>> ended;  ///< Revision id and what was seen, for each that ended.
    std::set<std::string> restarted;
    std::optional<rollout::TrafficSplit> split;
  };

  void arm(const rollout::ServiceKey& service);
  void look(const rollout::ServiceKey& service);
  Look look_once(const KeptService& wanted, const std::set<std::string>& may_restart) const;
  Status attach(const KeptService& wanted) const;
  void stop_unwanted(const KeptService& wanted, const std::set<std::string>& restarted);
  void looked(const rollout::ServiceKey& service, int generation, const Look& look);

  RolloutPorts ports_;
  const EffectRunner& runner_;
  Reports reports_;
  std::map<rollout::ServiceKey, Watched> watched_;
  std::shared_ptr<ServiceKeeper*> self_;
};

inline constexpr Milliseconds kLookInterval{1'000};
/// So many ends without a quiet minute between are a crash loop.
inline constexpr int kCrashLoop = 3;
inline constexpr Milliseconds kQuietSpell{60'000};

}  // namespace sluice::application
