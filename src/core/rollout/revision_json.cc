#include "core/rollout/revision_json.h"

#include <boost/json/value.hpp>
#include <utility>

#include "core/rollout/object_reader.h"
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

/// Members that came later: a journal of before has none of them.
void add_where_said(json::object& object, std::initializer_list<std::pair<const char*, const std::string&>> members) {
  for (const auto& [name, value] : members) {
    if (!value.empty()) object.emplace(name, value);
  }
}

json::value to_json(const EcsTarget& ecs) {
  json::object object{{"region", ecs.region},          {"role", ecs.role},
                      {"cluster", ecs.cluster},        {"service", ecs.service},
                      {"container", ecs.container},    {"target_groups", text_array(ecs.target_groups)},
                      {"rules", text_array(ecs.rules)}};
  add_where_said(object, {{"url", ecs.url}, {"test_rule", ecs.test_rule}, {"test_url", ecs.test_url}});
  return object;
}

Result<EcsTarget> read_ecs_target(const json::value& value, std::string path) {
  EcsTarget ecs;
  ObjectReader reader(value, std::move(path));
  reader.read("region", ecs.region);
  reader.read("role", ecs.role);
  reader.read("cluster", ecs.cluster);
  reader.read("service", ecs.service);
  reader.read("container", ecs.container);
  reader.read("target_groups", ecs.target_groups);
  reader.read("rules", ecs.rules);
  if (reader.has("url")) reader.read("url", ecs.url);
  if (reader.has("test_rule")) reader.read("test_rule", ecs.test_rule);
  if (reader.has("test_url")) reader.read("test_url", ecs.test_url);
  TRY(reader.finish());
  if (ecs.target_groups.size() != 2) reader.fail("target_groups", "must have two items");
  TRY(reader.finish());
  return ecs;
}

json::value to_json(const LambdaTarget& lambda) {
  json::object object{{"region", lambda.region},
                      {"role", lambda.role},
                      {"function", lambda.function},
                      {"alias", lambda.alias},
                      {"provisioned_concurrency", lambda.provisioned_concurrency}};
  add_where_said(object, {{"url", lambda.url}});
  return object;
}

Result<LambdaTarget> read_lambda_target(const json::value& value, std::string path) {
  LambdaTarget lambda;
  ObjectReader reader(value, std::move(path));
  reader.read("region", lambda.region);
  reader.read("role", lambda.role);
  reader.read("function", lambda.function);
  reader.read("alias", lambda.alias);
  reader.read("provisioned_concurrency", lambda.provisioned_concurrency);
  if (reader.has("url")) reader.read("url", lambda.url);
  TRY(reader.finish());
  return lambda;
}

json::value to_json(const GatewayTarget& gateway) {
  json::object object{
      {"region", gateway.region}, {"role", gateway.role},   {"kind", std::string(to_string(gateway.kind))},
      {"api", gateway.api},       {"stage", gateway.stage}, {"definition", gateway.definition}};
  add_where_said(object, {{"url", gateway.url}});
  return object;
}

Result<GatewayTarget> read_gateway_target(const json::value& value, std::string path) {
  GatewayTarget gateway;
  ObjectReader reader(value, std::move(path));
  reader.read("region", gateway.region);
  reader.read("role", gateway.role);
  reader.read_name("kind", gateway.kind, parse_api_kind);
  reader.read("api", gateway.api);
  reader.read("stage", gateway.stage);
  reader.read("definition", gateway.definition);
  if (reader.has("url")) reader.read("url", gateway.url);
  TRY(reader.finish());
  return gateway;
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
  // The machine goes without saying: its records are as they were before there were other targets.
  if (const auto* ecs = std::get_if<EcsTarget>(&revision.target)) object.emplace("ecs", to_json(*ecs));
  if (const auto* lambda = std::get_if<LambdaTarget>(&revision.target)) object.emplace("lambda", to_json(*lambda));
  if (const auto* gateway = std::get_if<GatewayTarget>(&revision.target)) object.emplace("gateway", to_json(*gateway));
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
  if (reader.has("ecs")) {
    reader.read_as("ecs", revision.target.emplace<EcsTarget>(), read_ecs_target);
  } else if (reader.has("lambda")) {
    reader.read_as("lambda", revision.target.emplace<LambdaTarget>(), read_lambda_target);
  } else if (reader.has("gateway")) {
    reader.read_as("gateway", revision.target.emplace<GatewayTarget>(), read_gateway_target);
  }
  TRY(reader.finish());
  return revision;
}

json::value to_json(const Strategy& strategy) {
  return {{"steps", list_of(strategy.steps)},
          {"hold_for_milliseconds", strategy.hold_for.count()},
          {"drain_milliseconds", strategy.drain.count()},
          {"drain_websockets_milliseconds", strategy.drain_websockets.count()}};
}

Result<Strategy> read_strategy(const json::value& value, std::string path) {
  Strategy strategy;
  ObjectReader reader(value, std::move(path));
  reader.read_list("steps", strategy.steps, read_traffic_step);
  reader.read("hold_for_milliseconds", strategy.hold_for);
  reader.read("drain_milliseconds", strategy.drain);
  reader.read("drain_websockets_milliseconds", strategy.drain_websockets);
  TRY(reader.finish());
  return strategy;
}

json::value to_json(const LifecycleHook& hook) {
  json::object object{{"point", std::string(to_string(hook.point))}, {"within_milliseconds", hook.within.count()}};
  if (const auto* command = std::get_if<HookCommand>(&hook.action)) {
    object.emplace("command", text_array(command->argv));
  } else {
    object.emplace("http", std::get<HookRequest>(hook.action).url);
  }
  return object;
}

Result<LifecycleHook> read_lifecycle_hook(const json::value& value, std::string path) {
  LifecycleHook hook;
  ObjectReader reader(value, std::move(path));
  reader.read_name("point", hook.point, parse_hook_point);
  reader.read("within_milliseconds", hook.within);
  if (reader.has("http")) {
    reader.read("http", hook.action.emplace<HookRequest>().url);
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
