// Keeps what should serve serving: replicas that ended are started again with a growing pause, the router's endpoints
// and split are held to what they should be. Level-triggered: it compares and acts on the difference, whatever the
// cause.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
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

  /// The service is others' to keep from now on.
  void forget(const rollout::ServiceKey& service);

  /// Makes the service so at once: route, replicas, endpoints, and the split when it is the keeper's to correct. Ends
  /// early when `keep` says something else meanwhile. `done` on the strand, with what failed.
  void restore(const KeptService& service, std::function<void(Status)> done);

  enum class Work {
    CutShort,  ///< What the keeper does now is given up where it can be.
    Finish,    ///< It goes on to its end: a replica that is being started again is needed.
  };
  /// Somebody else is going to change the service's endpoints: nothing new begins until `go_on` was called as often.
  /// `then` is called when the keeper's work has ended, at once when it was idle.
  void hold_still(const rollout::ServiceKey& service, Work work, std::function<void()> then);
  void go_on(const rollout::ServiceKey& service);
  /// Holds still for good, for every service: what serves is about to be ended.
  void stop(const std::function<void()>& then);

  /// Looks at every service anew, as if nothing had failed yet, and calls back when that is done. A service that others
  /// change meanwhile is passed over.
  void try_again(std::function<void()> done);
  /// Why not all replicas of a service run, as last looked at; empty when they do.
  std::string problem(const rollout::ServiceKey& service) const;

 private:
  /// What a piece of work goes by: it ends when something else is wanted.
  struct Order {
    KeptService wanted;
    std::stop_token stop;
    std::set<std::string> may_restart;  ///< Revisions whose pause after a failure is over.
    bool attach = false;                ///< Endpoints are due, whether or not anything was started again.
    bool again = false;                 ///< Somebody waits for this look.
    std::uint64_t watch = 0;            ///< Whose look it is.
    bool stands() const { return !stop.stop_requested(); }
  };
  /// Who works on a service now.
  struct Working {
    std::stop_source stop;  ///< Of the keeper's work.
    int running = 0;        ///< Pieces of it.
    int held = 0;           ///< Others, who want the keeper to hold still.
    std::vector<std::function<void()>> waiting;
  };
  struct Watched {
    KeptService wanted;
    std::uint64_t watch = 0;  ///< Unlike that of any other time that the service was kept.
    bool attach_due = true;
    bool again = false;                           ///< Somebody waits for the next look.
    std::map<std::string, std::string> problems;  ///< By revision: why not all of its replicas run.
    std::map<std::string, int> failures;  ///< By revision: ends and failed restarts without a quiet spell between.
    std::map<std::string, TimePoint> quiet_since;
    std::map<std::string, TimePoint> not_before;
    std::map<std::string, std::string> crash_loops;  ///< By revision: what was reported of its target's own account.
  };
  struct Look {
    std::vector<std::pair<std::string, std::string>> ended;  ///< Revision id and what was seen, for each that ended.
    std::set<std::string> whole;                             ///< Revisions all of whose replicas run.
    std::map<std::string, std::string> crash_loops;          ///< By revision: where its target tells of one.
    bool attach_due = false;                                 ///< Still, after this look.
    std::optional<rollout::TrafficSplit> split;
  };

  void arm(const rollout::ServiceKey& service, std::uint64_t watch);
  void look(const rollout::ServiceKey& service, std::uint64_t watch);
  Watched* find(const rollout::ServiceKey& service, std::uint64_t watch);
  Order begin_work(const KeptService& wanted);
  void end_work(const rollout::ServiceKey& service);
  void cut_short(const rollout::ServiceKey& service);
  Look look_once(const Order& order) const;
  Status restore_once(const Order& order) const;
  Status bring_back(const Order& order, const rollout::Revision& revision) const;
  Status restart_ended(const Order& order, const rollout::Revision& revision,
                       const std::vector<ports::Replica>& replicas) const;
  Status attach(const Order& order) const;
  void looked(const Order& order, const Look& look);
  void looked_again();

  RolloutPorts ports_;
  const EffectRunner& runner_;
  Reports reports_;
  std::map<rollout::ServiceKey, Watched> watched_;
  std::uint64_t watches_ = 0;
  std::map<rollout::ServiceKey, Working> working_;
  std::vector<std::function<void()>> waiting_for_looks_;
  std::shared_ptr<ServiceKeeper*> self_;
};

inline constexpr Milliseconds kLookInterval{1'000};
/// So many ends without a quiet minute between are a crash loop.
inline constexpr int kCrashLoop = 3;
inline constexpr Milliseconds kQuietSpell{60'000};

}  // namespace sluice::application
