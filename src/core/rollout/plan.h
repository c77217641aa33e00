// What a deployment is going to do, fixed when it starts: the content of its first journal record.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/analysis/alarm.h"
#include "core/analysis/analysis_settings.h"
#include "core/rollout/colour.h"
#include "core/rollout/lifecycle_hook.h"
#include "core/rollout/message_target.h"
#include "core/rollout/probes.h"
#include "core/rollout/release.h"
#include "core/rollout/revision.h"
#include "core/rollout/scan_gate.h"
#include "core/rollout/service_key.h"
#include "core/rollout/smoke_test.h"
#include "core/rollout/strategy.h"
#include "core/rollout/traffic_split.h"

namespace sluice::rollout {

struct FrontDoor {
  std::string listen;  ///< `address:port`
  std::string host;    ///< Empty: every host.
  std::string path = "/";
  friend bool operator==(const FrontDoor&, const FrontDoor&) = default;
};

struct Plan {
  std::string deployment;  ///< Its id: 26 characters, sorts by time.
  ServiceKey service;
  std::string requested_by;  ///< User name, for the audit trail.
  Revision green;
  std::optional<Revision> blue;  ///< Absent at the first deployment.
  Slot green_slot = Slot::A;
  TrafficSplit before;  ///< The split that was read before the start: what a rollback restores.
  FrontDoor front_door;
  Strategy strategy;
  std::vector<LifecycleHook> hooks;
  std::vector<std::string> release_command;
  Milliseconds release_within{std::chrono::minutes{5}};
  std::vector<SmokeTest> smoke;
  std::vector<analysis::Alarm> alarms;
  std::optional<analysis::AnalysisSettings> analysis;  ///< Nothing: the alarms alone judge.
  std::optional<Probes> probes = {};
  std::vector<MessageTarget> notify;
  bool while_alarming = false;              ///< Start although an alarm already fires on BLUE.
  std::optional<Release> release = {};      ///< That it is a member of.
  std::vector<std::string> witnesses = {};  ///< Named alarms of CloudWatch that count, too.
  /// What the scan of GREEN's image must not have found before anything begins; nothing: it is not asked for.
  std::optional<ScanGate> scan_gate = {};
  std::optional<TimePoint> committed_at = {};  ///< When the commit was made that GREEN is of, where that is known.
  friend bool operator==(const Plan&, const Plan&) = default;
};

/// The split that gives GREEN this share of the traffic and BLUE the rest. Without BLUE only 0% (closed) and 100%
/// make sense: any share above 0 is then 100%.
TrafficSplit split_for(const Plan& plan, Weight green);
/// GREEN's share in a split.
Weight green_share(const Plan& plan, const TrafficSplit& split);

}  // namespace sluice::rollout
