// How good a revision really is: what the alarms, smoke tests and hooks are to find out.
#pragma once

#include <optional>

#include "base/time.h"

namespace sluice::simulation {

struct Quality {
  double error_share = 0;       ///< Of its answers that are 5xx, 0..1.
  Milliseconds answers_in{20};  ///< Most of its answers; one in twenty takes three times as long.
  double log_events = 0;        ///< Share of its requests whose log line has an event of the user's own metric.
  double log_errors = 0;        ///< Error lines that it logs for each request.
  Milliseconds starts_in{500};  ///< Until a replica answers its health check.
  std::optional<Milliseconds> dies_after;  ///< Each of its replicas ends so long after its start, until the
                                           ///< faults stop.
  int exit_code = 1;                       ///< With which they end.
  bool never_healthy = false;
  bool image_missing = false;
  bool silent = false;       ///< Its answers reach no telemetry.
  bool fails_smoke = false;  ///< Its answers are not what the smoke tests expect.
};

}  // namespace sluice::simulation
