// What a deployment is made of, as JSON and back: the form in which the journal keeps it. Readers are strict: a field
// too many, too few or of another type is an error that names its path. Spans are whole milliseconds, weights
// hundredths of a percent; `null` is nothing and every field is always there. Doubles survive with 15 significant
// digits.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "base/result.h"
#include "core/analysis/alarm.h"
#include "core/rollout/lifecycle_hook.h"
#include "core/rollout/revision.h"
#include "core/rollout/smoke_test.h"
#include "core/rollout/strategy.h"

namespace sluice::rollout {

boost::json::value to_json(const SecretSource& source);
boost::json::value to_json(const HealthCheck& check);
boost::json::value to_json(const Revision& revision);
boost::json::value to_json(const Strategy& strategy);
boost::json::value to_json(const LifecycleHook& hook);
boost::json::value to_json(const SmokeTest& test);
boost::json::value to_json(const analysis::Alarm& alarm);

/// `path` is the RFC 6901 pointer of `value` in the record that it stands in. Errors: InvalidInput.
Result<SecretSource> read_secret_source(const boost::json::value& value, std::string path = "");
Result<HealthCheck> read_health_check(const boost::json::value& value, std::string path = "");
Result<Revision> read_revision(const boost::json::value& value, std::string path = "");
Result<Strategy> read_strategy(const boost::json::value& value, std::string path = "");
Result<LifecycleHook> read_lifecycle_hook(const boost::json::value& value, std::string path = "");
Result<SmokeTest> read_smoke_test(const boost::json::value& value, std::string path = "");
Result<analysis::Alarm> read_alarm(const boost::json::value& value, std::string path = "");

}  // namespace sluice::rollout
