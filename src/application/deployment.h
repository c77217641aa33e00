// One deployment in the controller's hands: its state, what runs for it, what waits.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "application/alarm_watch.h"
#include "application/messages.h"
#include "application/traffic_watch.h"
#include "application/word_reply.h"
#include "core/rollout/advance.h"
#include "core/rollout/event.h"
#include "core/rollout/state.h"

namespace sluice::application {

/// An event that the journal has not taken yet.
struct UnwrittenEvent {
  rollout::Event event;
  WordReply reply;  ///< Of a person's word; else empty.
};

struct Deployment {
  rollout::State state;
  int next_sequence = 0;

  /// Effects that run now, by token; a token that the state no longer waits for is told to stop.
  std::map<std::string, std::stop_source> running;
  /// The ordinary effect that runs (at most one), and those that wait for it to end.
  std::optional<std::string> ordinary;
  std::deque<rollout::Effect> waiting;

  /// Events that the journal would not take yet, in order.
  std::deque<UnwrittenEvent> unwritten;
  std::optional<Error> write_error;  ///< Why, while it refuses.
  bool finished = false;             ///< The journal has its summary.
  std::string passed;                ///< Token of the barrier of a release that it was last told to pass.
  bool taken_back_with = false;      ///< It was told to go back with its release.
  /// The write that takes it back, while that waits for the front doors of its release.
  std::optional<rollout::Effect> behind_front_doors;
  bool is_resumed = false;  ///< Another process had begun it.
  bool taken_up = true;     ///< False after a restart while its world is brought back: what people say waits.

  std::optional<std::uint64_t> deadline_timer;
  std::optional<std::uint64_t> watch_timer;
  std::map<std::string, bool> breaching;  ///< Alarms that breached when last looked at, and whether BLUE showed it.
  std::map<std::string, Delivery> deliveries;       ///< By the message's token.
  std::vector<rollout::CheckResult> checks;         ///< As last judged.
  std::optional<TrafficWatch> traffic;              ///< The comparison of both colours, where there is one.
  std::optional<rollout::AnalysisDecided> decided;  ///< What was last submitted of it, particulars included.
  TimePoint progress_kept_at{};                     ///< When the journal last took what the comparison knows.
  TimePoint probed_at{};                            ///< When requests of sluice's own last began …
  int probes_under_way = 0;                         ///< … and how many have no answer yet …
  std::size_t next_probe = 0;                       ///< … and which is next.
  LiveFigures green;
  LiveFigures blue;
};

}  // namespace sluice::application
