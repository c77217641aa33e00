// The tables of what is watched: the steps of traffic, alarms and the comparison.
#include "core/analysis/alarm.h"
#include "core/analysis/sequential_settings.h"
#include "core/config/tables.h"

namespace sluice::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::vector<Field> rate_fields(std::string_view margin, std::string_view floor, std::string_view then) {
  return {{"margin", text(form::kFactor), margin},
          {"slack", text(form::kShare), "And this much more, in absolute terms (0%)."},
          {"floor", text(form::kShare), floor},
          {"prior", text(form::kShare), "BLUE's rate before BLUE was seen (0.1%)."},
          {"share", numbers(0, 1e6), "Of alpha, relative to the metrics with the same action (1)."},
          {"then", action_shape(), then}};
}

ShapePointer compared_errors_shape() {
  return or_off(shape(Object{
      .name = "compared_errors",
      .noun = "the comparison of errors",
      .fields = rate_fields("GREEN may answer 5xx so many times as often as BLUE (1.5x).",
                            "A rate of 5xx up to this is never worse; 0%: no floor (0.25%).",
                            "What evidence does (rollback)."),
  }));
}

ShapePointer compared_latency_shape() {
  return or_off(shape(Object{
      .name = "compared_latency",
      .noun = "the comparison of latencies",
      .fields = {{"margin", text(form::kFactor), "GREEN may take so many times as long as BLUE (1.25x) …"},
                 {"plus", span(Milliseconds{0}, minutes{10}), "… or this much longer, whichever is more (20ms)."},
                 {"levels", shape(ListOf{text(form::kShare), 1}),
                  "The quantiles of BLUE's that are compared, one to four ([50%, 80%, 95%])."},
                 {"ratio", text(form::kFactor), "So many times as many of GREEN's may be slower than that (1x) …"},
                 {"slack", text(form::kShare), "… plus this share of them (1%)."},
                 {"share", numbers(0, 1e6), "Of alpha, relative to the metrics with the same action (1)."},
                 {"then", action_shape(), "What evidence does (rollback)."}},
  }));
}

ShapePointer compared_error_log_shape() {
  std::vector<Field> fields = rate_fields("GREEN may log errors so many times as often as BLUE (5x).",
                                          "A rate of logged errors up to this is never worse; 0%: no floor (0.2%).",
                                          "What evidence does (hold).");
  fields.push_back({"count", shape(Choice{{"requests", "lines"}}),
                    "Requests with an error in the log, or lines where those do not name their request (requests)."});
  return or_off(
      shape(Object{.name = "compared_error_log", .noun = "the comparison of error logs", .fields = std::move(fields)}));
}

std::vector<Field> evidence_fields() {
  return {{"alternatives", shape(ListOf{numbers(0.01, 20), 1}),
           "Eight log odds by which GREEN may be worse than allowed ([0.4, 0.8, 1.4, 2.1, 3, 4, 5.5, 8])."},
          {"cap", numbers(0.01, 100), "The most evidence that one second adds, in nats (2)."},
          {"most_tempering", numbers(1, 1000), "The most that clustered errors divide evidence by; 1: never (10)."},
          {"tempering_prior", numbers(0.1, 1000), "How much must be seen before they do (4)."},
          {"half_life", span(seconds{1}, hours{1}), "Of what is known of BLUE (60s)."},
          {"prior_requests", numbers(0.1, 1e6), "How many requests the prior rates are worth (200)."},
          {"lowest_rate", text(form::kShare), "BLUE's rate is taken to be at least this (0.001%)."},
          {"highest_rate", text(form::kShare), "BLUE's rate is taken to be at most this (98%)."},
          {"hopeless_rate", text(form::kShare), "Where so much is allowed to GREEN nothing is judged (97%)."},
          {"mass_at_start", numbers(0, 1), "How much of the evidence starts with GREEN's first traffic (0.5),"},
          {"mass_at_weight_change", numbers(0, 1), "with each later change of weight (0.1),"},
          {"mass_over_plan", numbers(0, 1), "spread over the planned time (0.4),"},
          {"mass_reserve", numbers(0, 0.5), "and is kept for what takes longer (0.05)."},
          {"planned", span(seconds{1}, hours{24 * 30}), "The planned time (the bakes below 100% together)."},
          {"block_requests", shape(WholeNumber{1, 1'000'000}), "Requests of each colour that are judged at once (2)."},
          {"block_patience", span(seconds{1}, hours{1}), "After this long one of each must do (10s)."},
          {"latency_samples", shape(WholeNumber{1, 1'000'000}), "BLUE's latencies that are needed first (20)."},
          {"slot", span(analysis::kSlotLength, analysis::kLongestSource),
           "What one observation covers: 100ms, or whole seconds (100ms)."}};
}

ShapePointer probes_shape() {
  return shape(Object{
      .name = "probes",
      .noun = "the probes",
      .fields = {{"rate", numbers(0.1, 20), "So many a second are sent to each colour (1)."},
                 {"below", numbers(0.1, 1e6),
                  "While users ask less often than this, a second, both colours together (10)."},
                 {"requests", shape(ListOf{smoke_shape(), 1}),
                  "What is sent, one after the other, and what is expected."}},
  });
}

ShapePointer own_metric_shape() {
  return shape(Object{
      .name = "own_metric",
      .noun = "a metric",
      .fields =
          {{"source", shape(Choice{{"log", "router", "prometheus", "cloudwatch"}}), "Where it comes from."},
           {"kind", shape(Choice{{"ratio", "count", "latency"}}), "What it is."},
           {"field", text(form::kText), "log: a member of the JSON lines, or the JSON pointer of a value."},
           {"statuses", shape(ListOf{shape(AnyScalar{}), 1}),
            "router, ratio: the answers that are events, like 429 or 4xx."},
           {"path", text(form::kRoutePath), "router: only requests with this path or below it."},
           {"url", text(form::kUrl), "prometheus: where it answers; of a workspace of Amazon's, its query URL."},
           {"events", text(form::kText), "ratio, count: a query for the events' counter; cloudwatch: the metric."},
           {"requests", text(form::kText), "ratio and count: the same for the requests."},
           {"buckets", text(form::kText), "prometheus, latency: the same for a histogram's buckets, by le."},
           {"namespace", text(form::kText), "cloudwatch: of the metrics."},
           {"dimensions", scalars(form::kText, "a dimension"), "cloudwatch: theirs; $label and the like in a value."},
           {"metric", text(form::kText), "cloudwatch, latency: the metric whose percentiles they are."},
           {"every", span(seconds{1}, analysis::kLongestSource),
            "prometheus, cloudwatch: what one observation covers, in whole seconds (15s, 60s)."},
           {"unit", shape(Choice{{"s", "ms", "us"}}), "latency: of the numbers (log, cloudwatch: ms; prometheus: s)."},
           {"missing", shape(Choice{{"hold", "ignore"}}), "What no data at the end of a traffic step does (hold)."},
           {"margin", text(form::kFactor),
            "GREEN may have so many times as much as BLUE (ratio and count: 1.5x; latency: 1.25x)."},
           {"slack", text(form::kShare), "And this much more, in absolute terms (0%; latency: 1%)."},
           {"floor", text(form::kShare), "ratio and count: a rate up to this is never worse (0.25%; count: 0%)."},
           {"prior", text(form::kShare), "ratio and count: BLUE's rate before BLUE was seen (0.1%)."},
           {"plus", span(Milliseconds{0}, minutes{10}), "latency: or this much longer (20ms)."},
           {"levels", shape(ListOf{text(form::kShare), 1}), "latency: the quantiles ([50%, 80%, 95%])."},
           {"ratio", text(form::kFactor), "latency: so many times as many may be slower than that (1x)."},
           {"share", numbers(0, 1e6), "Of alpha, relative to the metrics with the same action (1)."},
           {"then", action_shape(), "What evidence does (rollback)."}},
  });
}

}  // namespace

ShapePointer strategy_shape() {
  const ShapePointer step = shape(Object{
      .name = "traffic_step",
      .noun = "a traffic step",
      .fields = {{"weight", text(form::kWeight), "GREEN's share of the traffic from this step on.", kRequired},
                 {"bake", span(Milliseconds{0}, hours{24 * 7}), "How long the checks watch before the next step."}},
  });
  return shape(Object{
      .name = "strategy",
      .noun = "a strategy",
      .fields = {{"steps", shape(ListOf{step, 1}), "Weights rise strictly; the last step is 100%."},
                 {"hold_for", span(seconds{1}, hours{24 * 7}), "A hold older than this rolls back (60m)."},
                 {"drain", span(Milliseconds{0}, hours{1}),
                  "Limit for open requests of a colour without traffic (30s)."},
                 {"drain_websockets", span(Milliseconds{0}, hours{24}), "Likewise for open WebSockets (10m)."},
                 {"wait_for_figures", shape(Flag{}),
                  "false: a step but the last ends with its bake; figures that come later count in the next (true)."}},
  });
}

ShapePointer alarms_shape() {
  const ShapePointer above = shape(Either{{text(form::kThreshold), shape(Number{0, 1e9})}});
  const ShapePointer alarm = shape(Object{
      .name = "alarm",
      .noun = "an alarm",
      .fields =
          {{"metric",
            shape(Choice{{"error_rate", "failed_health_checks", "latency_p50", "latency_p90", "latency_p95",
                          "latency_p99", "error_log_rate", "latency_average", "error_count", "error_log_count",
                          "cpu_utilization", "memory_utilization", "service_cpu_utilization",
                          "service_memory_utilization"}}),
            "What is measured on GREEN, a period at a time; service_…: on the service's tasks, whichever colour they "
            "are "
            "of."},
           {"above", above,
            "The threshold: a share like 1% for rates, a duration like 3s for latencies, a number for counts; or a "
            "multiple of BLUE's figure, now (5x blue) or before the start (5x before), for rates, latencies and "
            "utilization."},
           {"datapoints", text(form::kDatapoints), "M of N: so many of the last so many periods breach (1 of 1)."},
           {"every", span(analysis::kShortestPeriod, analysis::kLongestPeriod), "The period (60s)."},
           {"minimum_samples", shape(WholeNumber{1, 1'000'000'000}),
            "A period with fewer requests counts as missing (1); for rates and latencies."},
           {"missing", shape(Choice{{"hold", "breaching", "not_breaching", "ignore"}}),
            "What a period without data counts as (hold)."},
           {"then", shape(Choice{{"rollback", "hold"}}), "What a breach does (rollback)."},
           {"gate_on_blue", shape(Choice{{"rollback", "hold"}}),
            "What a breach does that BLUE's traffic of the same time explains (rollback)."}},
  });
  return shape(MapOf{&form::kAlarmName, "an alarm", or_off(alarm)});
}

ShapePointer analysis_shape() {
  const ShapePointer enough = shape(Object{
      .name = "step_evidence",
      .noun = "what a traffic step must show",
      .fields = {{"requests", shape(WholeNumber{0, 1'000'000'000}), "GREEN's in the step, at least (50)."},
                 {"at_most_worse", text(form::kShare),
                  "The bound on GREEN's 5xx rate minus BLUE's, at most; 100%: any will do (5%)."},
                 {"extension", span(Milliseconds{0}, hours{24 * 7}),
                  "How much longer than its bake a step may take for it; then it is held (10m)."}},
  });
  std::vector<Field> fields{
      {"alpha", text(form::kShare), "The chance that a GREEN no worse than allowed is rolled back (1%)."},
      {"hold_alpha", text(form::kShare), "The chance that such a GREEN is held (1%)."},
      {"bound_alpha", text(form::kShare), "The chance that GREEN is worse than the bound that is shown (5%)."},
      {"errors", compared_errors_shape(), "5xx answers, or off."},
      {"latency", compared_latency_shape(), "How long answers take, or off."},
      {"error_log", compared_error_log_shape(), "Errors in the services' logs, or off."},
      {"historical_floor", text(form::kShare),
       "At 100% GREEN is compared with BLUE's past; a rate up to this is never worse; 0%: no comparison (1%)."},
      {"enough", enough, "What a traffic step must show before the next one."},
      {"probes", probes_shape(), "Requests of sluice's own to both colours, where users ask too rarely."},
      {"metrics", shape(MapOf{&form::kAlarmName, "a metric", own_metric_shape()}), "Metrics of your own, at most 8."}};
  for (Field& field : evidence_fields()) fields.push_back(std::move(field));
  return or_off(shape(Object{.name = "analysis", .noun = "the analysis", .fields = std::move(fields)}));
}

}  // namespace sluice::config
