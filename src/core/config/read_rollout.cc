#include "core/config/read_rollout.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "core/config/form.h"

namespace sluice::config {
namespace {

using yaml::Node;

/// Shorter names are all near each other.
constexpr std::size_t kShortestGuess = 3;

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

void read_threshold(Reader& reader, const Node& node, analysis::Alarm& alarm) {
  const Node* above = reader.get(&node, "above");
  if (above == nullptr) return;
  const bool is_share = above->type == yaml::Type::String;
  const bool wants_share = alarm.metric == analysis::Metric::ErrorRate;
  if (is_share != wants_share) {
    return reader.report(
        above->begin,
        wants_share ? fmt::format("'above' of error_rate is a share with its unit, like 1%, not '{}'", above->text)
                    : fmt::format("'above' of failed_health_checks is a count, like 0, not '{}'", above->text));
  }
  alarm.above = is_share ? parse_share(above->text) : above->number;
}

analysis::Alarm read_alarm(Reader& reader, const Node& node, std::string name) {
  analysis::Alarm alarm{.name = std::move(name)};
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
  if (reader.get(&node, "metric") != nullptr) read_threshold(reader, node, alarm);
  const yaml::Member* samples = node.find_member("minimum_samples");
  if (samples != nullptr && alarm.metric == analysis::Metric::FailedHealthChecks) {
    reader.report(samples->key_at, "'minimum_samples' means nothing for failed_health_checks: leave it out");
  }
  return alarm;
}

}  // namespace

rollout::Strategy read_strategy(Reader& reader, const Node* node) {
  rollout::Strategy strategy = default_strategy();
  if (const Node* steps = reader.get(node, "steps")) strategy.steps = read_steps(reader, *steps);
  reader.read(node, "hold_for", strategy.hold_for);
  reader.read(node, "drain", strategy.drain);
  reader.read(node, "drain_websockets", strategy.drain_websockets);
  return strategy;
}

std::vector<analysis::Alarm> read_alarms(Reader& reader, const Node* node) {
  std::vector<analysis::Alarm> alarms;
  if (node == nullptr) return alarms;
  for (const yaml::Member& member : node->members) {
    const Node& value = *member.value;
    if (reader.is_bad(&value)) continue;
    for (std::string_view needed : {"metric", "above"}) {
      if (value.find(needed) != nullptr || reader.has_bad_member(value)) continue;
      reader.report(member.key_at, fmt::format("'{}' is missing in the alarm '{}'{}", needed, member.key,
                                               meant_alarm(*node, member.key)));
      if (needed == "metric") break;
    }
    alarms.push_back(read_alarm(reader, value, member.key));
  }
  std::ranges::sort(alarms, {}, &analysis::Alarm::name);
  return alarms;
}

void check_bakes(Reader& reader, const Node* steps, const std::vector<analysis::Alarm>& alarms,
                 const Node* alarms_node) {
  if (steps == nullptr || alarms_node == nullptr) return;
  for (const auto& item : steps->items) {
    const Node* written = reader.get(item.get(), "bake");
    Milliseconds bake{0};
    if (written == nullptr || !reader.read(item.get(), "bake", bake)) continue;
    if (item == steps->items.back() && bake == Milliseconds{0}) continue;
    for (const analysis::Alarm& alarm : alarms) {
      const Milliseconds needed = alarm.every * alarm.datapoints;
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

}  // namespace sluice::config
