// Feeds the comparison of both colours of one deployment with what telemetry measures, slot by slot.
#pragma once

#include <optional>
#include <string>

#include "application/measurement.h"
#include "application/own_metrics.h"
#include "core/analysis/traffic_judge.h"
#include "core/rollout/plan.h"

namespace sluice::application {

/// Alarms are judged apart, from telemetry itself; this is the sequential test, and whether a traffic step has shown
/// enough to go on.
class TrafficWatch {
 public:
  /// How much of BLUE's traffic before the start is learnt from; at least so many grains of the telemetry.
  static constexpr Milliseconds kWarmUp{120'000};
  static constexpr int kWarmUpGrains = 10;

  /// Nothing where there is nothing to compare: the plan says so, or there is no BLUE. `kept`: what `progress` gave
  /// before a restart; one that cannot be used is passed over, and the comparison begins anew.
  static std::optional<TrafficWatch> create(const rollout::Plan& plan, const std::optional<std::string>& kept,
                                            TimePoint now);

  /// GREEN's share was read back at `now`.
  void weight_changed(TimePoint now, Weight green, Milliseconds bake);
  Weight weight() const { return weight_; }

  /// Takes in all slots that are complete by now. A span that was not watched is a gap.
  void look(const MeasurementSources& sources, const rollout::Plan& plan, TimePoint now);

  /// Questions about the user's own metrics that are due: each must be answered with `take`.
  std::vector<MetricQuery> due_queries(TimePoint now) { return metrics_.due(now); }
  void take(const MetricQuery& query, const MetricAnswers& answers) { metrics_.take(query, answers, judge_); }
  void count_probes(TimePoint now, bool green_passed, bool blue_passed) {
    metrics_.count_probes(now, green_passed, blue_passed);
  }
  /// Whether each of the user's own metrics had data in this traffic step.
  std::vector<rollout::CheckResult> metric_checks(TimePoint now) const { return metrics_.checks(now); }

  /// About the present traffic step.
  const analysis::Decision& decision() const { return judge_.decision_of_newest_step(); }
  /// Whether a decision is a verdict on GREEN; else it is about how much was seen.
  static bool is_verdict(const analysis::Decision& decision);
  std::optional<analysis::Assessment> assess() const { return judge_.assess(); }
  /// Which particulars explain the decision.
  analysis::Question question() const { return judge_.question(); }
  /// Whether the judge has said what is to come after this traffic step.
  bool is_decided() const { return decision().kind != analysis::DecisionKind::None; }

  /// All that it knows.
  std::string progress() const { return analysis::serialize(judge_.progress()); }

 private:
  TrafficWatch(analysis::TrafficJudge judge, const analysis::AnalysisSettings& settings,
               const rollout::TelemetryTiming& timing, TimePoint from, Weight weight)
      : judge_(std::move(judge)), metrics_(settings, from), timing_(timing), next_(from), weight_(weight) {}

  analysis::TrafficJudge judge_;
  OwnMetrics metrics_;
  rollout::TelemetryTiming timing_;
  TimePoint next_;  ///< Slots that begin earlier have been taken in.
  Weight weight_;
  TimePoint green_since_{};  ///< What GREEN's router slot answered before is not GREEN's.
};

}  // namespace sluice::application
