// Everything that a deployment touches, in one place. References lend; the owner outlives the controller.
#pragma once

#include "ports/clock.h"
#include "ports/executor.h"
#include "ports/fleet.h"
#include "ports/functions.h"
#include "ports/http_client.h"
#include "ports/ids.h"
#include "ports/image_scans.h"
#include "ports/journal.h"
#include "ports/metric_queries.h"
#include "ports/notifier.h"
#include "ports/period_metrics.h"
#include "ports/processes.h"
#include "ports/secrets.h"
#include "ports/service_log.h"
#include "ports/telemetry.h"
#include "ports/traffic_router.h"
#include "ports/witnesses.h"

namespace sluice::application {

struct RolloutPorts {
  ports::Clock& clock;
  ports::Ids& ids;
  ports::Executor& executor;
  ports::Journal& journal;
  ports::Fleet& fleet;
  ports::TrafficRouter& router;
  ports::Telemetry& telemetry;
  ports::ServiceLog& service_log;
  ports::Secrets& secrets;
  ports::Notifier& notifier;
  ports::Processes& processes;
  ports::HttpClient& http;
  const ports::MetricQueries& metric_queries;
  const ports::PeriodMetrics& period_metrics;
  const ports::Functions& functions;
  ports::Witnesses& witnesses;
  ports::ImageScans& image_scans;
};

}  // namespace sluice::application
