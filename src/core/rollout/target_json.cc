#include "core/rollout/target_json.h"

#include <boost/json.hpp>
#include <initializer_list>
#include <utility>

#include "core/rollout/text_array.h"

namespace sluice::rollout {
namespace {

namespace json = boost::json;

json::value to_json(const CapacityProvider& provider) {
  return {{"name", provider.name}, {"base", provider.base}, {"weight", provider.weight}};
}

Result<CapacityProvider> read_capacity_provider(const json::value& value, std::string path) {
  CapacityProvider provider;
  ObjectReader reader(value, std::move(path));
  reader.read("name", provider.name);
  reader.read("base", provider.base);
  reader.read("weight", provider.weight);
  TRY(reader.finish());
  return provider;
}

json::value to_json(const TaskSetTerms& terms) {
  json::array providers;
  for (const CapacityProvider& provider : terms.capacity_providers) providers.push_back(to_json(provider));
  return {{"task_definition", terms.task_definition},
          {"port", terms.port},
          {"platform_version", terms.platform_version},
          {"subnets", text_array(terms.subnets)},
          {"security_groups", text_array(terms.security_groups)},
          {"assign_public_ip", terms.assign_public_ip},
          {"capacity_providers", std::move(providers)}};
}

Result<TaskSetTerms> read_task_set_terms(const json::value& value, std::string path) {
  TaskSetTerms terms;
  ObjectReader reader(value, std::move(path));
  reader.read("task_definition", terms.task_definition);
  reader.read("port", terms.port);
  reader.read("platform_version", terms.platform_version);
  reader.read("subnets", terms.subnets);
  reader.read("security_groups", terms.security_groups);
  reader.read("assign_public_ip", terms.assign_public_ip);
  reader.read_list("capacity_providers", terms.capacity_providers, read_capacity_provider);
  TRY(reader.finish());
  return terms;
}

json::value to_json(const CodeDeployEngine& engine) {
  json::array hooks;
  for (const auto& [event, function] : engine.hooks) hooks.push_back({{"event", event}, {"function", function}});
  return {{"application", engine.application},
          {"deployment_group", engine.deployment_group},
          {"configuration", engine.configuration},
          {"share", engine.moves.share},
          {"linear", engine.moves.is_linear},
          {"interval_milliseconds", engine.moves.interval.count()},
          {"blue_needed_milliseconds", engine.blue_needed.count()},
          {"hooks", std::move(hooks)}};
}

Result<std::pair<std::string, std::string>> read_engine_hook(const json::value& value, std::string path) {
  std::pair<std::string, std::string> hook;
  ObjectReader reader(value, std::move(path));
  reader.read("event", hook.first);
  reader.read("function", hook.second);
  TRY(reader.finish());
  return hook;
}

Result<CodeDeployEngine> read_codedeploy_engine(const json::value& value, std::string path) {
  CodeDeployEngine engine;
  ObjectReader reader(value, std::move(path));
  reader.read("application", engine.application);
  reader.read("deployment_group", engine.deployment_group);
  reader.read("configuration", engine.configuration);
  reader.read("share", engine.moves.share);
  reader.read("linear", engine.moves.is_linear);
  reader.read("interval_milliseconds", engine.moves.interval);
  reader.read("blue_needed_milliseconds", engine.blue_needed);
  reader.read_list("hooks", engine.hooks, read_engine_hook);
  TRY(reader.finish());
  return engine;
}

json::value to_json(const NativeEngine& engine) {
  return {{"share", engine.moves.share},
          {"linear", engine.moves.is_linear},
          {"patience_milliseconds", engine.patience.count()}};
}

Result<NativeEngine> read_native_engine(const json::value& value, std::string path) {
  NativeEngine engine;
  ObjectReader reader(value, std::move(path));
  reader.read("share", engine.moves.share);
  reader.read("linear", engine.moves.is_linear);
  reader.read("patience_milliseconds", engine.patience);
  TRY(reader.finish());
  return engine;
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
  // Only with an AppSpec file: without, records are as they were before there were some.
  if (ecs.terms != TaskSetTerms{}) object.emplace("terms", to_json(ecs.terms));
  if (ecs.codedeploy) object.emplace("codedeploy", to_json(*ecs.codedeploy));
  if (ecs.native) object.emplace("native", to_json(*ecs.native));
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
  if (reader.has("terms")) reader.read_as("terms", ecs.terms, read_task_set_terms);
  if (reader.has("codedeploy")) reader.read_as("codedeploy", ecs.codedeploy.emplace(), read_codedeploy_engine);
  if (reader.has("native")) reader.read_as("native", ecs.native.emplace(), read_native_engine);
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

json::value to_json(const FlagsTarget& flags) {
  return {{"region", flags.region},           {"role", flags.role},
          {"application", flags.application}, {"profile", flags.profile},
          {"environment", flags.environment}, {"strategy", flags.strategy},
          {"definition", flags.definition},   {"within_milliseconds", flags.within.count()}};
}

Result<FlagsTarget> read_flags_target(const json::value& value, std::string path) {
  FlagsTarget flags;
  ObjectReader reader(value, std::move(path));
  reader.read("region", flags.region);
  reader.read("role", flags.role);
  reader.read("application", flags.application);
  reader.read("profile", flags.profile);
  reader.read("environment", flags.environment);
  reader.read("strategy", flags.strategy);
  reader.read("definition", flags.definition);
  reader.read("within_milliseconds", flags.within);
  TRY(reader.finish());
  return flags;
}

}  // namespace

void add_target(json::object& object, const Target& target) {
  if (const auto* ecs = std::get_if<EcsTarget>(&target)) object.emplace("ecs", to_json(*ecs));
  if (const auto* lambda = std::get_if<LambdaTarget>(&target)) object.emplace("lambda", to_json(*lambda));
  if (const auto* gateway = std::get_if<GatewayTarget>(&target)) object.emplace("gateway", to_json(*gateway));
  if (const auto* flags = std::get_if<FlagsTarget>(&target)) object.emplace("flags", to_json(*flags));
}

void read_target(ObjectReader& reader, Target& target) {
  if (reader.has("ecs")) {
    reader.read_as("ecs", target.emplace<EcsTarget>(), read_ecs_target);
  } else if (reader.has("lambda")) {
    reader.read_as("lambda", target.emplace<LambdaTarget>(), read_lambda_target);
  } else if (reader.has("gateway")) {
    reader.read_as("gateway", target.emplace<GatewayTarget>(), read_gateway_target);
  } else if (reader.has("flags")) {
    reader.read_as("flags", target.emplace<FlagsTarget>(), read_flags_target);
  }
}

}  // namespace sluice::rollout
