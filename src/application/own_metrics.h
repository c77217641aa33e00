// The metrics of the user's own of one deployment: takes what their sources tell of both colours to the judge, and
// knows of each whether there is anything to be judged by.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "application/measurement.h"
#include "core/analysis/counter_reading.h"
#include "core/analysis/traffic_judge.h"
#include "core/rollout/event.h"
#include "ports/metric_queries.h"
#include "ports/period_metrics.h"

namespace sluice::application {

/// A question to a store of metrics that is due.
struct MetricQuery {
  std::vector<std::size_t> metrics;  ///< Several only of CloudWatch, which are then of one period.
  TimePoint at{};                    ///< Of which the counters are wanted, or the start of the period.
};

/// What a store says of both colours: `T` is what their counters were then, or what happened in the period.
template <typename T>
struct OfColours {
  Result<T> green = Error{ErrorKind::Cancelled, "not asked"};
  Result<T> blue = Error{ErrorKind::Cancelled, "not asked"};
};
using MetricAnswer = std::variant<OfColours<analysis::CounterReading>, OfColours<analysis::MetricSlot>>;
/// Of each metric of a question, by its place; of none, where nobody was asked.
using MetricAnswers = std::vector<MetricAnswer>;

/// The stores that are asked.
struct MetricStores {
  const ports::MetricQueries& queries;
  const ports::PeriodMetrics& periods;
};

class OwnMetrics {
 public:
  /// `from`: what is earlier is not looked at.
  OwnMetrics(const analysis::AnalysisSettings& settings, TimePoint from);

  /// Has the router and the logs count what is wanted; repeating it changes nothing.
  static void begin(const rollout::Plan& plan, ports::Telemetry& telemetry, ports::ServiceLog& log);

  /// A new traffic step: what is known of each metric's data begins anew. `compared`: both colours have traffic.
  void step_begins(TimePoint now, bool compared);
  void clock_stepped(TimePoint now);

  /// Takes in what the router and the logs counted until then.
  void look(const MeasurementSources& sources, const rollout::Plan& plan, TimePoint until,
            analysis::TrafficJudge& judge);

  /// Questions that are due and not under way; each must be answered with `take`.
  std::vector<MetricQuery> due(TimePoint now);
  void take(const MetricQuery& query, const MetricAnswers& answers, analysis::TrafficJudge& judge);

  /// Whether a request of sluice's own to each colour was answered as expected.
  void count_probes(TimePoint now, bool green_passed, bool blue_passed);

  /// At the end of a traffic step: `no data` for a metric that had nothing of both colours in it, or nothing lately,
  /// `error` for one that cannot be asked. Empty where BLUE has no traffic: then nothing is compared.
  std::vector<rollout::CheckResult> checks(TimePoint now) const;

 private:
  struct Metric {
    std::string name;
    analysis::MetricSource source;
    Milliseconds every;
    std::size_t place = 0;  ///< Among the metrics of its source's kind.
    TimePoint next{};       ///< What begins earlier was taken, or asked for.
    bool asking = false;
    std::optional<std::pair<TimePoint, OfColours<analysis::CounterReading>>> before;  ///< The newest counters.
    std::optional<Error> problem;     ///< Why the newest look brought nothing.
    std::int64_t green_requests = 0;  ///< In this traffic step.
    std::int64_t blue_requests = 0;
    std::optional<TimePoint> seen_until;  ///< The end of the newest observation.
  };

  void take_one(std::size_t index, TimePoint at, const MetricAnswer& answer, analysis::TrafficJudge& judge);
  void take_counters(std::size_t index, TimePoint at, const OfColours<analysis::CounterReading>& answer,
                     analysis::TrafficJudge& judge);
  template <typename T>
  std::optional<Error> problem_of(const OfColours<T>& answer) const;
  void observe(std::size_t index, const analysis::MetricSlot& green, const analysis::MetricSlot& blue,
               analysis::TrafficJudge& judge);
  void look_at(std::size_t index, const MeasurementSources& sources, const rollout::Plan& plan, TimePoint until,
               analysis::TrafficJudge& judge);
  rollout::CheckResult check(const Metric& metric, TimePoint now) const;

  void look_at_probes(std::size_t index, TimePoint until, analysis::TrafficJudge& judge);

  std::vector<Metric> metrics_;
  analysis::MetricSeries green_probes_;
  analysis::MetricSeries blue_probes_;
  bool compared_ = false;
};

/// Asks a store of both colours. It blocks; may be called on any thread.
MetricAnswers ask(const MetricStores& stores, const rollout::Plan& plan, const MetricQuery& query,
                  std::stop_token stop);

}  // namespace sluice::application
