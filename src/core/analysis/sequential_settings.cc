#include "core/analysis/sequential_settings.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace sluice::analysis {
namespace {

Status within(std::string_view name, double value, double lowest, double highest) {
  if (value >= lowest && value <= highest) return {};
  return Error{ErrorKind::InvalidInput, fmt::format("the analysis' {} is {:g}; it must lie between {:g} and {:g}", name,
                                                    value, lowest, highest)};
}

Status check_interval(std::string_view name, Milliseconds interval) {
  const bool whole_seconds = interval.count() > 0 && interval.count() % 1000 == 0;
  if (interval == kSlotLength || (whole_seconds && interval <= kLongestSource)) return {};
  return Error{ErrorKind::InvalidInput,
               fmt::format("the analysis' {} is {}; it must be {}, or whole seconds up to {}", name,
                           format_duration(interval), format_duration(kSlotLength), format_duration(kLongestSource))};
}

Status check_latency(const SequentialMetric& metric) {
  if (metric.levels.empty() || metric.levels.size() > kMostLatencyLevels) {
    return Error{ErrorKind::InvalidInput, fmt::format("the metric {} has {} latency levels; it needs 1 to {}",
                                                      metric.name, metric.levels.size(), kMostLatencyLevels)};
  }
  double before = 0;
  for (const double level : metric.levels) {
    TRY(within(metric.name + " level", level, 0.01, 0.999));
    if (level <= before) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("the metric {} has latency levels that do not rise", metric.name)};
    }
    before = level;
  }
  TRY(within(metric.name + " slower_ratio", metric.slower_ratio, 1, 1000));
  return within(metric.name + " slower_milliseconds", metric.slower_milliseconds, 0, 600'000);
}

Status check_metric(const SequentialMetric& metric) {
  if (metric.name.empty()) return Error{ErrorKind::InvalidInput, "a metric of the analysis has no name"};
  const double most = metric.kind == SequentialKind::Count ? 1000 : 0.5;
  TRY(within(metric.name + " ratio", metric.ratio, 0.1, 1000));
  TRY(within(metric.name + " slack", metric.slack, 0, most));
  TRY(within(metric.name + " floor", metric.floor, 0, most));
  TRY(within(metric.name + " prior", metric.prior, 0, most));
  TRY(within(metric.name + " share", metric.share, 0, 1e6));
  TRY(check_interval(metric.name + " every", metric.every));
  if (metric.kind == SequentialKind::Latency) return check_latency(metric);
  return {};
}

Status check_more(const SequentialSettings& settings) {
  if (settings.more.size() > kMostSequentialMetrics) {
    return Error{ErrorKind::InvalidInput, fmt::format("the analysis has {} metrics of the user's own; at most {} fit",
                                                      settings.more.size(), kMostSequentialMetrics)};
  }
  std::set<std::string_view> names{settings.errors.name, settings.latency.name, settings.error_log.name};
  for (const SequentialMetric& metric : settings.more) {
    TRY(check_metric(metric));
    if (!names.insert(metric.name).second) {
      return Error{ErrorKind::InvalidInput, fmt::format("two metrics of the analysis are named {}", metric.name)};
    }
  }
  return {};
}

Status check_guards(const SequentialSettings& settings) {
  for (const double alternative : settings.alternatives) TRY(within("alternatives", alternative, 0.01, 20));
  TRY(within("cap", settings.cap, 0.01, 100));
  TRY(within("most_tempering", settings.most_tempering, 1, 1000));
  TRY(within("tempering_prior", settings.tempering_prior, 0.1, 1000));
  TRY(within("half_life in seconds", static_cast<double>(settings.half_life.count()) / 1000, 1, 3600));
  TRY(within("prior_requests", settings.prior_requests, 0.1, 1e6));
  TRY(within("lowest_rate", settings.lowest_rate, 1e-9, 0.1));
  TRY(within("highest_rate", settings.highest_rate, 0.5, 0.999));
  return within("hopeless_rate", settings.hopeless_rate, 0.5, 0.999);
}

Status check_mass(const SequentialSettings& settings) {
  TRY(within("mass_at_start", settings.mass_at_start, 0, 1));
  TRY(within("mass_at_weight_change", settings.mass_at_weight_change, 0, 1));
  TRY(within("mass_over_plan", settings.mass_over_plan, 0, 1));
  TRY(within("mass_reserve", settings.mass_reserve, 0, 0.5));
  TRY(within("mass in all", settings.mass_at_start + settings.mass_at_weight_change + settings.mass_over_plan, 0.01,
             1 + 1e-9));
  return within("planned in seconds", static_cast<double>(settings.planned.count()) / 1000, 1, 30 * 86'400.0);
}

Status check_blocks(const SequentialSettings& settings) {
  TRY(within("block_requests", static_cast<double>(settings.block_requests), 1, 1e6));
  TRY(within("block_patience in seconds", static_cast<double>(settings.block_patience.count()) / 1000, 1, 3600));
  TRY(within("latency_samples", static_cast<double>(settings.latency_samples), 1, 1e6));
  return check_interval("slot_length", settings.slot_length);
}

SequentialKind wanted_kind(const SequentialSettings& settings) {
  return settings.error_log_by_lines ? SequentialKind::Count : SequentialKind::Ratio;
}

Status check_built_in(const SequentialSettings& settings) {
  if (settings.errors.kind != SequentialKind::Ratio || settings.latency.kind != SequentialKind::Latency ||
      settings.error_log.kind != wanted_kind(settings)) {
    return Error{ErrorKind::InvalidInput, "a built-in metric of the analysis is of another kind than it can be"};
  }
  TRY(check_metric(settings.errors));
  TRY(check_metric(settings.latency));
  return check_metric(settings.error_log);
}

}  // namespace

std::string_view to_string(SequentialKind kind) {
  switch (kind) {
    case SequentialKind::Ratio: return "ratio";
    case SequentialKind::Count: return "count";
    case SequentialKind::Latency: return "latency";
  }
  std::unreachable();
}

SequentialMetric default_errors() { return {.name = std::string(kErrorsName), .ratio = 1.5, .floor = 0.0025}; }

SequentialMetric default_latency() {
  return {.name = std::string(kLatencyName),
          .kind = SequentialKind::Latency,
          .ratio = 1.0,
          .slack = 0.01,
          .levels = {0.5, 0.8, 0.95}};
}

SequentialMetric default_error_log() {
  return {.name = std::string(kErrorLogName), .ratio = 5.0, .floor = 0.002, .then = Action::Hold};
}

Status validate(const SequentialSettings& settings) {
  TRY(within("alpha", settings.alpha, 1e-9, 0.5));
  TRY(within("hold_alpha", settings.hold_alpha, 1e-9, 0.5));
  TRY(within("bound_alpha", settings.bound_alpha, 1e-9, 0.5));
  TRY(check_built_in(settings));
  TRY(check_more(settings));
  if (settings.historical_floor != 0) TRY(within("historical_floor", settings.historical_floor, 1e-5, 0.5));
  TRY(check_guards(settings));
  TRY(check_mass(settings));
  return check_blocks(settings);
}

}  // namespace sluice::analysis
