#include "core/config/read_rollout.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "core/analysis/alarm_evaluation.h"
#include "core/config/form.h"

namespace sluice::config {
namespace {

using yaml::Node;

/// Shorter names are all near each other.
constexpr std::size_t kShortestGuess = 3;
/// Slower answers are told apart no more.
constexpr Milliseconds kMostLatency{std::chrono::minutes{10}};
constexpr Milliseconds kLeastLatency{1};

rollout::Strategy default_strategy() {
  const auto step = [](int percent, Milliseconds bake) {
    return rollout::TrafficStep{*Weight::from_basis_points(percent * 100), bake};
  };
  using std::chrono::minutes;
  return rollout::Strategy{.steps = {step(10, minutes{5}), step(50, minutes{3}), step(100, minutes{0})}};
}

/// The steps' weights rise strictly and end at 100%; each but the last says how long it bakes.
std::vector<rollout::TrafficStep> read_steps(Reader& reader, const Node& list) {
  std::vector<rollout::TrafficStep> steps;
  bool last_is_known = true;
  for (const auto& item : list.items) {
    const bool is_last = item == list.items.back();
    const Node* weight = reader.is_bad(item.get()) ? nullptr : reader.get(item.get(), "weight");
    last_is_known = weight != nullptr;
    if (weight == nullptr) continue;
    rollout::TrafficStep step{*Weight::parse(weight->text), Milliseconds{0}};
    const bool has_bake = item->find("bake") != nullptr;
    reader.read(item.get(), "bake", step.bake);
    const Weight before = steps.empty() ? Weight::none() : steps.back().weight;
    if (step.weight <= before) {
      reader.report(weight->begin, steps.empty() ? std::string("the first weight must be above 0%")
                                                 : fmt::format("weights must rise: {} comes after {}",
                                                               step.weight.to_string(), before.to_string()));
    }
    if (!is_last && !has_bake && !reader.has_bad_member(*item)) {
      reader.report(item->begin, fmt::format("'bake' is missing: say how long the checks watch the step at {}",
                                             step.weight.to_string()));
    }
    steps.push_back(step);
  }
  if (last_is_known && !steps.empty() && steps.back().weight != Weight::full()) {
    reader.report(list.items.back()->begin, fmt::format("the last step must be 100%, not {}: add {{weight: 100%}}",
                                                        steps.back().weight.to_string()));
  }
  return steps;
}

/// The alarm whose name is near, for an override that names none that there is.
std::string meant_alarm(const Node& alarms, std::string_view name) {
  if (name.size() < kShortestGuess) return "";
  std::vector<std::string_view> names;
  for (const yaml::Member& member : alarms.members) {
    if (member.key != name && member.value->find("metric") != nullptr) names.push_back(member.key);
  }
  const auto nearest = nearest_name(name, names);
  return nearest ? fmt::format(": did you mean the alarm '{}'?", *nearest) : std::string();
}

/// What `above` must look like for a metric.
std::string_view wanted_threshold(analysis::Metric metric) {
  if (analysis::is_of_service(metric)) {
    return "a share with its unit, like 90%, or a multiple of what it was before the start, like 1.5x before "
           "(BLUE has none of its own: its tasks and GREEN's are in it together)";
  }
  switch (analysis::statistic_of(metric)) {
    case analysis::Statistic::Ratio:
      return "a share with its unit, like 1%, or a multiple of BLUE's, like 5x blue or 5x before";
    case analysis::Statistic::Percentile:
    case analysis::Statistic::Average:
      return "a duration from 1ms to 10m, like 3s, or a multiple of BLUE's, like 2x blue or 2x before";
    case analysis::Statistic::Sum: return "a count, like 0";
  }
  std::unreachable();
}

/// False when the text is no threshold of this metric.
bool read_threshold_text(std::string_view text, analysis::Alarm& alarm) {
  const analysis::Statistic statistic = analysis::statistic_of(alarm.metric);
  if (statistic == analysis::Statistic::Sum) return false;
  if (is_times_blue(text) && analysis::is_of_service(alarm.metric)) return false;
  if (is_times_blue(text) || is_times_before(text)) {
    alarm.threshold = is_times_blue(text) ? analysis::Threshold::TimesBlue : analysis::Threshold::TimesBefore;
    alarm.above = parse_factor(text);
    return true;
  }
  const bool is_share = text.ends_with('%');
  if (is_share != (statistic == analysis::Statistic::Ratio)) return false;
  if (is_share) {
    alarm.above = parse_share(text);
    return true;
  }
  const Milliseconds time = *parse_duration(text);
  alarm.above = static_cast<double>(time.count());
  return time >= kLeastLatency && time <= kMostLatency;
}

void read_threshold(Reader& reader, const Node& node, analysis::Alarm& alarm) {
  const Node* above = reader.get(&node, "above");
  if (above == nullptr) return;
  const bool is_count = analysis::statistic_of(alarm.metric) == analysis::Statistic::Sum;
  const bool is_text = above->type == yaml::Type::String;
  if (is_count && !is_text) {
    alarm.above = above->number;
    return;
  }
  if (is_text && read_threshold_text(above->text, alarm)) return;
  reader.report(above->begin, fmt::format("'above' of {} is {}, not '{}'", to_string(alarm.metric),
                                          wanted_threshold(alarm.metric), above->text));
}

/// Keys that contradict the others, and what nobody could watch.
void check_alarm(Reader& reader, const Node& node, const yaml::Member& member, const analysis::Alarm& alarm) {
  const yaml::Member* samples = node.find_member("minimum_samples");
  const bool counts_requests =
      alarm.metric != analysis::Metric::FailedHealthChecks && !analysis::is_utilization(alarm.metric);
  if (samples != nullptr && !counts_requests) {
    reader.report(samples->key_at,
                  fmt::format("'minimum_samples' means nothing for {}: leave it out", to_string(alarm.metric)));
  }
  const yaml::Member* gate = node.find_member("gate_on_blue");
  if (gate != nullptr && alarm.gate_on_blue == analysis::Action::Hold) {
    if (analysis::is_utilization(alarm.metric)) {
      reader.report(gate->key_at,
                    fmt::format("'gate_on_blue' weighs requests, and {} counts none: write a multiple of {}",
                                to_string(alarm.metric),
                                analysis::is_of_service(alarm.metric) ? "what it was before the start, like 1.5x before"
                                                                      : "BLUE's, like 1.5x blue"));
    } else if (is_relative(alarm)) {
      reader.report(gate->key_at, "'gate_on_blue' means nothing beside a multiple of BLUE's figure: leave it out");
    } else if (alarm.then == analysis::Action::Hold) {
      reader.report(gate->key_at, "'gate_on_blue: hold' means nothing beside 'then: hold': leave it out");
    }
  }
  if (analysis::lookback(alarm) > analysis::kLongestLookback) {
    reader.report(
        member.key_at,
        fmt::format("the alarm '{}' looks back {}, and telemetry is kept for {}: take fewer or shorter periods",
                    alarm.name, format_duration(analysis::lookback(alarm)),
                    format_duration(analysis::kLongestLookback)));
  }
}

analysis::Alarm read_alarm(Reader& reader, const yaml::Member& member) {
  const Node& node = *member.value;
  analysis::Alarm alarm{.name = member.key};
  std::string text;
  if (reader.read(&node, "metric", text)) alarm.metric = analysis::parse_metric(text).value_or(alarm.metric);
  if (reader.read(&node, "missing", text)) alarm.missing = analysis::parse_missing(text).value_or(alarm.missing);
  if (reader.read(&node, "then", text)) alarm.then = analysis::parse_action(text).value_or(alarm.then);
  if (reader.read(&node, "datapoints", text)) {
    const Datapoints read = parse_datapoints(text);
    alarm.datapoints = read.datapoints;
    alarm.out_of = read.out_of;
  }
  reader.read(&node, "every", alarm.every);
  reader.read(&node, "minimum_samples", alarm.minimum_samples);
  if (reader.read(&node, "gate_on_blue", text)) {
    alarm.gate_on_blue = analysis::parse_action(text).value_or(alarm.gate_on_blue);
  }
  if (reader.get(&node, "metric") != nullptr) read_threshold(reader, node, alarm);
  check_alarm(reader, node, member, alarm);
  return alarm;
}

}  // namespace

rollout::Strategy read_strategy(Reader& reader, const Node* node) {
  rollout::Strategy strategy = default_strategy();
  if (const Node* steps = reader.get(node, "steps")) strategy.steps = read_steps(reader, *steps);
  reader.read(node, "hold_for", strategy.hold_for);
  reader.read(node, "drain", strategy.drain);
  reader.read(node, "drain_websockets", strategy.drain_websockets);
  reader.read(node, "wait_for_figures", strategy.waits_for_figures);
  return strategy;
}

std::vector<analysis::Alarm> read_alarms(Reader& reader, const Node* node) {
  std::vector<analysis::Alarm> alarms;
  if (node == nullptr) return alarms;
  for (const yaml::Member& member : node->members) {
    const Node& value = *member.value;
    const bool is_off = value.is_scalar();
    if (reader.is_bad(&value) || is_off) continue;
    for (std::string_view needed : {"metric", "above"}) {
      if (value.find(needed) != nullptr || reader.has_bad_member(value)) continue;
      reader.report(member.key_at, fmt::format("'{}' is missing in the alarm '{}'{}", needed, member.key,
                                               meant_alarm(*node, member.key)));
      if (needed == "metric") break;
    }
    alarms.push_back(read_alarm(reader, member));
  }
  std::ranges::sort(alarms, {}, &analysis::Alarm::name);
  return alarms;
}

void check_bakes(Reader& reader, const Node* steps, const std::vector<analysis::Alarm>& alarms, const Node* alarms_node,
                 Milliseconds lost) {
  if (steps == nullptr || alarms_node == nullptr) return;
  for (const auto& item : steps->items) {
    const Node* written = reader.get(item.get(), "bake");
    Milliseconds bake{0};
    if (written == nullptr || !reader.read(item.get(), "bake", bake)) continue;
    if (item == steps->items.back() && bake == Milliseconds{0}) continue;
    for (const analysis::Alarm& alarm : alarms) {
      const Milliseconds needed = alarm.every * alarm.datapoints + lost;
      if (alarm.then != analysis::Action::Rollback || bake >= needed) continue;
      const yaml::Member* place = alarms_node->find_member(alarm.name);
      reader.report(
          written->begin,
          fmt::format("a bake of {} is too short for the alarm '{}' (line {}): {} period{} of {} do{} not fit "
                      "in it, so it could never roll back here; bake for {} or longer",
                      format_duration(bake), alarm.name, place == nullptr ? 0 : place->key_at.line, alarm.datapoints,
                      alarm.datapoints == 1 ? "" : "s", format_duration(alarm.every), alarm.datapoints == 1 ? "es" : "",
                      format_duration(needed)));
    }
  }
}

void check_figures(Reader& reader, const Node* strategy, const rollout::Strategy& said,
                   const rollout::TelemetryTiming& timing) {
  constexpr Milliseconds kAnswering{5'000};
  const yaml::Member* member = strategy == nullptr ? nullptr : strategy->find_member("wait_for_figures");
  if (member == nullptr || said.waits_for_figures || said.steps.size() < 2) return;
  const Milliseconds needed = timing.delay + timing.grain * 2 + kAnswering;
  const Milliseconds bake = said.steps.front().bake;
  if (timing.delay == Milliseconds{0} || bake >= needed) return;
  reader.report(member->key_at,
                fmt::format("the step at {} bakes {}, and until its end CloudWatch has not told of a whole minute of "
                            "it: bake it for {} or longer, or wait for its figures",
                            said.steps.front().weight.to_string(), format_duration(bake), format_duration(needed)));
}

}  // namespace sluice::config
