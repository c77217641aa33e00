// All that the handlers of commands work with. Made in controller_process.cc; everything in it outlives the control
// server.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "application/controller.h"
#include "application/image_gate.h"
#include "application/image_stage.h"
#include "application/rollout_ports.h"
#include "ports/api_definitions.h"
#include "ports/fingerprints.h"
#include "ports/journal_owners.h"
#include "ports/packages.h"
#include "ports/permissions.h"
#include "ports/registry.h"
#include "server/interrupted_runs.h"
#include "server/protocol.h"
#include "server/workflow_runs.h"

namespace sluice::server {

struct Machine {
  Places places;
  application::RolloutPorts ports;
  application::Controller& controller;
  ports::Registry& registry;
  ports::Fingerprints& fingerprints;
  ports::Packages& packages;
  ports::ApiDefinitions& api_definitions;
  ports::Permissions& permissions;
  application::ImageStage& image_stage;
  application::ImageGate& image_gate;
  WorkflowRuns& workflow_runs;
  InterruptedRuns& interrupted_runs;
  ports::RunJournal& run_journal;
  /// From any thread: runs on the strand soon.
  std::function<void(std::function<void()>)> post;
  /// Keeps variables that a command sent along, for secrets whose source is a variable. Until its parent ends.
  std::function<void(const std::map<std::string, std::string>&)> keep_variables;
  /// Ends what serves: replicas, HAProxy, the registry, podman's service. Off the strand; what could not be ended.
  std::function<std::vector<std::string>()> end_everything;
  /// Waits on the thread that calls. Error: Cancelled.
  std::function<Status(Milliseconds)> pause;
  /// Ends the program.
  std::function<void()> shut_down;
  /// `s3://bucket/prefix`, where the journal is shared by several machines; else empty.
  std::string journal_name = {};
  /// Who else has deployments in the journal; null where nobody else has it.
  ports::JournalOwners* owners = nullptr;
  /// Others have deployed: reads in the journal where its services are, and forgets what was seen of them before.
  std::function<Status()> learn_anew = {};
};

}  // namespace sluice::server
