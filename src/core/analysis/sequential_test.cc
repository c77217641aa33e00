#include "core/analysis/sequential_test.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "core/analysis/log_sum.h"

namespace sluice::analysis {
namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

std::vector<const SequentialMetric*> built_in(const SequentialSettings& settings) {
  std::vector<const SequentialMetric*> metrics{&settings.errors};
  for (const SequentialMetric* metric : {&settings.latency, &settings.error_log}) {
    if (metric->share > 0) metrics.push_back(metric);
  }
  return metrics;
}

/// Of all metrics that may speak for an action.
double sum_of_shares(const SequentialSettings& settings, Action action) {
  double sum = 0;
  for (const SequentialMetric* metric : {&settings.errors, &settings.latency, &settings.error_log}) {
    if (metric->then == action) sum += metric->share;
  }
  for (const SequentialMetric& metric : settings.more) {
    if (metric.then == action) sum += metric.share;
  }
  return sum;
}

/// `logs_watched`: of both colours; one colour's errors beside another's silence would be no comparison.
MetricCounts counts_of(const SequentialSettings& settings, const SequentialMetric& metric, const Slot& slot,
                       bool logs_watched) {
  if (&metric == &settings.latency) return {.latency = &slot.latency};
  if (&metric == &settings.errors) return {.counts = {slot.requests, slot.server_errors}};
  if (!logs_watched) return {};
  return {
      .counts = {slot.requests, settings.error_log_by_lines ? slot.log_error_lines : slot.requests_with_log_errors}};
}

std::vector<QuantilePair> quantiles_of(const MetricTest& test) {
  constexpr double kLeast = 0.5;
  const std::vector<double>& levels = test.metric().levels;
  std::array<int, kMostLatencyLevels> green{};
  std::array<int, kMostLatencyLevels> blue{};
  test.latencies_of_green().quantile_buckets(levels, kLeast, green);
  test.latencies_of_blue().quantile_buckets(levels, kLeast, blue);
  std::vector<QuantilePair> pairs;
  for (std::size_t i = 0; i < levels.size() && green[i] >= 0 && blue[i] >= 0; ++i) {
    pairs.push_back({.level = levels[i], .green = latency_edge(green[i]), .blue = latency_edge(blue[i])});
  }
  return pairs;
}

MetricEvidence evidence_of(const MetricTest& test, double log_needed, double bound_alpha) {
  const SequentialMetric& metric = test.metric();
  const EvidenceWindow window = test.window();
  MetricEvidence evidence{.name = metric.name,
                          .kind = metric.kind,
                          .then = metric.then,
                          .log_evidence = test.log_evidence(),
                          .log_needed = log_needed,
                          .window = window.counts,
                          .window_length = Milliseconds{window.milliseconds}};
  evidence.step = test.step();
  if (metric.kind == SequentialKind::Ratio) evidence.at_most_worse = test.difference_below(bound_alpha);
  if (metric.kind != SequentialKind::Latency) return evidence;
  evidence.quantiles = quantiles_of(test);
  evidence.leading = test.leading_level();
  const LatencyThreshold& threshold = test.threshold(evidence.leading);
  if (threshold.blue >= 0) {
    evidence.blue_slower_than = latency_edge(threshold.blue);
    evidence.green_slower_than = latency_edge(threshold.green);
  }
  return evidence;
}

MetricEvidence historical_evidence_of(const MetricTest& test, double log_needed) {
  const EvidenceWindow window = test.historical_window();
  return {.name = test.metric().name,
          .kind = SequentialKind::Ratio,
          .then = test.metric().then,
          .historical = true,
          .log_evidence = test.historical()->log_evidence(),
          .log_needed = log_needed,
          .window = window.counts,
          .window_length = Milliseconds{window.milliseconds},
          .allowed = test.historical()->allowed()};
}

}  // namespace

std::string_view to_string(SequentialDecision decision) {
  switch (decision) {
    case SequentialDecision::None: return "none";
    case SequentialDecision::Hold: return "hold";
    case SequentialDecision::Rollback: return "rollback";
  }
  std::unreachable();
}

SequentialTest::SequentialTest(std::shared_ptr<const SequentialSettings> settings) : settings_(std::move(settings)) {
  groups_.emplace_back(*settings_, built_in(*settings_), settings_->slot_length);
  for (const SequentialMetric& metric : settings_->more) {
    groups_.emplace_back(*settings_, std::array{&metric}, metric.every);
  }
  metric_weights_.resize(settings_->more.size());
}

Result<SequentialTest> SequentialTest::create(SequentialSettings settings) {
  TRY(validate(settings));
  return SequentialTest(std::make_shared<const SequentialSettings>(std::move(settings)));
}

Observed SequentialTest::observe(const Slot& green, const Slot& blue) {
  if (green.start != blue.start) return Observed::Impossible;
  std::array<MetricCounts, 3> of_green;
  std::array<MetricCounts, 3> of_blue;
  const auto tests = groups_.front().tests();
  const bool logs_watched = green.log_watched && blue.log_watched;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    of_green[i] = counts_of(*settings_, tests[i].metric(), green, logs_watched);
    of_blue[i] = counts_of(*settings_, tests[i].metric(), blue, logs_watched);
  }
  const Observed observed = groups_.front().observe(
      green.start, {.requests = green.requests, .metrics = std::span(of_green).first(tests.size())},
      {.requests = blue.requests, .metrics = std::span(of_blue).first(tests.size())});
  if (observed == Observed::Counted) decide();
  return observed;
}

Observed SequentialTest::observe_metric(std::size_t index, TimePoint start, const MetricCounts& green,
                                        const MetricCounts& blue) {
  SLUICE_ASSERT(index < settings_->more.size());
  const auto requests = [](const MetricCounts& counts) {
    return counts.latency != nullptr ? counts.latency->total() : counts.counts.requests;
  };
  const Observed observed = groups_[index + 1].observe(start, {.requests = requests(green), .metrics = {&green, 1}},
                                                       {.requests = requests(blue), .metrics = {&blue, 1}});
  if (observed == Observed::Counted) decide();
  return observed;
}

void SequentialTest::change_weight(MetricGroup& group, Weight from, Weight to) {
  const bool comparing = to != Weight::none() && to != Weight::full();
  from != Weight::none() ? group.weight_changed(comparing) : group.start(comparing);
}

void SequentialTest::weight_changed(Weight green) {
  slots_weight_changed(green);
  for (std::size_t i = 0; i < metric_weights_.size(); ++i) metric_weight_changed(i, green);
}

void SequentialTest::metric_weight_changed(std::size_t index, Weight green) {
  SLUICE_ASSERT(index < metric_weights_.size());
  if (green == metric_weights_[index]) return;
  change_weight(groups_[index + 1], metric_weights_[index], green);
  metric_weights_[index] = green;
}

void SequentialTest::slots_weight_changed(Weight green) {
  if (green == weight_) return;
  change_weight(groups_.front(), weight_, green);
  MetricTest& errors = groups_.front().tests().front();
  if (green == Weight::full() && settings_->historical_floor > 0) {
    errors.begin_historical(settings_->historical_floor);
  } else {
    errors.end_historical();
  }
  weight_ = green;
}

void SequentialTest::clock_stepped(TimePoint now) {
  for (MetricGroup& group : groups_) group.clock_stepped(now);
}

double SequentialTest::share_of_alpha(const SequentialMetric& metric) const {
  return metric.share > 0 ? metric.share / sum_of_shares(*settings_, metric.then) : 0;
}

/// Inside a group evidence is averaged by shares; between groups, whose blocks overlap, each spends its share of alpha.
double SequentialTest::log_combined(Action action) const {
  double most = kNothing;
  for (const MetricGroup& group : groups_) {
    double sum = kNothing;
    for (const MetricTest& test : group.tests()) {
      if (test.metric().then != action) continue;
      sum = log_sum(sum, std::log(share_of_alpha(test.metric())) + test.log_evidence());
    }
    most = std::max(most, sum);
  }
  return most;
}

bool SequentialTest::has_begun() const {
  return weight_ != Weight::none() ||
         std::ranges::any_of(metric_weights_, [](Weight weight) { return weight != Weight::none(); });
}

void SequentialTest::decide() {
  if (!has_begun() || decision_ == SequentialDecision::Rollback) return;
  if (log_combined(Action::Rollback) >= -std::log(settings_->alpha)) {
    decision_ = SequentialDecision::Rollback;
  } else if (log_combined(Action::Hold) >= -std::log(settings_->hold_alpha)) {
    decision_ = SequentialDecision::Hold;
  }
}

Assessment SequentialTest::assess() const {
  const auto threshold = [&](Action action) {
    return -std::log(action == Action::Rollback ? settings_->alpha : settings_->hold_alpha);
  };
  const MetricTest& errors = groups_.front().tests().front();
  Assessment assessment{.decision = decision_,
                        .log_evidence = log_combined(Action::Rollback),
                        .log_threshold = threshold(Action::Rollback),
                        .hold_log_evidence = log_combined(Action::Hold),
                        .hold_log_threshold = threshold(Action::Hold),
                        .step = errors.step(),
                        .at_most_worse = errors.difference_below(settings_->bound_alpha)};
  for (const MetricGroup& group : groups_) {
    for (const MetricTest& test : group.tests()) {
      const double share = share_of_alpha(test.metric());
      if (share <= 0) continue;
      const double needed = threshold(test.metric().then) - std::log(share);
      assessment.metrics.push_back(evidence_of(test, needed, settings_->bound_alpha));
      if (test.historical()) {
        assessment.metrics.push_back(historical_evidence_of(test, needed - std::log(test.historical_share())));
      }
    }
  }
  return assessment;
}

}  // namespace sluice::analysis
