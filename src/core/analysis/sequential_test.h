// Compares GREEN with BLUE's concurrent traffic, request by request, by a test that is valid at every moment: as long
// as GREEN is no worse than the settings allow, the chance that `decision` ever becomes Rollback is at most alpha,
// however often one looks. docs/analysis.md derives it and says what the guarantee assumes.
//
// Pure: fed with slots, it answers. Its state is of constant size, and `serialize` keeps it exactly.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/weight.h"
#include "core/analysis/metric_group.h"

namespace sluice::analysis {

enum class SequentialDecision { None, Hold, Rollback };

std::string_view to_string(SequentialDecision decision);

/// q, and that quantile of both colours in milliseconds, over about the last minute and a half.
struct QuantilePair {
  double level = 0;
  double green = 0;
  double blue = 0;
  friend bool operator==(const QuantilePair&, const QuantilePair&) = default;
};

/// What one metric has to say. `describe` makes a sentence of it.
struct MetricEvidence {
  std::string name;
  SequentialKind kind = SequentialKind::Ratio;
  Action then = Action::Rollback;
  bool historical = false;  ///< GREEN against BLUE's past: nothing protects it from an outage that hits everything.
  double log_evidence = 0;  ///< Nats; of the metric alone …
  double log_needed = 0;    ///< … and what it needs if no other metric speaks.
  BlockCounts window;       ///< Both colours since the evidence began to rise.
  Milliseconds window_length{};
  double allowed = 0;                   ///< Historical: the rate that GREEN is allowed.
  std::vector<QuantilePair> quantiles;  ///< Latency: of each level, once both colours are known.
  std::size_t leading = 0;              ///< Latency: the level that `window` is about …
  BlockCounts step;                     ///< Ratio and count: both colours in this traffic step.
  std::optional<double> at_most_worse;  ///< Ratio: as Assessment's, of this metric's rate.
  double blue_slower_than = 0;          ///< … and the milliseconds that BLUE's requests in it were compared with …
  double green_slower_than = 0;         ///< … and GREEN's; 0 while too little is known of BLUE.
};

struct Assessment {
  SequentialDecision decision = SequentialDecision::None;
  double log_evidence = 0;       ///< Of all metrics that roll back, against …
  double log_threshold = 0;      ///< … log(1/alpha).
  double hold_log_evidence = 0;  ///< The same for metrics that hold.
  double hold_log_threshold = 0;
  std::vector<MetricEvidence> metrics;
  BlockCounts step;  ///< Requests and 5xx of both colours in this traffic step.
  /// GREEN answers 5xx to at most this much more of its requests than BLUE (a share of 1; negative: it is better), on
  /// average over this traffic step, with confidence 1 - bound_alpha at every moment. None before a block was judged.
  std::optional<double> at_most_worse;
};

class SequentialTest {
 public:
  /// Error: InvalidInput, of `validate`.
  static Result<SequentialTest> create(SequentialSettings settings);

  /// Both colours' counts of the same slot, in the order of time; slots without traffic included. Slots that are not
  /// delivered are a gap: time passes, nothing is counted. Before GREEN gets traffic, BLUE alone is learnt. Slots of
  /// several routers are added up before they come here.
  Observed observe(const Slot& green, const Slot& blue);

  /// The same for the user's own metric `settings().more[index]`, at its own pace.
  Observed observe_metric(std::size_t index, TimePoint start, const MetricCounts& green, const MetricCounts& blue);

  /// GREEN's share is changing now (its first traffic: the test begins). The same share again changes nothing. 100%
  /// ends the comparison and begins the historical test; 0% ends both.
  void weight_changed(Weight green);
  /// The same for the built-in metrics alone, or for one of the user's own, whose figures come sooner or later than
  /// theirs: what follows of a metric's counts is judged under the weight that it was told.
  void slots_weight_changed(Weight green);
  void metric_weight_changed(std::size_t index, Weight green);

  /// The sources' clock stepped: slots count from `now` on, also if it lies before what was seen. What had been counted
  /// stays counted, so nothing may be delivered twice.
  void clock_stepped(TimePoint now);

  /// Once it is Hold or Rollback it stays, and Rollback goes before Hold.
  SequentialDecision decision() const { return decision_; }
  Assessment assess() const;
  const SequentialSettings& settings() const { return *settings_; }

  /// The whole state, less than 8 KB with the built-in metrics.
  std::string serialize() const;
  /// Error: InvalidInput for what is damaged, of another version, or was written under other settings.
  static Result<SequentialTest> parse(SequentialSettings settings, std::string_view bytes);

 private:
  explicit SequentialTest(std::shared_ptr<const SequentialSettings> settings);

  template <typename Archive>
  void archive(Archive& archive);

  double share_of_alpha(const SequentialMetric& metric) const;
  double log_combined(Action action) const;
  void decide();
  static void change_weight(MetricGroup& group, Weight from, Weight to);
  bool has_begun() const;

  std::shared_ptr<const SequentialSettings> settings_;  ///< The groups refer to it; shared by copies.
  std::vector<MetricGroup> groups_;                     ///< The built-in metrics together, then each of the user's own.
  Weight weight_;                                       ///< Of the built-in metrics.
  std::vector<Weight> metric_weights_;                  ///< Of each of the user's own.
  SequentialDecision decision_ = SequentialDecision::None;
};

}  // namespace sluice::analysis
