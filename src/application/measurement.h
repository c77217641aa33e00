// What one colour answered, and what its replicas logged and used, put together from all sources.
#pragma once

#include "core/rollout/plan.h"
#include "ports/service_log.h"
#include "ports/telemetry.h"

namespace sluice::application {

/// Where the figures of a deployment come from.
struct MeasurementSources {
  const ports::Telemetry& telemetry;
  const ports::ServiceLog& service_log;
};

/// Whether an alarm of the plan is on what GREEN's own replicas use.
bool watches_replicas(const rollout::Plan& plan);

/// The router's slots of a colour from a moment on, each with the errors of the service's log, where that was watched,
/// and what the replicas used, where an alarm wants to know it. A log that cannot be read is no failure: its slots say
/// that it was not watched. Errors: those of the telemetry.
Result<ports::Measurements> measure(const MeasurementSources& sources, const rollout::Plan& plan,
                                    rollout::Colour colour, TimePoint from);

}  // namespace sluice::application
