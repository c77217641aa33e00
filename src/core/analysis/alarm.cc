#include "core/analysis/alarm.h"

#include <utility>

namespace sluice::analysis {

Statistic statistic_of(Metric metric) {
  switch (metric) {
    case Metric::ErrorRate:
    case Metric::ErrorLogRate:
    case Metric::CpuUtilization:
    case Metric::MemoryUtilization:
    case Metric::ServiceCpuUtilization:
    case Metric::ServiceMemoryUtilization: return Statistic::Ratio;
    case Metric::FailedHealthChecks:
    case Metric::ErrorCount:
    case Metric::ErrorLogCount: return Statistic::Sum;
    case Metric::LatencyAverage: return Statistic::Average;
    case Metric::LatencyP50:
    case Metric::LatencyP90:
    case Metric::LatencyP95:
    case Metric::LatencyP99: return Statistic::Percentile;
  }
  std::unreachable();
}

bool is_latency(Metric metric) {
  const Statistic statistic = statistic_of(metric);
  return statistic == Statistic::Percentile || statistic == Statistic::Average;
}

bool is_utilization(Metric metric) { return is_of_replicas(metric) || is_of_service(metric); }

bool is_of_service(Metric metric) {
  return metric == Metric::ServiceCpuUtilization || metric == Metric::ServiceMemoryUtilization;
}

bool is_of_replicas(Metric metric) { return metric == Metric::CpuUtilization || metric == Metric::MemoryUtilization; }

double quantile_of(Metric metric) {
  switch (metric) {
    case Metric::LatencyP50: return 0.5;
    case Metric::LatencyP90: return 0.9;
    case Metric::LatencyP95: return 0.95;
    case Metric::LatencyP99: return 0.99;
    case Metric::ErrorRate:
    case Metric::ErrorLogRate:
    case Metric::FailedHealthChecks:
    case Metric::LatencyAverage:
    case Metric::ErrorCount:
    case Metric::ErrorLogCount:
    case Metric::CpuUtilization:
    case Metric::MemoryUtilization:
    case Metric::ServiceCpuUtilization:
    case Metric::ServiceMemoryUtilization: return 0;
  }
  std::unreachable();
}

std::string_view to_string(Metric metric) {
  switch (metric) {
    case Metric::ErrorRate: return "error_rate";
    case Metric::FailedHealthChecks: return "failed_health_checks";
    case Metric::LatencyP50: return "latency_p50";
    case Metric::LatencyP90: return "latency_p90";
    case Metric::LatencyP95: return "latency_p95";
    case Metric::LatencyP99: return "latency_p99";
    case Metric::ErrorLogRate: return "error_log_rate";
    case Metric::LatencyAverage: return "latency_average";
    case Metric::ErrorCount: return "error_count";
    case Metric::ErrorLogCount: return "error_log_count";
    case Metric::CpuUtilization: return "cpu_utilization";
    case Metric::MemoryUtilization: return "memory_utilization";
    case Metric::ServiceCpuUtilization: return "service_cpu_utilization";
    case Metric::ServiceMemoryUtilization: return "service_memory_utilization";
  }
  std::unreachable();
}

std::optional<Metric> parse_metric(std::string_view name) {
  for (Metric metric : {Metric::ErrorRate, Metric::FailedHealthChecks, Metric::LatencyP50, Metric::LatencyP90,
                        Metric::LatencyP95, Metric::LatencyP99, Metric::ErrorLogRate, Metric::LatencyAverage,
                        Metric::ErrorCount, Metric::ErrorLogCount, Metric::CpuUtilization, Metric::MemoryUtilization,
                        Metric::ServiceCpuUtilization, Metric::ServiceMemoryUtilization}) {
    if (to_string(metric) == name) return metric;
  }
  return std::nullopt;
}

std::string_view to_string(Threshold threshold) {
  switch (threshold) {
    case Threshold::Absolute: return "absolute";
    case Threshold::TimesBlue: return "times_blue";
    case Threshold::TimesBefore: return "times_before";
  }
  std::unreachable();
}

std::optional<Threshold> parse_threshold(std::string_view name) {
  for (Threshold threshold : {Threshold::Absolute, Threshold::TimesBlue, Threshold::TimesBefore}) {
    if (to_string(threshold) == name) return threshold;
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
