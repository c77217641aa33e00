#include "core/config/read_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/nearest_name.h"
#include "core/config/arn.h"
#include "core/config/form.h"
#include "core/config/json_text.h"
#include "core/config/merge.h"
#include "core/config/read_analysis.h"
#include "core/config/read_aws.h"
#include "core/config/read_flags.h"
#include "core/config/read_function.h"
#include "core/config/read_gateway.h"
#include "core/config/read_rollout.h"
#include "core/config/read_scan_gate.h"
#include "core/config/service_kind.h"
#include "core/config/shape.h"
#include "core/rollout/prometheus_workspace.h"

namespace sluice::config {
namespace {

using yaml::Node;
using yaml::NodePointer;

/// Shorter names are all near each other.
constexpr std::size_t kShortestGuess = 3;

NodePointer pointer_to(const Node& parent, std::string_view key) {
  const yaml::Member* member = parent.find_member(key);
  return member == nullptr ? nullptr : member->value;
}

/// The shape of a key of the whole file, for merging.
const Shape& shape_of(std::string_view key) {
  const auto& fields = std::get<Object>(file_shape().of).fields;
  return *std::ranges::find(fields, key, &Field::name)->shape;
}

/// `key` as the service says it, over what its environment says.
NodePointer over_environment(Reader& reader, const Node& service, const Node& environment, std::string_view key) {
  const auto good = [&](const Node& parent) {
    const NodePointer node = pointer_to(parent, key);
    return node && reader.is_bad(node.get()) ? nullptr : node;
  };
  return merge(good(environment), good(service), shape_of(key));
}

void read_build(const Reader& reader, const Node* node, Service& service) {
  reader.read(node, "context", service.build.context);
  reader.read(node, "dockerfile", service.build.dockerfile);
  reader.read(node, "args", service.build.args);
  const Node* scan = reader.get(node, "scan");
  if (scan == nullptr) return;
  service.scan.off = scan->type == yaml::Type::String;
  reader.read(scan, "block", service.scan.block);
}

void read_limits(const Reader& reader, const Node* node, rollout::Limits& limits) {
  if (std::string memory; reader.read(node, "memory", memory)) limits.memory_bytes = parse_size(memory);
  if (const Node* cpus = reader.get(node, "cpus")) limits.cpus = cpus->number;
  reader.read(node, "pids", limits.pids);
}

void read_health(Reader& reader, const Node* node, rollout::HealthCheck& health) {
  reader.read(node, "path", health.path);
  reader.read(node, "every", health.every);
  reader.read(node, "within", health.within);
  if (node == nullptr || health.within >= health.every || reader.has_bad_member(*node)) return;
  const Node* place = node->find("within");
  reader.report((place != nullptr ? place : node)->begin,
                fmt::format("'within' ({}) is shorter than 'every' ({}): no replica could become healthy in it",
                            format_duration(health.within), format_duration(health.every)));
}

rollout::SmokeTest read_smoke_test(const Reader& reader, const Node& node) {
  rollout::SmokeTest test;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kShort{
      {{"get", "GET"}, {"post", "POST"}, {"put", "PUT"}, {"delete", "DELETE"}}};
  for (const auto& [key, method] : kShort) {
    if (reader.read(&node, key, test.path)) test.method = method;
  }
  reader.read(&node, "path", test.path);
  reader.read(&node, "method", test.method);
  test.name = test.method + " " + test.path;
  reader.read(&node, "name", test.name);
  reader.read(&node, "headers", test.headers);
  reader.read(&node, "body", test.body);
  if (const Node* body = reader.get(&node, "json")) {
    test.body = json_text(*body);
    const bool typed = std::ranges::any_of(test.headers, [](const auto& header) {
      return std::ranges::equal(header.first, std::string_view("content-type"), {},
                                [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    });
    if (!typed) test.headers["Content-Type"] = "application/json";
  }
  reader.read(&node, "retries", test.retries);
  const Node* expect = reader.get(&node, "expect");
  reader.read(expect, "status", test.expected_status);
  if (Milliseconds within{0}; reader.read(expect, "within", within)) test.within = within;
  if (const Node* json = reader.get(expect, "json")) {
    for (const yaml::Member& member : json->members) {
      if (!reader.is_bad(member.value.get())) test.json.push_back({member.key, json_text(*member.value)});
    }
  }
  return test;
}

void read_smoke(Reader& reader, const Node* list, Service& service) {
  if (list == nullptr) return;
  std::set<std::string> names;
  for (const auto& item : list->items) {
    if (reader.is_bad(item.get())) continue;
    rollout::SmokeTest test = read_smoke_test(reader, *item);
    const Node* name = item->find("name");
    if (!names.insert(test.name).second && name != nullptr) {
      reader.report(name->begin, fmt::format("two smoke tests of '{}' have the name '{}'", service.name, test.name));
    }
    service.smoke.push_back(std::move(test));
  }
}

/// What is sent while users ask too rarely; the comparison's metric of it comes with the analysis.
std::optional<rollout::Probes> read_probes(const Reader& reader, const Node* node) {
  if (node == nullptr) return std::nullopt;
  rollout::Probes probes;
  if (const Node* rate = reader.get(node, "rate")) probes.rate = rate->number;
  if (const Node* below = reader.get(node, "below")) probes.below = below->number;
  if (const Node* requests = reader.get(node, "requests")) {
    for (const auto& item : requests->items) {
      if (!reader.is_bad(item.get())) probes.requests.push_back(read_smoke_test(reader, *item));
    }
  }
  return probes;
}

/// A function is invoked with the keys of the place where the service is.
void check_hook_function(Reader& reader, const Node& hook, const std::string& function, const Service& service) {
  const auto access = rollout::access_of(service.target);
  const Node& place = *reader.get(&hook, "lambda");
  if (!access) {
    reader.report(place.begin, fmt::format("a hook with 'lambda' is for environments with 'target: aws', which say the "
                                           "region and the role that it is invoked with: write it under the service "
                                           "'{}' of those",
                                           service.name));
  } else if (const auto own = arn_part(function, kArnRegion);
             !own.empty() && !access->region.empty() && own != access->region) {
    reader.report(place.begin,
                  fmt::format("this function is in the region {}, the environment in {}", own, access->region));
  }
}

void read_hooks(Reader& reader, const Node* node, Service& service) {
  using rollout::HookPoint;
  for (HookPoint point : {HookPoint::BeforeInstall, HookPoint::AfterInstall, HookPoint::AfterAllowTestTraffic,
                          HookPoint::BeforeAllowTraffic, HookPoint::AfterAllowTraffic}) {
    const Node* written = reader.get(node, to_string(point));
    if (written == nullptr) continue;
    rollout::LifecycleHook hook;
    hook.point = point;
    if (rollout::HookRequest request; reader.read(written, "http", request.url)) {
      hook.action = std::move(request);
    } else if (rollout::HookCommand command; reader.read(written, "command", command.argv)) {
      hook.action = std::move(command);
    } else if (rollout::HookFunction function; reader.read(written, "lambda", function.function)) {
      check_hook_function(reader, *written, function.function, service);
      hook.action = std::move(function);
    }
    reader.read(written, "within", hook.within);
    service.hooks.push_back(std::move(hook));
  }
}

void read_secrets(Reader& reader, const Node* node, const Node* env, Service& service) {
  if (node == nullptr) return;
  rollout::AwsAccess access;
  if (const auto* ecs = std::get_if<rollout::EcsTarget>(&service.target)) access = {ecs->region, ecs->role};
  for (const yaml::Member& member : node->members) {
    if (service.env.contains(member.key)) {
      const Position other = env->find_member(member.key)->key_at;
      reader.report(member.key_at,
                    fmt::format("'{}' is under 'env' too (line {}): it can be one of both", member.key, other.line));
    }
    if (auto source = reader.secret(member.value.get(), access))
      service.secrets.emplace(member.key, std::move(*source));
  }
}

void check_port_variable(Reader& reader, const Node& node, const Service& service) {
  if (service.network != rollout::Network::Host) return;
  for (std::string_view key : {"env", "secrets"}) {
    const Node* variables = reader.get(&node, key);
    const yaml::Member* port = variables == nullptr ? nullptr : variables->find_member("PORT");
    if (port == nullptr) continue;
    reader.report(port->key_at, "with 'network: host' sluice chooses PORT for each replica: leave it out");
  }
}

std::string meant_service(const Node& environment, std::string_view name) {
  if (name.size() < kShortestGuess) return "";
  std::vector<std::string_view> names;
  for (const yaml::Member& member : environment.find("services")->members) {
    if (member.key != name && member.value->find("image") != nullptr) names.push_back(member.key);
  }
  const auto nearest = nearest_name(name, names);
  return nearest ? fmt::format(": did you mean the service '{}'?", *nearest) : std::string();
}

/// Stores in AWS are asked with the keys of the place where the service is.
void refuse_stores_in_aws(Reader& reader, const Node* analysis, const Service& service) {
  if (!service.analysis) return;
  for (std::size_t i = 0; i < service.analysis->sources.size(); ++i) {
    const analysis::MetricSource& source = service.analysis->sources[i];
    const std::string& name = service.analysis->sequential.more[i].name;
    if (source.from == analysis::SourceKind::CloudWatch) {
      reader.report(analysis->begin, fmt::format("the metric '{}' of '{}': 'source: cloudwatch' is for 'target: aws'",
                                                 name, service.name));
    }
    const auto workspace = rollout::workspace_at(source.url);
    if (!workspace || !*workspace) continue;
    const Node* metric = reader.get(reader.get(analysis, "metrics"), name);
    reader.report(reader.get(metric, "url")->begin,
                  fmt::format("the metric '{}' of '{}': a workspace of Amazon Managed Service for Prometheus is asked "
                              "with the keys of an environment with 'target: aws': write the metric under 'analysis' "
                              "of such an environment",
                              name, service.name));
  }
}

/// What the containers of a machine use is not measured yet.
void refuse_utilization(Reader& reader, const Service& service) {
  for (const analysis::Alarm& alarm : service.alarms) {
    if (!analysis::is_utilization(alarm.metric)) continue;
    reader.report(
        service.at,
        fmt::format("the alarm '{}' of '{}': {} is for tasks of ECS ('target: aws'), of which CloudWatch tells "
                    "it; of a machine's containers it is not measured. 'limits' bound them: one that takes "
                    "more memory is killed, and three ends are a rollback",
                    alarm.name, service.name, to_string(alarm.metric)));
  }
}

/// The environment's, then its own; each once.
void read_witnesses(Reader& reader, const Node* aws, const std::vector<std::string>& common, Service& service) {
  std::vector<std::string> names;
  reader.read(aws, "alarms", names);
  names.insert(names.begin(), common.begin(), common.end());
  for (std::string& name : names) {
    const bool is_known = std::ranges::find(service.witnesses, name) != service.witnesses.end();
    if (!is_known) service.witnesses.push_back(std::move(name));
  }
}

}  // namespace

Service read_service(Reader& reader, const yaml::Member& member, const Node& environment,
                     const EnvironmentPlace& place) {
  const Node& node = *member.value;
  Service service;
  service.target = place.target;
  service.name = member.key;
  service.at = member.key_at;
  const ServiceKind kind = read_kind(reader, node, service);
  const bool has_image = reader.read(&node, "image", service.image);
  if (!has_image && kind == ServiceKind::Container && !reader.has_bad_member(node)) {
    reader.report(member.key_at, fmt::format("'image' is missing in the service '{}'{}", member.key,
                                             meant_service(environment, member.key)));
  }
  read_build(reader, reader.get(&node, "build"), service);
  reader.read(&node, "port", service.port);
  reader.read(&node, "replicas", service.replicas);
  if (kind == ServiceKind::Function) service.health.within = kFunctionStart;
  if (kind == ServiceKind::Gateway || kind == ServiceKind::Flags) service.health.within = kGatewayStart;
  read_health(reader, reader.get(&node, "health"), service.health);
  if (std::string network; reader.read(&node, "network", network)) {
    service.network = rollout::parse_network(network).value_or(service.network);
  }
  read_limits(reader, reader.get(&node, "limits"), service.limits);
  reader.read(&node, "read_only", service.read_only);
  const Node* route = reader.get(&node, "route");
  reader.read(route, "host", service.route.host);
  reader.read(route, "path", service.route.path);
  reader.read(&node, "command", service.command);
  reader.read(&node, "env", service.env);
  read_secrets(reader, reader.get(&node, "secrets"), reader.get(&node, "env"), service);
  check_port_variable(reader, node, service);
  const Node* preflight = reader.get(&node, "preflight");
  reader.read(preflight, "env", service.preflight.env);
  reader.read(preflight, "within", service.preflight.within);
  reader.read(&node, "release_command", service.release_command);
  reader.read(&node, "release_within", service.release_within);
  reader.read(&node, "depends_on", service.depends_on);
  read_smoke(reader, reader.get(&node, "smoke"), service);
  read_hooks(reader, reader.get(&node, "hooks"), service);

  const NodePointer strategy = over_environment(reader, node, environment, "strategy");
  const NodePointer alarms = over_environment(reader, node, environment, "alarms");
  service.strategy = read_strategy(reader, strategy.get());
  service.alarms = read_alarms(reader, alarms.get());
  const NodePointer analysis = over_environment(reader, node, environment, "analysis");
  service.analysis = read_analysis(reader, analysis.get(), service.strategy);
  if (service.analysis) service.probes = read_probes(reader, reader.get(analysis.get(), "probes"));
  const bool is_aws = !std::holds_alternative<rollout::MachineTarget>(place.target);
  if (is_aws) {
    read_witnesses(reader, reader.get(&node, "aws"), place.witnesses, service);
    read_scan_gate(reader, reader.get(&node, "aws"), place.scan_gate, service);
  }
  if (kind == ServiceKind::Gateway) {
    read_gateway_service(reader, node, service);
    return service;
  }
  if (kind == ServiceKind::Flags) {
    read_flags_service(reader, node, service);
    return service;
  }
  const Milliseconds lost = is_aws ? rollout::telemetry_timing(place.target).grain : Milliseconds{0};
  check_bakes(reader, reader.get(strategy.get(), "steps"), service.alarms, alarms.get(), lost);
  const bool is_judged = !service.alarms.empty() || service.analysis;
  if (is_aws && is_judged) {
    check_figures(reader, strategy.get(), service.strategy, rollout::telemetry_timing(place.target));
  }
  if (!is_aws) refuse_stores_in_aws(reader, analysis.get(), service);
  if (!is_aws && kind != ServiceKind::Function) refuse_utilization(reader, service);
  if (kind == ServiceKind::Function) {
    read_function_service(reader, node, alarms.get(), analysis.get(), service);
  } else if (is_aws) {
    read_aws_service(reader, node, analysis.get(), service.at, service);
  }
  if (service.alarms.empty() && service.witnesses.empty()) {
    reader.report(service.at,
                  fmt::format("no alarm watches '{}': a bad version would get all of the traffic", service.name),
                  Severity::Warning);
  }
  return service;
}

}  // namespace sluice::config
