// Judges a rollout from its traffic: the sequential test, the alarms, and whether a traffic step has shown enough. The
// controller and the replay of a recorded rollout feed it with the same slots and changes of weight, so that both come
// to the same decision in the same second.
//
// The sequential test speaks at the end of any slot; alarms and the end of a step are looked at on whole seconds.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/weight.h"
#include "core/analysis/alarm.h"
#include "core/analysis/alarm_screen.h"
#include "core/analysis/analysis_settings.h"
#include "core/analysis/baseline.h"
#include "core/analysis/decision.h"
#include "core/analysis/sequential_test.h"
#include "core/analysis/slot_window.h"

namespace sluice::analysis {

struct JudgeSettings {
  std::vector<Alarm> alarms;
  std::optional<AnalysisSettings> analysis;  ///< Nothing: the alarms alone.
};

/// GREEN's share from `at` on. `bake`: how long this step is watched before the next; nothing: nobody waits for its
/// end.
struct WeightChange {
  TimePoint at{};
  Weight green;
  std::optional<Milliseconds> bake;
  friend bool operator==(const WeightChange&, const WeightChange&) = default;
};

/// What a judge knows besides the slots that the alarms look back on: enough to go on after a crash.
struct JudgeProgress {
  std::string test;  ///< Of SequentialTest::serialize; empty without an analysis.
  Weight weight;
  std::optional<Milliseconds> bake;
  TimePoint step_since{};
  std::optional<TimePoint> watched_since;
  std::optional<TimePoint> blue_until;
  std::set<std::string> overruled;
  Decision decision;
  std::map<std::string, Baseline> before;  ///< By alarm: those that compare with what was before GREEN had traffic.
  std::deque<WeightChange> changes;        ///< Told, and not in force yet for the slots that were seen.
  std::vector<std::deque<WeightChange>> metric_changes;  ///< Likewise for what was seen of each of the user's metrics.
};

/// Without names, for this program and its next versions; exact.
std::string serialize(const JudgeProgress& progress);
/// Error: InvalidInput, for what is damaged or of another version.
Result<JudgeProgress> parse_judge_progress(std::string_view bytes);

class TrafficJudge {
 public:
  /// Error: InvalidInput, for settings that `validate` refuses.
  static Result<TrafficJudge> create(JudgeSettings settings);
  /// Goes on where `progress()` was taken. Error: InvalidInput, for a state that was damaged or belongs to other
  /// settings.
  static Result<TrafficJudge> resume(JudgeSettings settings, JudgeProgress progress);

  /// GREEN's share changes at `at`; that counts from the slot on in which it lies. `bake`: how long this step is
  /// watched before the next; nothing: nobody waits for its end. A rise during a hold overrules the hold's reason. For
  /// a metric of the user's own it counts from the observation on in which it lies, which may be seen sooner or later
  /// than that slot.
  void weight_changes(TimePoint at, Weight green, std::optional<Milliseconds> bake = std::nullopt);

  /// The next slot of both colours, in the order of time; slots without traffic included. Slots that were not watched
  /// are left out.
  Observed observe(Slot green, Slot blue);
  /// The same for a metric of the user's own, `settings.analysis->sequential.more[index]`: what began at `start` and
  /// took as long as the metric's `every`. Each in the order of time; after the slots of the same time.
  Observed observe_metric(std::size_t index, TimePoint start, const MetricCounts& green, const MetricCounts& blue);
  /// Slots that were observed before `progress()` was taken, for the alarms; in the order of time, before any other.
  void recall(Slot green, Slot blue);
  /// See SequentialTest::clock_stepped. The alarms forget what they saw.
  void clock_stepped(TimePoint now);

  /// Rollback stays. Hold stays until a rollback, or until it is overruled. Promote stays until the weight changes.
  const Decision& decision() const { return decision_; }
  /// The same of the newest step: a promotion that is about an earlier one, while the slots have not come to that
  /// change of weight, is none.
  const Decision& decision_of_newest_step() const;
  /// It goes on in spite of a hold or a rollback: that reason decides nothing any more, others do.
  void overrule();
  Weight weight() const { return weight_; }
  /// Nothing without an analysis.
  std::optional<Assessment> assess() const;
  /// Which particulars explain the decision that stands.
  Question question() const;
  JudgeProgress progress() const;

 private:
  struct AlarmJudgement;
  struct Shown;

  explicit TrafficJudge(JudgeSettings settings);

  void apply_changes(TimePoint until);
  void apply(const WeightChange& change);
  void measure_baselines();
  Observed feed_test(const Slot& green, const Slot& blue);
  void keep(Slot green, Slot blue);
  void judge_test(TimePoint now);
  void judge_alarms(TimePoint now);
  void judge_step(TimePoint now);
  std::optional<Decision> silence(TimePoint now) const;
  WeightChange step() const { return {step_since_, weight_, bake_}; }
  std::optional<WeightChange> step_of_metric(std::size_t index) const;
  void judge_step_early(std::size_t index, TimePoint now);
  Shown shown(const WeightChange& step) const;
  Decision promotion(const Shown& shown, const WeightChange& step, TimePoint now) const;
  Decision step_decision(TimePoint now) const;
  AlarmJudgement judge(const Alarm& alarm, TimePoint now) const;
  void decide(Decision decision);

  JudgeSettings settings_;
  std::optional<SequentialTest> test_;
  Slot green_sum_;  ///< Of the slots of one observation of the test, where that is longer than a slot.
  Slot blue_sum_;
  TimePoint mixed_until_{};           ///< An observation that begins before has parts with another weight.
  Milliseconds lookback_;             ///< The farthest of the alarms'.
  std::vector<AlarmScreen> screens_;  ///< One an alarm, in their order.
  SlotWindow green_;
  SlotWindow blue_;
  std::deque<WeightChange> changes_;                      ///< Still to come.
  std::vector<std::deque<WeightChange>> metric_changes_;  ///< Likewise for each of the user's metrics.
  Weight weight_;
  std::optional<Milliseconds> bake_;
  TimePoint step_since_{};
  std::optional<TimePoint> watched_since_;  ///< Since GREEN has had traffic.
  std::optional<TimePoint> blue_until_;     ///< Since when BLUE has none.
  std::set<std::string> overruled_;
  std::map<std::string, Baseline> before_;
  bool seen_ = false;            ///< Whether there was any slot.
  TimePoint next_start_{};       ///< What starts before it was seen.
  bool hold_overruled_ = false;  ///< What the sequential test says by way of hold was overruled.
  Decision decision_;
};

}  // namespace sluice::analysis
