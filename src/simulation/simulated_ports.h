// All ports of a controller, simulated in one world.
#pragma once

#include "application/rollout_ports.h"
#include "simulation/simulated_functions.h"
#include "simulation/simulated_http.h"
#include "simulation/simulated_ids.h"
#include "simulation/simulated_image_scans.h"
#include "simulation/simulated_journal.h"
#include "simulation/simulated_metric_queries.h"
#include "simulation/simulated_notifier.h"
#include "simulation/simulated_period_metrics.h"
#include "simulation/simulated_processes.h"
#include "simulation/simulated_secrets.h"
#include "simulation/simulated_telemetry.h"
#include "simulation/simulated_witnesses.h"

namespace sluice::simulation {

struct SimulatedPorts {
  World& world;  ///< Must outlive this.
  SimulatedJournal journal{world};
  SimulatedFleet fleet{world};
  SimulatedRouter router{world, fleet};
  SimulatedServiceLog service_log = {};
  SimulatedTelemetry telemetry{world, fleet, router, service_log};
  SimulatedNotifier notifier{world};
  SimulatedProcesses processes{world};
  SimulatedHttp http{world, fleet, router};
  SimulatedSecrets secrets = {};
  SimulatedMetricQueries metric_queries = {};
  SimulatedPeriodMetrics period_metrics = {};
  SimulatedFunctions functions = {};
  SimulatedWitnesses witnesses = {};
  SimulatedImageScans image_scans = {};
  SimulatedIds ids = {};

  application::RolloutPorts all() {
    return {world.executor, ids,       world.executor, journal,   fleet, router,         telemetry,
            service_log,    secrets,   notifier,       processes, http,  metric_queries, period_metrics,
            functions,      witnesses, image_scans};
  }
};

}  // namespace sluice::simulation
