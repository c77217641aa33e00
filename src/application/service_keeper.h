// Keeps what should serve serving: replicas that ended are started again with a growing pause, the router's endpoints
// and split are held to what they should be. Level-triggered: it compares and acts on the difference, whatever the
// cause.
#pragma once

#include <atomic>
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
    friend bool operator==(const Side&, const Side&) = default;
  };
  std::vector<Side> sides;  ///< One, or both colours while they run.
  rollout::TrafficSplit split;
  bool corrects_split = true;  ///< False once a deployment moves it: its state decides, drift is only reported.
  friend bool operator==(const KeptService&, const KeptService&) = default;
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

  /// Makes the service so at once: route, replicas, endpoints, and the split when it is the keeper's to correct. Ends
  /// early when `keep` says something else meanwhile. `done` on the strand, with what failed.
  void restore(const KeptService& service, std::function<void(Status)> done);

 private:
  /// Rises when something else is wanted; read by work off the strand.
  using Generation = std::shared_ptr<std::atomic<int>>;
  /// What a piece of work goes by: it ends when something else is wanted.
  struct Order {
    KeptService wanted;
    Generation newest;
    int generation = 0;
    std::set<std::string> may_restart;  ///< Revisions whose pause after a failure is over.
    bool attach = false;                ///< Endpoints are due, whether or not anything was started again.
    bool stands() const { return newest->load() == generation; }
  };
  struct Watched {
    KeptService wanted;
    int chain = 0;  ///< Of looks: one that belongs to a service since forgotten ends.
    bool attach_due = true;
    std::map<std::string, int> failures;  ///< By revision: ends and failed restarts without a quiet spell between.
    std::map<std::string, TimePoint> quiet_since;
    std::map<std::string, TimePoint> not_before;
  };
  struct Look {
    std::vector<std::pair<std::string, std::string>> ended;  ///< Revision id and what was seen, for each that ended.
    bool attach_due = false;                                 ///< Still, after this look.
    std::optional<rollout::TrafficSplit> split;
  };

  void arm(const rollout::ServiceKey& service, int chain);
  void look(const rollout::ServiceKey& service, int chain);
  Watched* watched(const rollout::ServiceKey& service, int chain);
  Generation& generation(const rollout::ServiceKey& service);
  Order order(const KeptService& wanted);
  Look look_once(const Order& order) const;
  Status restore_once(const Order& order) const;
  Status bring_back(const Order& order, const rollout::Revision& revision) const;
  Status restart_ended(const Order& order, const rollout::Revision& revision,
                       const std::vector<ports::Replica>& replicas) const;
  Status attach(const Order& order) const;
  void looked(const Order& order, int chain, const Look& look);

  RolloutPorts ports_;
  const EffectRunner& runner_;
  Reports reports_;
  std::map<rollout::ServiceKey, Watched> watched_;
  std::map<rollout::ServiceKey, Generation> generations_;
  int chains_ = 0;
  std::shared_ptr<ServiceKeeper*> self_;
};

inline constexpr Milliseconds kLookInterval{1'000};
/// So many ends without a quiet minute between are a crash loop.
inline constexpr int kCrashLoop = 3;
inline constexpr Milliseconds kQuietSpell{60'000};

}  // namespace sluice::application
