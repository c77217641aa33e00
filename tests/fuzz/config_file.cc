// Any bytes are a configuration or at least one error; a configuration keeps the promises that the rollout relies on.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "core/config/checks_file.h"
#include "core/config/configuration.h"

namespace {

using sluice::Weight;
using sluice::config::Service;

void check_promises(const Service& service) {
  SLUICE_ASSERT(!service.name.empty() && !service.image.empty());
  SLUICE_ASSERT(service.port >= 1 && service.port <= 65535 && service.replicas >= 1 && service.replicas <= 8);
  SLUICE_ASSERT(!service.strategy.steps.empty() && service.strategy.steps.back().weight == Weight::full());
  Weight before = Weight::none();
  for (const auto& step : service.strategy.steps) {
    SLUICE_ASSERT(step.weight > before && step.bake.count() >= 0);
    before = step.weight;
  }
  for (const auto& alarm : service.alarms) {
    SLUICE_ASSERT(alarm.datapoints >= 1 && alarm.datapoints <= alarm.out_of);
    SLUICE_ASSERT(alarm.every >= sluice::analysis::kShortestPeriod && alarm.above >= 0);
  }
  SLUICE_ASSERT(!service.analysis || validate(service.analysis->sequential));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto checks = sluice::config::parse_checks(text, "sluice.yaml", "", "");
  SLUICE_ASSERT(checks.checks.has_value() != has_errors(checks.findings));
  const auto parsed = sluice::config::parse(text, "sluice.yaml");
  SLUICE_ASSERT(parsed.configuration.has_value() != has_errors(parsed.findings));
  if (!parsed.configuration) return 0;
  SLUICE_ASSERT(parsed.configuration->environments.contains(parsed.configuration->default_environment));
  for (const auto& [name, environment] : parsed.configuration->environments) {
    SLUICE_ASSERT(!environment.services.empty() && environment.listen.empty() == environment.is_aws);
    for (const Service& service : environment.services) check_promises(service);
  }
  return 0;
}
