// What all simulated ports share: time, chance, faults, the trace, and how good each revision is.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/rollout/service_key.h"
#include "core/rollout/traffic_split.h"
#include "simulation/chance.h"
#include "simulation/crash.h"
#include "simulation/faults.h"
#include "simulation/quality.h"
#include "simulation/sabotage.h"
#include "simulation/simulated_executor.h"
#include "simulation/trace.h"

namespace sluice::simulation {

/// Hears what the controller does to the world, at the moment it does it.
class WorldObserver {
 public:
  virtual ~WorldObserver() = default;
  /// The controller begins to ask for a split.
  virtual void on_split_asked(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) = 0;
  /// The router has a new split from the controller.
  virtual void on_split_written(const rollout::ServiceKey& service, const rollout::TrafficSplit& split) = 0;
  /// The controller stops a revision; its replicas are still there.
  virtual void on_stop(const rollout::ServiceKey& service, const std::string& revision) = 0;
};

struct World {
  SimulatedExecutor& executor;
  Faults& faults;
  Crashes& crashes;
  Trace& trace;
  Chance chance;
  Sabotage sabotage = Sabotage::None;
  WorldObserver* observer = nullptr;
  std::map<std::string, Quality> qualities;  ///< By revision id.

  TimePoint now() const { return executor.now(); }
  void note(std::string_view text) { trace.note(now(), text); }
  const Quality& quality(const std::string& revision) { return qualities[revision]; }
};

inline constexpr Milliseconds kLongestSlowCall{8'000};

/// How long a call is under way before, or after, it is carried out.
Milliseconds call_time(World& world);

/// One call from the controller's work to the outside. It is under way for a while, is carried out, and its answer is
/// under way for a while; each part may go wrong. When the controller dies while the call is under way, the other side
/// may carry it out all the same.
template <typename Act>
auto call(World& world, std::string_view what, Act act) -> decltype(act()) {
  try {
    world.executor.pause(call_time(world));
  } catch (const ControllerDied&) {
    if (world.chance.happens(0.5)) (void)act();
    throw;
  }
  if (world.faults.strikes(Fault::FailingCall, 0.03)) {
    world.note(fmt::format("fault: {} fails", what));
    return Error{ErrorKind::Unavailable, fmt::format("{}: nobody answers", what)};
  }
  auto result = act();
  world.executor.pause(call_time(world));
  if (world.faults.strikes(Fault::LostReply, 0.02)) {
    world.note(fmt::format("fault: the answer to {} is lost", what));
    return Error{ErrorKind::UnknownOutcome, fmt::format("{}: the answer was lost", what)};
  }
  return result;
}

}  // namespace sluice::simulation
