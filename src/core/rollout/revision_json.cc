#include "core/rollout/revision_json.h"

#include <boost/json/value.hpp>
#include <utility>

#include "core/rollout/object_reader.h"
#include "core/rollout/target_json.h"
#include "core/rollout/text_array.h"

namespace sluice::rollout {
namespace {

namespace json = boost::json;

json::object map(const std::map<std::string, std::string>& texts) {
  json::object object;
  for (const auto& [name, text] : texts) object.emplace(name, text);
  return object;
}

json::value nothing_or(const std::optional<long>& number) { return number ? json::value(*number) : json::value(); }
json::value nothing_or(const std::optional<double>& number) { return number ? json::value(*number) : json::value(); }
json::value nothing_or(const std::optional<Milliseconds>& span) {
  return span ? json::value(span->count()) : json::value();
}

json::value to_json(const Limits& limits) {
  return {{"memory_bytes", nothing_or(limits.memory_bytes)}, {"cpus", nothing_or(limits.cpus)}, {"pids", limits.pids}};
}

Result<Limits> read_limits(const json::value& value, std::string path) {
  Limits limits;
  ObjectReader reader(value, std::move(path));
  reader.read("memory_bytes", limits.memory_bytes);
  reader.read("cpus", limits.cpus);
  reader.read("pids", limits.pids);
  TRY(reader.finish());
  return limits;
}

json::value to_json(const SecretReference& reference) {
  json::object object{{"source", to_json(reference.source)}, {"fingerprint", reference.fingerprint}};
  // Not before schema 8.
  if (!reference.value_from.empty()) object.emplace("value_from", reference.value_from);
  return object;
}

Result<SecretReference> read_secret_reference(const json::value& value, std::string path) {
  SecretReference reference;
  ObjectReader reader(value, std::move(path));
  reader.read_as("source", reference.source, read_secret_source);
  reader.read("fingerprint", reference.fingerprint);
  if (reader.has("value_from")) reader.read("value_from", reference.value_from);
  TRY(reader.finish());
  return reference;
}

json::value to_json(const TrafficStep& step) {
  return {{"weight_basis_points", step.weight.basis_points()}, {"bake_milliseconds", step.bake.count()}};
}

Result<TrafficStep> read_traffic_step(const json::value& value, std::string path) {
  int basis_points = 0;
  TrafficStep step;
  ObjectReader reader(value, std::move(path));
  reader.read("weight_basis_points", basis_points);
  reader.read("bake_milliseconds", step.bake);
  const auto weight = Weight::from_basis_points(basis_points);
  if (!weight) reader.fail("weight_basis_points", "is out of range: " + weight.error().message);
  TRY(reader.finish());
  step.weight = *weight;
  return step;
}

json::value to_json(const JsonAssertion& assertion) {
  return {{"pointer", assertion.pointer}, {"expected", assertion.expected}};
}

Result<JsonAssertion> read_json_assertion(const json::value& value, std::string path) {
  JsonAssertion assertion;
  ObjectReader reader(value, std::move(path));
  reader.read("pointer", assertion.pointer);
  reader.read("expected", assertion.expected);
  TRY(reader.finish());
  return assertion;
}

template <typename T>
json::array list_of(const std::vector<T>& items) {
  json::array array;
  for (const T& item : items) array.push_back(to_json(item));
  return array;
}

}  // namespace

json::value to_json(const SecretSource& source) {
  struct Visitor {
    json::value operator()(const SecretFile& file) const { return {{"file", file.path}}; }
    json::value operator()(const SecretCommand& command) const { return {{"command", text_array(command.argv)}}; }
    json::value operator()(const SecretVariable& variable) const { return {{"env", variable.name}}; }
    json::value operator()(const AwsSecret& secret) const {
      return {{"aws_secret", secret.id},
              {"key", secret.key},
              {"region", secret.access.region},
              {"role", secret.access.role}};
    }
    json::value operator()(const AwsParameter& parameter) const {
      return {{"ssm", parameter.name}, {"region", parameter.access.region}, {"role", parameter.access.role}};
    }
  };
  return std::visit(Visitor{}, source);
}

Result<SecretSource> read_secret_source(const json::value& value, std::string path) {
  SecretSource source;
  ObjectReader reader(value, std::move(path));
  const auto read_access = [&reader](AwsAccess& access) {
    reader.read("region", access.region);
    reader.read("role", access.role);
  };
  if (reader.has("aws_secret")) {  // not before schema 8
    auto& secret = source.emplace<AwsSecret>();
    reader.read("aws_secret", secret.id);
    reader.read("key", secret.key);
    read_access(secret.access);
  } else if (reader.has("ssm")) {  // nor this
    auto& parameter = source.emplace<AwsParameter>();
    reader.read("ssm", parameter.name);
    read_access(parameter.access);
  } else if (reader.has("command")) {
    reader.read("command", source.emplace<SecretCommand>().argv);
  } else if (reader.has("env")) {
    reader.read("env", source.emplace<SecretVariable>().name);
  } else {
    reader.read("file", source.emplace<SecretFile>().path);
  }
  TRY(reader.finish());
  return source;
}

json::value to_json(const HealthCheck& check) {
  return {
      {"path", check.path}, {"every_milliseconds", check.every.count()}, {"within_milliseconds", check.within.count()}};
}

Result<HealthCheck> read_health_check(const json::value& value, std::string path) {
  HealthCheck check;
  ObjectReader reader(value, std::move(path));
  reader.read("path", check.path);
  reader.read("every_milliseconds", check.every);
  reader.read("within_milliseconds", check.within);
  TRY(reader.finish());
  return check;
}

json::value to_json(const Revision& revision) {
  json::object secrets;
  for (const auto& [name, reference] : revision.secrets) secrets.emplace(name, to_json(reference));
  json::object object{{"id", revision.id},
                      {"image", revision.image},
                      {"label", revision.label},
                      {"port", revision.port},
                      {"replicas", revision.replicas},
                      {"health", to_json(revision.health)},
                      {"network", std::string(to_string(revision.network))},
                      {"limits", to_json(revision.limits)},
                      {"read_only", revision.read_only},
                      {"command", text_array(revision.command)},
                      {"env", map(revision.env)},
                      {"secrets", std::move(secrets)},
                      {"base_directory", revision.base_directory}};
  add_target(object, revision.target);
  return object;
}

Result<Revision> read_revision(const json::value& value, std::string path) {
  Revision revision;
  ObjectReader reader(value, std::move(path));
  reader.read("id", revision.id);
  reader.read("image", revision.image);
  reader.read("label", revision.label);
  reader.read("port", revision.port);
  reader.read("replicas", revision.replicas);
  reader.read_as("health", revision.health, read_health_check);
  reader.read_name("network", revision.network, parse_network);
  reader.read_as("limits", revision.limits, read_limits);
  reader.read("read_only", revision.read_only);
  reader.read("command", revision.command);
  reader.read("env", revision.env);
  reader.read_map("secrets", revision.secrets, read_secret_reference);
  reader.read("base_directory", revision.base_directory);
  read_target(reader, revision.target);
  TRY(reader.finish());
  return revision;
}

json::value to_json(const Strategy& strategy) {
  json::object object{{"steps", list_of(strategy.steps)},
                      {"hold_for_milliseconds", strategy.hold_for.count()},
                      {"drain_milliseconds", strategy.drain.count()},
                      {"drain_websockets_milliseconds", strategy.drain_websockets.count()}};
  if (!strategy.waits_for_figures) object.emplace("waits_for_figures", false);
  return object;
}

Result<Strategy> read_strategy(const json::value& value, std::string path) {
  Strategy strategy;
  ObjectReader reader(value, std::move(path));
  reader.read_list("steps", strategy.steps, read_traffic_step);
  reader.read("hold_for_milliseconds", strategy.hold_for);
  reader.read("drain_milliseconds", strategy.drain);
  reader.read("drain_websockets_milliseconds", strategy.drain_websockets);
  // Not before schema 10.
  if (reader.has("waits_for_figures")) reader.read("waits_for_figures", strategy.waits_for_figures);
  TRY(reader.finish());
  return strategy;
}

json::value to_json(const LifecycleHook& hook) {
  json::object object{{"point", std::string(to_string(hook.point))}, {"within_milliseconds", hook.within.count()}};
  struct Visitor {
    json::object& object;
    void operator()(const HookCommand& command) const { object.emplace("command", text_array(command.argv)); }
    void operator()(const HookRequest& request) const { object.emplace("http", request.url); }
    void operator()(const HookFunction& function) const { object.emplace("lambda", function.function); }
  };
  std::visit(Visitor{object}, hook.action);
  return object;
}

Result<LifecycleHook> read_lifecycle_hook(const json::value& value, std::string path) {
  LifecycleHook hook;
  ObjectReader reader(value, std::move(path));
  reader.read_name("point", hook.point, parse_hook_point);
  reader.read("within_milliseconds", hook.within);
  if (reader.has("http")) {
    reader.read("http", hook.action.emplace<HookRequest>().url);
  } else if (reader.has("lambda")) {
    reader.read("lambda", hook.action.emplace<HookFunction>().function);
  } else {
    reader.read("command", hook.action.emplace<HookCommand>().argv);
  }
  TRY(reader.finish());
  return hook;
}

json::value to_json(const SmokeTest& test) {
  return {{"name", test.name},
          {"method", test.method},
          {"path", test.path},
          {"headers", map(test.headers)},
          {"body", test.body},
          {"expected_status", test.expected_status},
          {"within_milliseconds", nothing_or(test.within)},
          {"json", list_of(test.json)},
          {"retries", test.retries}};
}

Result<SmokeTest> read_smoke_test(const json::value& value, std::string path) {
  SmokeTest test;
  ObjectReader reader(value, std::move(path));
  reader.read("name", test.name);
  reader.read("method", test.method);
  reader.read("path", test.path);
  reader.read("headers", test.headers);
  reader.read("body", test.body);
  reader.read("expected_status", test.expected_status);
  reader.read("within_milliseconds", test.within);
  reader.read_list("json", test.json, read_json_assertion);
  reader.read("retries", test.retries);
  TRY(reader.finish());
  return test;
}

json::value to_json(const analysis::Alarm& alarm) {
  return {{"name", alarm.name},
          {"metric", std::string(to_string(alarm.metric))},
          {"above", alarm.above},
          {"datapoints", alarm.datapoints},
          {"out_of", alarm.out_of},
          {"every_milliseconds", alarm.every.count()},
          {"minimum_samples", alarm.minimum_samples},
          {"missing", std::string(to_string(alarm.missing))},
          {"then", std::string(to_string(alarm.then))},
          {"threshold", std::string(to_string(alarm.threshold))},
          {"gate_on_blue", std::string(to_string(alarm.gate_on_blue))}};
}

Result<analysis::Alarm> read_alarm(const json::value& value, std::string path) {
  analysis::Alarm alarm;
  ObjectReader reader(value, std::move(path));
  reader.read("name", alarm.name);
  reader.read_name("metric", alarm.metric, analysis::parse_metric);
  reader.read("above", alarm.above);
  reader.read("datapoints", alarm.datapoints);
  reader.read("out_of", alarm.out_of);
  reader.read("every_milliseconds", alarm.every);
  reader.read("minimum_samples", alarm.minimum_samples);
  reader.read_name("missing", alarm.missing, analysis::parse_missing);
  reader.read_name("then", alarm.then, analysis::parse_action);
  // Records before schema 3 have neither: their alarms are as the defaults say.
  if (reader.has("threshold") || reader.has("gate_on_blue")) {
    reader.read_name("threshold", alarm.threshold, analysis::parse_threshold);
    reader.read_name("gate_on_blue", alarm.gate_on_blue, analysis::parse_action);
  }
  TRY(reader.finish());
  return alarm;
}

}  // namespace sluice::rollout
