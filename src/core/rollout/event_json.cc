#include "core/rollout/event_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "core/rollout/analysis_json.h"
#include "core/rollout/message_target_json.h"
#include "core/rollout/object_reader.h"
#include "core/rollout/particulars_json.h"
#include "core/rollout/release_json.h"
#include "core/rollout/revision_json.h"
#include "core/rollout/text_array.h"

namespace sluice::rollout {
namespace {

namespace json = boost::json;

json::value to_json(const std::optional<TimePoint>& time) {
  return time ? json::value(time->time_since_epoch().count()) : json::value();
}

json::value to_json(const ServiceKey& key) {
  return {{"project", key.project}, {"environment", key.environment}, {"service", key.service}};
}

Result<ServiceKey> read_key(const json::value& value, std::string path) {
  ServiceKey key;
  ObjectReader reader(value, std::move(path));
  reader.read("project", key.project);
  reader.read("environment", key.environment);
  reader.read("service", key.service);
  TRY(reader.finish());
  return key;
}

json::value to_json(const TrafficSplit& split) {
  return {{"open", split.open}, {"slot_b_basis_points", split.slot_b.basis_points()}};
}

Result<TrafficSplit> read_split(const json::value& value, std::string path) {
  TrafficSplit split;
  int basis_points = 0;
  ObjectReader reader(value, std::move(path));
  reader.read("open", split.open);
  reader.read("slot_b_basis_points", basis_points);
  TRY(reader.finish());
  TRY_ASSIGN(split.slot_b, Weight::from_basis_points(basis_points));
  return split;
}

json::value to_json(const FrontDoor& door) {
  return {{"listen", door.listen}, {"host", door.host}, {"path", door.path}};
}

Result<FrontDoor> read_front_door(const json::value& value, std::string path) {
  FrontDoor door;
  ObjectReader reader(value, std::move(path));
  reader.read("listen", door.listen);
  reader.read("host", door.host);
  reader.read("path", door.path);
  TRY(reader.finish());
  return door;
}

Result<Probes> read_probes(const json::value& value, std::string path) {
  Probes probes;
  ObjectReader reader(value, std::move(path));
  reader.read("rate", probes.rate);
  reader.read("below", probes.below);
  reader.read_list("requests", probes.requests, read_smoke_test);
  TRY(reader.finish());
  return probes;
}

json::value to_json(const Probes& probes) {
  json::array requests;
  for (const SmokeTest& request : probes.requests) requests.push_back(rollout::to_json(request));
  return {{"rate", probes.rate}, {"below", probes.below}, {"requests", std::move(requests)}};
}

/// Whether the plan's traffic steps have a round each.
bool has_rounds_enough(const Plan& plan) {
  const ReleaseMember& member = member_of(plan);
  return member.first_round <= member.last_round &&
         member.last_round - member.first_round + 1 >= plan.strategy.steps.size();
}

std::optional<Slot> parse_slot(std::string_view name) {
  if (name == to_string(Slot::A)) return Slot::A;
  if (name == to_string(Slot::B)) return Slot::B;
  return std::nullopt;
}

std::optional<ErrorKind> parse_error_kind(std::string_view name) {
  for (ErrorKind kind : {ErrorKind::InvalidInput, ErrorKind::NotFound, ErrorKind::Conflict, ErrorKind::Denied,
                         ErrorKind::Throttled, ErrorKind::Unavailable, ErrorKind::TimedOut, ErrorKind::Cancelled,
                         ErrorKind::UnknownOutcome, ErrorKind::Failed}) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

std::string_view name_of(PassesOver what) {
  switch (what) {
    case PassesOver::WhatHeld: return "what_held";
    case PassesOver::Everything: return "everything";
  }
  std::unreachable();
}

std::optional<PassesOver> parse_passes_over(std::string_view name) {
  for (const PassesOver what : {PassesOver::WhatHeld, PassesOver::Everything}) {
    if (name_of(what) == name) return what;
  }
  return std::nullopt;
}

json::value to_json(const CheckResult& result) {
  return {{"alarm", result.alarm},
          {"verdict", std::string(analysis::to_string(result.verdict))},
          {"sentence", result.sentence},
          {"blue_shows_it", result.blue_shows_it},
          {"particulars", rollout::to_json(result.particulars)}};
}

Result<CheckResult> read_check_result(const json::value& value, std::string path) {
  CheckResult result;
  ObjectReader reader(value, std::move(path));
  reader.read("alarm", result.alarm);
  reader.read_name("verdict", result.verdict, analysis::parse_verdict);
  reader.read("sentence", result.sentence);
  if (reader.has("blue_shows_it")) reader.read("blue_shows_it", result.blue_shows_it);  // not before schema 3
  if (reader.has("particulars")) reader.read_as("particulars", result.particulars, read_particulars);  // … 5
  TRY(reader.finish());
  return result;
}

json::array list(const std::vector<CheckResult>& results) {
  json::array array;
  for (const CheckResult& result : results) array.push_back(to_json(result));
  return array;
}

Result<std::pair<std::string, analysis::Baseline>> read_baseline(const json::value& value, std::string path) {
  std::pair<std::string, analysis::Baseline> read;
  ObjectReader reader(value, std::move(path));
  reader.read("alarm", read.first);
  reader.read("requests", read.second.requests);
  reader.read("bad", read.second.bad);
  reader.read("value", read.second.value);
  TRY(reader.finish());
  return read;
}

// --- one pair a type of event: its fields, and reading them

json::object fields(const Started& e) { return {{"plan", to_json(e.plan)}}; }
json::object fields(const EffectSucceeded& e) { return {{"token", e.token}, {"lines", text_array(e.lines)}}; }
json::object fields(const EffectFailed& e) {
  return {{"token", e.token}, {"kind", std::string(to_string(e.error.kind))}, {"message", e.error.message}};
}
json::object fields(const ChecksJudged& e) { return {{"token", e.token}, {"results", list(e.results)}}; }
json::object fields(const AlarmBreached& e) { return {{"result", to_json(e.result)}}; }
json::object fields(const AlarmCleared& e) { return {{"alarm", e.alarm}}; }
json::object fields(const AnalysisDecided& e) {
  return {{"decision", std::string(analysis::to_string(e.kind))},
          {"reason", e.reason},
          {"message", e.message},
          {"log_evidence", e.log_evidence},
          {"log_needed", e.log_needed},
          {"particulars", rollout::to_json(e.particulars)}};
}
json::object fields(const BaselineMeasured& e) {
  json::array baselines;
  for (const auto& [alarm, baseline] : e.baselines) {
    baselines.push_back(
        {{"alarm", alarm}, {"requests", baseline.requests}, {"bad", baseline.bad}, {"value", baseline.value}});
  }
  return {{"baselines", std::move(baselines)}};
}
json::object fields(const GreenLost& e) { return {{"reason", e.reason}}; }
json::object fields(const SplitDrifted& e) { return {{"observed", to_json(e.observed)}}; }
json::object fields(const DeadlineReached&) { return {}; }
json::object fields(const Recovered&) { return {}; }
json::object fields(const PromoteRequested& e) {
  return {{"by", e.by}, {"full", e.full}, {"passes_over", std::string(name_of(e.passes_over))}};
}
json::object fields(const HoldRequested& e) { return {{"by", e.by}}; }
json::object fields(const RollbackRequested& e) { return {{"by", e.by}, {"reason", e.reason}}; }
json::object fields(const CancelRequested& e) { return {{"by", e.by}}; }
json::object fields(const Superseded& e) { return {{"by", e.by}, {"deployment", e.deployment}}; }
json::object fields(const ReleaseTakenBack& e) {
  return {{"service", e.service}, {"kind", std::string(to_string(e.kind))}, {"sentence", e.sentence}};
}
json::object fields(const MessageDelivered& e) { return {{"token", e.token}}; }
json::object fields(const MessageAbandoned& e) { return {{"token", e.token}, {"reason", e.reason}}; }

void read_fields(ObjectReader& r, Started& e) { r.read_as("plan", e.plan, read_plan); }
void read_fields(ObjectReader& r, EffectSucceeded& e) {
  r.read("token", e.token);
  r.read("lines", e.lines);
}
void read_fields(ObjectReader& r, EffectFailed& e) {
  r.read("token", e.token);
  r.read_name("kind", e.error.kind, parse_error_kind);
  r.read("message", e.error.message);
}
void read_fields(ObjectReader& r, ChecksJudged& e) {
  r.read("token", e.token);
  r.read_list("results", e.results, read_check_result);
}
void read_fields(ObjectReader& r, AlarmBreached& e) { r.read_as("result", e.result, read_check_result); }
void read_fields(ObjectReader& r, AlarmCleared& e) { r.read("alarm", e.alarm); }
void read_fields(ObjectReader& r, AnalysisDecided& e) {
  r.read_name("decision", e.kind, analysis::parse_decision_kind);
  r.read("reason", e.reason);
  r.read("message", e.message);
  r.read("log_evidence", e.log_evidence);
  r.read("log_needed", e.log_needed);
  if (r.has("particulars")) r.read_as("particulars", e.particulars, read_particulars);  // not before schema 5
}
void read_fields(ObjectReader& r, BaselineMeasured& e) {
  std::vector<std::pair<std::string, analysis::Baseline>> baselines;
  r.read_list("baselines", baselines, read_baseline);
  e.baselines = {baselines.begin(), baselines.end()};
}
void read_fields(ObjectReader& r, GreenLost& e) { r.read("reason", e.reason); }
void read_fields(ObjectReader& r, SplitDrifted& e) { r.read_as("observed", e.observed, read_split); }
void read_fields(ObjectReader&, DeadlineReached&) {}
void read_fields(ObjectReader&, Recovered&) {}
void read_fields(ObjectReader& r, PromoteRequested& e) {
  r.read("by", e.by);
  r.read("full", e.full);
  e.passes_over = PassesOver::Everything;
  if (r.has("passes_over")) r.read_name("passes_over", e.passes_over, parse_passes_over);
}
void read_fields(ObjectReader& r, HoldRequested& e) { r.read("by", e.by); }
void read_fields(ObjectReader& r, RollbackRequested& e) {
  r.read("by", e.by);
  r.read("reason", e.reason);
}
void read_fields(ObjectReader& r, CancelRequested& e) { r.read("by", e.by); }
void read_fields(ObjectReader& r, Superseded& e) {
  r.read("by", e.by);
  r.read("deployment", e.deployment);
}
void read_fields(ObjectReader& r, ReleaseTakenBack& e) {
  r.read("service", e.service);
  r.read_name("kind", e.kind, parse_cause_kind);
  r.read("sentence", e.sentence);
}
void read_fields(ObjectReader& r, MessageDelivered& e) { r.read("token", e.token); }
void read_fields(ObjectReader& r, MessageAbandoned& e) {
  r.read("token", e.token);
  r.read("reason", e.reason);
}

// In the order of Event's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<Event>> kTypeNames{
    "started",           "effect_succeeded",  "effect_failed",      "checks_judged",     "alarm_breached",
    "alarm_cleared",     "green_lost",        "split_drifted",      "deadline_reached",  "recovered",
    "promote_requested", "hold_requested",    "rollback_requested", "cancel_requested",  "superseded",
    "message_delivered", "message_abandoned", "analysis_decided",   "baseline_measured", "release_taken_back"};

template <typename T>
Result<Event> read_one(const json::value& value) {
  T event{};
  ObjectReader reader(value, "");
  int version = 0;
  std::string type;
  reader.read("v", version);
  reader.read("type", type);
  read_fields(reader, event);
  TRY(reader.finish());
  return Event(std::move(event));
}

template <std::size_t... I>
Result<Event> read_alternative(std::size_t index, const json::value& value, std::index_sequence<I...>) {
  using Reader = Result<Event> (*)(const json::value&);
  constexpr std::array<Reader, sizeof...(I)> kReaders{&read_one<std::variant_alternative_t<I, Event>>...};
  return kReaders[index](value);
}

Error unreadable(std::string problem) {
  return Error{ErrorKind::InvalidInput, "this journal record cannot be read: " + std::move(problem)};
}

}  // namespace

std::string_view type_name(const Event& event) { return kTypeNames[event.index()]; }

std::string to_text(const Event& event) {
  json::object object{{"v", kEventSchema}, {"type", std::string(type_name(event))}};
  for (auto& [name, value] : std::visit([](const auto& e) { return fields(e); }, event)) object.emplace(name, value);
  return json::serialize(object);
}

Result<Event> read_event(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) return unreadable(error.message());
  const json::object* object = value.if_object();
  const json::value* version = object == nullptr ? nullptr : object->if_contains("v");
  if (version == nullptr || !version->is_int64()) return unreadable("it has no schema version");
  if (version->get_int64() > kEventSchema) {
    return unreadable(
        fmt::format("its schema version {} is newer than {}, the newest that this sluice knows; use the "
                    "sluice that wrote it, or a newer one",
                    version->get_int64(), kEventSchema));
  }
  const json::value* type = object->if_contains("type");
  if (type == nullptr || !type->is_string()) return unreadable("it has no type");
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (std::string_view(type->get_string()) != kTypeNames[i]) continue;
    return read_alternative(i, value, std::make_index_sequence<std::variant_size_v<Event>>{});
  }
  return unreadable(fmt::format("its type '{}' is unknown", std::string_view(type->get_string())));
}

json::value to_json(const Plan& plan) {
  const auto items = [](const auto& values) {
    json::array array;
    for (const auto& value : values) array.push_back(rollout::to_json(value));
    return array;
  };
  return {{"deployment", plan.deployment},
          {"service", to_json(plan.service)},
          {"requested_by", plan.requested_by},
          {"green", to_json(plan.green)},
          {"blue", plan.blue ? to_json(*plan.blue) : json::value()},
          {"green_slot", std::string(to_string(plan.green_slot))},
          {"before", to_json(plan.before)},
          {"front_door", to_json(plan.front_door)},
          {"strategy", to_json(plan.strategy)},
          {"hooks", items(plan.hooks)},
          {"release_command", text_array(plan.release_command)},
          {"release_within_milliseconds", plan.release_within.count()},
          {"smoke", items(plan.smoke)},
          {"alarms", items(plan.alarms)},
          {"analysis", plan.analysis ? to_json(*plan.analysis) : json::value()},
          {"probes", plan.probes ? to_json(*plan.probes) : json::value()},
          {"notify", items(plan.notify)},
          {"while_alarming", plan.while_alarming},
          {"release", plan.release ? to_json(*plan.release) : json::value()},
          {"witnesses", text_array(plan.witnesses)},
          {"scan_gate", plan.scan_gate ? to_json(*plan.scan_gate) : json::value()},
          {"committed_at_milliseconds", to_json(plan.committed_at)}};
}

Result<Plan> read_plan(const json::value& value, std::string path) {
  Plan plan;
  ObjectReader reader(value, std::move(path));
  reader.read("deployment", plan.deployment);
  reader.read_as("service", plan.service, read_key);
  reader.read("requested_by", plan.requested_by);
  reader.read_as("green", plan.green, read_revision);
  reader.read_optional("blue", plan.blue, read_revision);
  reader.read_name("green_slot", plan.green_slot, parse_slot);
  reader.read_as("before", plan.before, read_split);
  reader.read_as("front_door", plan.front_door, read_front_door);
  reader.read_as("strategy", plan.strategy, read_strategy);
  reader.read_list("hooks", plan.hooks, read_lifecycle_hook);
  reader.read("release_command", plan.release_command);
  reader.read("release_within_milliseconds", plan.release_within);
  reader.read_list("smoke", plan.smoke, read_smoke_test);
  reader.read_list("alarms", plan.alarms, read_alarm);
  // Not before schema 4.
  if (reader.has("analysis")) reader.read_optional("analysis", plan.analysis, read_analysis_settings);
  // Not before schema 5.
  if (reader.has("probes")) reader.read_optional("probes", plan.probes, read_probes);
  reader.read_list("notify", plan.notify, read_message_target);
  reader.read("while_alarming", plan.while_alarming);
  // Not before schema 7.
  if (reader.has("release")) reader.read_optional("release", plan.release, read_release);
  // Not before schema 9.
  if (reader.has("witnesses")) reader.read("witnesses", plan.witnesses);
  // Not before schema 10.
  if (reader.has("scan_gate")) reader.read_optional("scan_gate", plan.scan_gate, read_scan_gate);
  // Not before schema 11.
  if (std::optional<Milliseconds> committed; reader.has("committed_at_milliseconds")) {
    reader.read("committed_at_milliseconds", committed);
    if (committed) plan.committed_at = TimePoint{*committed};
  }
  TRY(reader.finish());
  if (plan.strategy.steps.empty()) return unreadable("its plan has no traffic step");
  const auto is_it = [&](const ReleaseMember& member) { return member.deployment == plan.deployment; };
  if (plan.release && std::ranges::none_of(plan.release->members, is_it)) {
    return unreadable("its release does not name it");
  }
  if (plan.release && !has_rounds_enough(plan)) {
    return unreadable("its release has fewer rounds than it has traffic steps");
  }
  return plan;
}

}  // namespace sluice::rollout
