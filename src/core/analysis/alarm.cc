#include "core/analysis/alarm.h"

#include <utility>

namespace sluice::analysis {

std::string_view to_string(Metric metric) {
  switch (metric) {
    case Metric::ErrorRate: return "error_rate";
    case Metric::FailedHealthChecks: return "failed_health_checks";
  }
  std::unreachable();
}

std::optional<Metric> parse_metric(std::string_view name) {
  for (Metric metric : {Metric::ErrorRate, Metric::FailedHealthChecks}) {
    if (to_string(metric) == name) return metric;
  }
  return std::nullopt;
}

std::string_view to_string(Missing missing) {
  switch (missing) {
    case Missing::Hold: return "hold";
    case Missing::Breaching: return "breaching";
    case Missing::NotBreaching: return "not_breaching";
    case Missing::Ignore: return "ignore";
  }
  std::unreachable();
}

std::optional<Missing> parse_missing(std::string_view name) {
  for (Missing missing : {Missing::Hold, Missing::Breaching, Missing::NotBreaching, Missing::Ignore}) {
    if (to_string(missing) == name) return missing;
  }
  return std::nullopt;
}

std::string_view to_string(Action action) { return action == Action::Rollback ? "rollback" : "hold"; }

std::optional<Action> parse_action(std::string_view name) {
  for (Action action : {Action::Rollback, Action::Hold}) {
    if (to_string(action) == name) return action;
  }
  return std::nullopt;
}

}  // namespace sluice::analysis
