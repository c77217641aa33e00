#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/analysis/alarm_evaluation.h"

namespace sluice::analysis {
namespace {

/// `20.3%`, `1%`, `under 0.1%`.
std::string percent(const Figures& figures) {
  if (figures.bad == 0) return "0%";
  const double percents = figures.rate() * 100;
  if (percents < 0.1) return "under 0.1%";
  const std::string text = fmt::format("{:.1f}", percents);
  return (text.ends_with(".0") ? text.substr(0, text.size() - 2) : text) + "%";
}

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string allows(const Alarm& alarm) {
  switch (alarm.metric) {
    case Metric::ErrorRate: return fmt::format("the alarm {} allows {:.6g}%", alarm.name, alarm.above * 100);
    case Metric::FailedHealthChecks: return fmt::format("the alarm {} allows {:.6g}", alarm.name, alarm.above);
  }
  std::unreachable();
}

std::string happened(const Alarm& alarm, std::string_view colour, const Figures& figures) {
  switch (alarm.metric) {
    case Metric::ErrorRate:
      return fmt::format("{} answered 5xx to {} of requests ({} of {})", colour, percent(figures), figures.bad,
                         figures.requests);
    case Metric::FailedHealthChecks: return fmt::format("{} failed {}", colour, counted(figures.bad, "health check"));
  }
  std::unreachable();
}

std::string compared(const Alarm& alarm, std::string_view colour, const std::optional<Figures>& other) {
  if (!other) return "";
  const char* name = colour == "BLUE" ? "GREEN" : "BLUE";
  switch (alarm.metric) {
    case Metric::ErrorRate:
      if (other->requests == 0) return fmt::format("; {} had no requests", name);
      return fmt::format("; {} {} ({} of {})", name, percent(*other), other->bad, other->requests);
    case Metric::FailedHealthChecks: return fmt::format("; {} {}", name, other->bad);
  }
  std::unreachable();
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
};

Parts parts_of(const std::vector<Period>& periods) {
  Parts parts;
  for (const Period& period : periods) {
    parts.all.requests += period.figures.requests;
    parts.all.bad += period.figures.bad;
    switch (period.state) {
      case PeriodState::Ok: break;
      case PeriodState::Unwatched: ++parts.unwatched; break;
      case PeriodState::TooFew: ++parts.too_few; break;
      case PeriodState::Breaching:
        ++parts.breaching_periods;
        parts.breaching.requests += period.figures.requests;
        parts.breaching.bad += period.figures.bad;
        break;
    }
  }
  return parts;
}

std::string without_data(const Alarm& alarm, const Parts& parts, std::size_t all) {
  std::string text;
  if (parts.unwatched > 0) text = fmt::format("not watched in {}", some_of(parts.unwatched, all, alarm));
  if (parts.too_few > 0) {
    if (!text.empty()) text += ", and ";
    text += fmt::format("fewer than {} in {}", counted(std::max(1L, alarm.minimum_samples), "request"),
                        some_of(parts.too_few, all, alarm));
  }
  return text;
}

std::string breaching(const Alarm& alarm, const std::vector<Period>& periods, std::string_view colour,
                      const std::optional<Figures>& other) {
  const Parts parts = parts_of(periods);
  const bool counts_missing = alarm.missing == Missing::Breaching && parts.unwatched + parts.too_few > 0;
  if (parts.breaching_periods == 0) {
    return fmt::format("{}: {}; the alarm {} counts that as breaching", colour,
                       without_data(alarm, parts, periods.size()), alarm.name);
  }
  std::string text = fmt::format("{} in {}", happened(alarm, colour, parts.breaching),
                                 some_of(parts.breaching_periods, periods.size(), alarm));
  if (counts_missing) {
    text += fmt::format(", and {}, which counts as breaching", without_data(alarm, parts, periods.size()));
  }
  return text + "; " + allows(alarm) + compared(alarm, colour, other);
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

std::string describe(const Alarm& alarm, const AlarmEvaluation& evaluation, std::string_view colour,
                     const std::optional<Figures>& other) {
  const std::vector<Period>& periods = evaluation.periods;
  switch (evaluation.verdict) {
    case Verdict::Breaching: return breaching(alarm, periods, colour, other);
    case Verdict::NoData: return no_data(alarm, periods, colour);
    case Verdict::Error: return fmt::format("the alarm {} could not be evaluated on {}", alarm.name, colour);
    case Verdict::Ok:
      // With missing: not_breaching there may be nothing but missing periods, or none of them with figures.
      return fmt::format("{} in {}; {}{}", happened(alarm, colour, parts_of(periods).all),
                         periods.size() == 1
                             ? some_of(1, 1, alarm)
                             : fmt::format("the last {} periods of {}", periods.size(), format_duration(alarm.every)),
                         allows(alarm), compared(alarm, colour, other));
  }
  std::unreachable();
}

}  // namespace sluice::analysis
