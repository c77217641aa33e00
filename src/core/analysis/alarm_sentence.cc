#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/analysis/alarm_evaluation.h"
#include "core/analysis/blue_gate.h"

namespace sluice::analysis {
namespace {

/// `20.3`, `1`
std::string one_decimal(double number) {
  const std::string text = fmt::format("{:.1f}", number);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

/// `20.3%`, `1%`, `under 0.1%`.
std::string percent(const Figures& figures) {
  if (figures.bad == 0) return "0%";
  const double percents = figures.rate() * 100;
  if (percents < 0.1) return "under 0.1%";
  return one_decimal(percents) + "%";
}

/// `3.2ms`, `231ms`, `4.1s`.
std::string time_of(double milliseconds) {
  if (milliseconds < 10) return one_decimal(milliseconds) + "ms";
  if (milliseconds < 1000) return fmt::format("{:.0f}ms", milliseconds);
  return one_decimal(milliseconds / 1000) + "s";
}

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// Of a utilization.
std::string_view resource_name(Metric metric) {
  return metric == Metric::CpuUtilization || metric == Metric::ServiceCpuUtilization ? "CPU" : "memory";
}

/// `p95`, `average time`
std::string figure_name(Metric metric) {
  if (statistic_of(metric) == Statistic::Average) return "average time";
  return fmt::format("p{:.0f}", quantile_of(metric) * 100);
}

std::string threshold_text(const Alarm& alarm) {
  if (alarm.threshold == Threshold::TimesBlue) return fmt::format("{:.6g} times BLUE's", alarm.above);
  if (alarm.threshold == Threshold::TimesBefore) {
    return fmt::format("{:.6g} times what BLUE's was before the start", alarm.above);
  }
  switch (statistic_of(alarm.metric)) {
    case Statistic::Ratio: return fmt::format("{:.6g}%", alarm.above * 100);
    case Statistic::Sum: return fmt::format("{:.6g}", alarm.above);
    case Statistic::Percentile:
    case Statistic::Average: return format_duration(Milliseconds{static_cast<std::int64_t>(alarm.above)});
  }
  std::unreachable();
}

std::string allows(const Alarm& alarm) {
  return fmt::format("the alarm {} allows {}", alarm.name, threshold_text(alarm));
}

std::string happened(const Alarm& alarm, std::string_view colour, const Figures& figures) {
  switch (alarm.metric) {
    case Metric::ErrorRate:
    case Metric::ErrorCount:
      return fmt::format("{} answered 5xx to {} of requests ({} of {})", colour, percent(figures), figures.bad,
                         figures.requests);
    case Metric::FailedHealthChecks: return fmt::format("{} failed {}", colour, counted(figures.bad, "health check"));
    case Metric::ErrorLogRate:
    case Metric::ErrorLogCount:
      return fmt::format("{} logged {} in {}", colour, counted(figures.bad, "error line"),
                         counted(figures.requests, "request"));
    case Metric::CpuUtilization:
    case Metric::MemoryUtilization:
      if (figures.requests == 0)
        return fmt::format("nothing tells how much {} {} used", resource_name(alarm.metric), colour);
      return fmt::format("{} used {} of the {} that its tasks reserve", colour, percent(figures),
                         resource_name(alarm.metric));
    case Metric::ServiceCpuUtilization:
    case Metric::ServiceMemoryUtilization:
      if (figures.requests == 0)
        return fmt::format("nothing tells how much {} the service's tasks used", resource_name(alarm.metric));
      return fmt::format("the service's task that used the most, of either colour, used {} of the {} that it reserves",
                         percent(figures), resource_name(alarm.metric));
    case Metric::LatencyP50:
    case Metric::LatencyP90:
    case Metric::LatencyP95:
    case Metric::LatencyP99:
    case Metric::LatencyAverage:
      if (figures.requests == 0) return fmt::format("{} answered no request", colour);
      return fmt::format("{}'s {} is {} ({})", colour, figure_name(alarm.metric),
                         time_of(value_of(alarm.metric, figures)), counted(figures.requests, "request"));
  }
  std::unreachable();
}

/// `0.1% (1 of 930)`, of error lines `1 in 930`, of utilization `40%`.
std::string share_of(const Alarm& alarm, const Figures& figures) {
  if (alarm.metric == Metric::ErrorLogRate) return fmt::format("{} in {}", figures.bad, figures.requests);
  if (is_utilization(alarm.metric)) return figures.requests == 0 ? "unknown" : percent(figures);
  return fmt::format("{} ({} of {})", percent(figures), figures.bad, figures.requests);
}

/// `; BLUE 0.1% (1 of 930)`
std::string compared(const Alarm& alarm, const AlarmEvaluation& evaluation) {
  if (!evaluation.blue || is_of_service(alarm.metric)) return "";
  const Figures& blue = *evaluation.blue;
  const std::string name = evaluation.blue_has_traffic ? "; BLUE" : "; BLUE, while it had traffic,";
  switch (statistic_of(alarm.metric)) {
    case Statistic::Ratio:
      if (blue.requests == 0 && !is_utilization(alarm.metric)) return name + " had no requests";
      return name + " " + share_of(alarm, blue);
    case Statistic::Sum:
      if (alarm.metric == Metric::FailedHealthChecks) return fmt::format("{} {}", name, blue.bad);
      return fmt::format("{} {} in {}", name, blue.bad, blue.requests);
    case Statistic::Percentile:
    case Statistic::Average:
      if (blue.requests == 0) return name + " had no requests";
      return fmt::format("{} {}", name, time_of(value_of(alarm.metric, blue)));
  }
  std::unreachable();
}

/// `; before the start 0.1% (1 of 930)`
std::string compared_with_before(const Alarm& alarm, const std::optional<Baseline>& before) {
  if (!before) return "";
  if (statistic_of(alarm.metric) != Statistic::Ratio) {
    return fmt::format("; before the start {} ({})", time_of(before->value), counted(before->requests, "request"));
  }
  return "; before the start " + share_of(alarm, {.requests = before->requests, .bad = before->bad, .latency = {}});
}

/// `2 of the last 3 periods of 5s`, `the last period of 60s`.
std::string some_of(std::size_t some, std::size_t all, const Alarm& alarm) {
  const std::string length = format_duration(alarm.every);
  if (all == 1) return fmt::format("the last period of {}", length);
  return fmt::format("{} of the last {} periods of {}", some, all, length);
}

struct Parts {
  Figures breaching;  ///< Summed over the periods that breach.
  Figures all;
  std::size_t breaching_periods = 0;
  std::size_t unwatched = 0;
  std::size_t too_few = 0;
  std::size_t no_comparison = 0;
};

void add(Figures& sum, const Figures& figures) {
  sum.requests += figures.requests;
  sum.bad += figures.bad;
  sum.latency.merge(figures.latency);
}

Parts parts_of(const std::vector<Period>& periods) {
  Parts parts;
  for (const Period& period : periods) {
    add(parts.all, period.figures);
    switch (period.state) {
      case PeriodState::Ok: break;
      case PeriodState::Unwatched: ++parts.unwatched; break;
      case PeriodState::TooFew: ++parts.too_few; break;
      case PeriodState::NoComparison: ++parts.no_comparison; break;
      case PeriodState::Breaching:
        ++parts.breaching_periods;
        add(parts.breaching, period.figures);
        break;
    }
  }
  return parts;
}

std::string without_data(const Alarm& alarm, const Parts& parts, std::size_t all) {
  std::string text;
  const auto add_part = [&](std::size_t some, const std::string& what) {
    if (some == 0) return;
    if (!text.empty()) text += ", and ";
    text += fmt::format("{} in {}", what, some_of(some, all, alarm));
  };
  const std::string few = is_utilization(alarm.metric)
                              ? fmt::format("no figure of the {} of any task", resource_name(alarm.metric))
                              : "fewer than " + counted(std::max(1L, alarm.minimum_samples), "request");
  add_part(parts.unwatched, "not watched");
  add_part(parts.too_few, few);
  const bool before = alarm.threshold == Threshold::TimesBefore;
  add_part(parts.no_comparison, few + (before ? " of BLUE before the start" : " of BLUE") + " to compare with");
  return text;
}

std::string gated(const Alarm& alarm, const AlarmEvaluation& evaluation) {
  if (!evaluation.blue_explains_it) return "";
  if (alarm.metric == Metric::FailedHealthChecks) {
    return "; BLUE shows it too (more than half of that), so this holds and does not roll back";
  }
  return fmt::format(
      "; BLUE's traffic explains it: a GREEN that is bad up to {:g} times as often would show as much by chance, so "
      "this holds and does not roll back",
      kGateRatio);
}

std::string breaching(const Alarm& alarm, const AlarmEvaluation& evaluation, std::string_view colour) {
  const std::vector<Period>& periods = evaluation.periods;
  const Parts parts = parts_of(periods);
  const std::string missing = without_data(alarm, parts, periods.size());
  if (parts.breaching_periods == 0) {
    return fmt::format("{}: {}; the alarm {} counts that as breaching", colour, missing, alarm.name);
  }
  std::string text = fmt::format("{} in {}", happened(alarm, colour, parts.breaching),
                                 some_of(parts.breaching_periods, periods.size(), alarm));
  if (alarm.missing == Missing::Breaching && !missing.empty()) {
    text += fmt::format(", and {}, which counts as breaching", missing);
  }
  return text + "; " + allows(alarm) + compared_with_before(alarm, evaluation.before) + compared(alarm, evaluation) +
         gated(alarm, evaluation);
}

std::string no_data(const Alarm& alarm, const std::vector<Period>& periods, std::string_view colour) {
  if (periods.empty()) {
    return fmt::format("the alarm {} cannot judge {}: no period of {} with data has passed since it got traffic",
                       alarm.name, colour, format_duration(alarm.every));
  }
  return fmt::format("the alarm {} cannot judge {}: {}", alarm.name, colour,
                     without_data(alarm, parts_of(periods), periods.size()));
}

}  // namespace

std::string describe(const Alarm& alarm, const AlarmEvaluation& evaluation, std::string_view colour) {
  const std::vector<Period>& periods = evaluation.periods;
  switch (evaluation.verdict) {
    case Verdict::Breaching: return breaching(alarm, evaluation, colour);
    case Verdict::NoData: return no_data(alarm, periods, colour);
    case Verdict::Error: return fmt::format("the alarm {} could not be evaluated on {}", alarm.name, colour);
    case Verdict::Ok:
      // With missing: not_breaching there may be nothing but missing periods, or none of them with figures.
      return fmt::format("{} in {}; {}{}", happened(alarm, colour, parts_of(periods).all),
                         periods.size() == 1
                             ? some_of(1, 1, alarm)
                             : fmt::format("the last {} periods of {}", periods.size(), format_duration(alarm.every)),
                         allows(alarm), compared(alarm, evaluation));
  }
  std::unreachable();
}

}  // namespace sluice::analysis
