#include "core/appspec/app_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "base/nearest_name.h"
#include "core/appspec/document_reader.h"
#include "core/config/form.h"
#include "core/yaml/document.h"

namespace sluice::appspec {
namespace {

using rollout::HookPoint;
using std::string_view;
using yaml::Node;
using yaml::Type;

constexpr std::array<string_view, 3> kFileKeys{"version", "Resources", "Hooks"};
constexpr std::array<string_view, 2> kResourceKeys{"Type", "Properties"};
constexpr std::array<string_view, 5> kEcsKeys{"TaskDefinition", "LoadBalancerInfo", "PlatformVersion",
                                              "NetworkConfiguration", "CapacityProviderStrategy"};
constexpr std::array<string_view, 2> kBalancerKeys{"ContainerName", "ContainerPort"};
constexpr std::array<string_view, 1> kNetworkKeys{"AwsvpcConfiguration"};
constexpr std::array<string_view, 3> kVpcKeys{"Subnets", "SecurityGroups", "AssignPublicIp"};
constexpr std::array<string_view, 3> kProviderKeys{"CapacityProvider", "Base", "Weight"};
constexpr std::array<string_view, 4> kLambdaKeys{"Name", "Alias", "CurrentVersion", "TargetVersion"};
/// Of files for EC2 and servers of one's own.
constexpr std::array<string_view, 3> kServerKeys{"os", "files", "permissions"};
constexpr string_view kEcsType = "AWS::ECS::Service";
constexpr string_view kLambdaType = "AWS::Lambda::Function";

constexpr std::array<string_view, 5> kEcsHooks{"BeforeInstall", "AfterInstall", "AfterAllowTestTraffic",
                                               "BeforeAllowTraffic", "AfterAllowTraffic"};
constexpr std::array<string_view, 2> kLambdaHooks{"BeforeAllowTraffic", "AfterAllowTraffic"};
/// Lifecycle events in which CodeDeploy itself works.
constexpr std::array<string_view, 3> kOwnEvents{"Install", "AllowTestTraffic", "AllowTraffic"};

// CapacityProviderStrategyItem of ECS's API reference.
constexpr int kMostBase = 100'000;
constexpr int kMostWeight = 1'000;
constexpr std::size_t kMostProviders = 20;
// AwsVpcConfiguration of it.
constexpr std::size_t kMostSubnets = 16;
constexpr std::size_t kMostSecurityGroups = 5;

std::vector<std::string> texts(DocumentReader& reader, const Node* list, string_view key, std::size_t most) {
  std::vector<std::string> result;
  if (list == nullptr) return result;
  if (list->type != Type::Sequence) {
    reader.report(list->begin, fmt::format("'{}' must be a list, not {}", key, yaml::describe(list->type)));
    return result;
  }
  if (list->items.size() > most) reader.report(list->begin, fmt::format("'{}' has more than {} items", key, most));
  for (const auto& item : list->items) result.push_back(reader.text(*item, key));
  return result;
}

void read_network(DocumentReader& reader, const Node& node, rollout::TaskSetTerms& terms) {
  if (!reader.check_keys(node, "NetworkConfiguration", kNetworkKeys)) return;
  const Node* const vpc = reader.need(node, "AwsvpcConfiguration", "NetworkConfiguration");
  if (vpc == nullptr || !reader.check_keys(*vpc, "AwsvpcConfiguration", kVpcKeys)) return;
  terms.subnets = texts(reader, reader.need(*vpc, "Subnets", "AwsvpcConfiguration"), "Subnets", kMostSubnets);
  terms.security_groups = texts(reader, reader.find(*vpc, "SecurityGroups"), "SecurityGroups", kMostSecurityGroups);
  const Node* const address = reader.find(*vpc, "AssignPublicIp");
  if (address == nullptr) return;
  terms.assign_public_ip = reader.text(*address, "AssignPublicIp");
  const bool fine = terms.assign_public_ip == "ENABLED" || terms.assign_public_ip == "DISABLED";
  if (!fine) reader.report(address->begin, "'AssignPublicIp' must be ENABLED or DISABLED");
}

void read_providers(DocumentReader& reader, const Node& list, rollout::TaskSetTerms& terms) {
  if (list.type != Type::Sequence || list.items.empty() || list.items.size() > kMostProviders) {
    reader.report(list.begin,
                  fmt::format("'CapacityProviderStrategy' must be a list of one to {} providers", kMostProviders));
    return;
  }
  for (const auto& item : list.items) {
    if (!reader.check_keys(*item, "an item of CapacityProviderStrategy", kProviderKeys)) continue;
    rollout::CapacityProvider provider;
    if (const Node* name = reader.need(*item, "CapacityProvider", "an item of CapacityProviderStrategy")) {
      provider.name = reader.text(*name, "CapacityProvider");
    }
    if (const Node* base = reader.find(*item, "Base")) {
      provider.base = reader.number(*base, "Base", 0, kMostBase).value_or(0);
    }
    if (const Node* weight = reader.find(*item, "Weight")) {
      provider.weight = reader.number(*weight, "Weight", 0, kMostWeight).value_or(0);
    }
    terms.capacity_providers.push_back(std::move(provider));
  }
}

/// `family:7` or its ARN. Another text between angle brackets than the placeholder is one that nobody fills in.
std::string task_definition_of(DocumentReader& reader, const Node& node) {
  std::string text = reader.text(node, "TaskDefinition");
  if (text == kPlaceholder) return {};
  if (text.starts_with('<')) {
    reader.report(node.begin, fmt::format("'TaskDefinition' is {}: write {}, which sluice fills in, or a task "
                                          "definition's ARN",
                                          text, kPlaceholder));
  } else if (!text.empty() && config::form::kAwsName.check(text)) {
    reader.report(node.begin, fmt::format("'TaskDefinition' must be {} or the ARN of a task definition, not '{}'",
                                          kPlaceholder, text));
  }
  return text;
}

void read_ecs(DocumentReader& reader, const Node& node, EcsService& service) {
  service.container_at = node.begin;
  if (!reader.check_keys(node, "the properties of an ECS service", kEcsKeys)) return;
  if (const Node* definition = reader.need(node, "TaskDefinition", "the properties of an ECS service")) {
    service.terms.task_definition = task_definition_of(reader, *definition);
  }
  const Node* const balancer = reader.need(node, "LoadBalancerInfo", "the properties of an ECS service");
  if (balancer != nullptr && reader.check_keys(*balancer, "LoadBalancerInfo", kBalancerKeys)) {
    if (const Node* name = reader.need(*balancer, "ContainerName", "LoadBalancerInfo")) {
      service.container = reader.text(*name, "ContainerName");
      service.container_at = name->begin;
    }
    if (const Node* port = reader.need(*balancer, "ContainerPort", "LoadBalancerInfo")) {
      service.terms.port = reader.number(*port, "ContainerPort", 1, 65'535).value_or(0);
    }
  }
  if (const Node* platform = reader.find(node, "PlatformVersion")) {
    service.terms.platform_version = reader.text(*platform, "PlatformVersion");
  }
  if (const Node* network = reader.find(node, "NetworkConfiguration")) read_network(reader, *network, service.terms);
  if (const Node* list = reader.find(node, "CapacityProviderStrategy")) read_providers(reader, *list, service.terms);
}

std::string version_of(DocumentReader& reader, const Node& node, string_view key) {
  const Node* const found = reader.need(node, key, "the properties of a Lambda function");
  if (found == nullptr) return {};
  std::string text = reader.text(*found, key);
  const bool is_number = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number) reader.report(found->begin, fmt::format("'{}' must be the number of a version, not '{}'", key, text));
  return text;
}

void read_lambda(DocumentReader& reader, const Node& node, LambdaFunction& function) {
  function.at = node.begin;
  if (!reader.check_keys(node, "the properties of a Lambda function", kLambdaKeys)) return;
  if (const Node* name = reader.need(node, "Name", "the properties of a Lambda function")) {
    function.name = reader.text(*name, "Name");
  }
  if (const Node* alias = reader.need(node, "Alias", "the properties of a Lambda function")) {
    function.alias = reader.text(*alias, "Alias");
  }
  function.current_version = version_of(reader, node, "CurrentVersion");
  function.target_version = version_of(reader, node, "TargetVersion");
  if (!function.target_version.empty() && function.target_version == function.current_version) {
    reader.report(node.begin, "'CurrentVersion' and 'TargetVersion' are the same: there is nothing to deploy");
  }
}

void read_resource(DocumentReader& reader, const Node& node, AppSpec& spec) {
  if (!reader.check_keys(node, "a resource", kResourceKeys)) return;
  const Node* const type = reader.need(node, "Type", "a resource");
  const Node* const properties = reader.need(node, "Properties", "a resource");
  if (type == nullptr || properties == nullptr) return;
  const std::string name = reader.text(*type, "Type");
  if (name == kEcsType) {
    read_ecs(reader, *properties, spec.resource.emplace<EcsService>());
  } else if (name == kLambdaType) {
    read_lambda(reader, *properties, spec.resource.emplace<LambdaFunction>());
  } else {
    reader.report(type->begin, fmt::format("'Type' must be {} or {}, not '{}'", kEcsType, kLambdaType, name));
  }
}

/// A list with one mapping of one name, as CodeDeploy has it.
void read_resources(DocumentReader& reader, const Node& node, AppSpec& spec) {
  const bool is_one = node.type == Type::Sequence && node.items.size() == 1 && node.items[0]->type == Type::Mapping &&
                      node.items[0]->members.size() == 1;
  if (is_one) return read_resource(reader, *node.items[0]->members[0].value, spec);
  reader.report(node.begin, "'Resources' must be a list of one resource, under a name of its own");
}

void report_hook(DocumentReader& reader, const yaml::Member& member, std::span<const string_view> names) {
  const auto is_this = [&](string_view name) { return same_word(name, member.key); };
  if (std::ranges::any_of(kOwnEvents, is_this)) {
    reader.report(member.key_at, fmt::format("'{}' is an event in which CodeDeploy itself works, and takes no hook: "
                                             "there are {}",
                                             member.key, fmt::join(names, ", ")));
  } else if (std::ranges::any_of(kEcsHooks, is_this)) {
    reader.report(member.key_at,
                  fmt::format("a Lambda function has no hook '{}': there are {}", member.key, fmt::join(names, ", ")));
  } else {
    const auto near = nearest_name(member.key, names);
    reader.report(member.key_at, fmt::format("'{}' is no lifecycle hook{}", member.key,
                                             near ? fmt::format(": did you mean '{}'?", *near)
                                                  : fmt::format(": there are {}", fmt::join(names, ", "))));
  }
}

void read_hook(DocumentReader& reader, const yaml::Member& member, AppSpec& spec) {
  const bool is_ecs = std::holds_alternative<EcsService>(spec.resource);
  const std::span<const string_view> names = is_ecs ? std::span<const string_view>(kEcsHooks) : kLambdaHooks;
  const auto name = std::ranges::find_if(names, [&](string_view each) { return same_word(each, member.key); });
  if (name == names.end()) return report_hook(reader, member, names);
  Hook hook{.point = *rollout::parse_hook_point(*name), .function = "", .at = member.value->begin};
  hook.function = reader.text(*member.value, *name);
  if (!hook.function.empty() && config::form::kHookFunction.check(hook.function)) {
    reader.report(hook.at, fmt::format("'{}' must name a Lambda function, or its ARN, not '{}'", *name, hook.function));
  }
  if (std::ranges::find(spec.hooks, hook.point, &Hook::point) != spec.hooks.end()) {
    reader.report(member.key_at, fmt::format("the hook '{}' is there twice", *name));
  }
  spec.hooks.push_back(std::move(hook));
}

void read_hooks(DocumentReader& reader, const Node& node, AppSpec& spec) {
  if (node.type != Type::Sequence) {
    return reader.report(node.begin,
                         fmt::format("'Hooks' must be a list of single hooks, not {}", yaml::describe(node.type)));
  }
  for (const auto& item : node.items) {
    if (item->type == Type::Mapping) {
      for (const yaml::Member& member : item->members) read_hook(reader, member, spec);
    } else {
      reader.report(item->begin, fmt::format("a hook must be a mapping, not {}", yaml::describe(item->type)));
    }
  }
}

void read_file(DocumentReader& reader, const Node& root, AppSpec& spec) {
  for (const yaml::Member& member : root.members) {
    const bool is_of_servers = std::ranges::any_of(kServerKeys, [&](auto key) { return same_word(key, member.key); });
    if (!is_of_servers) continue;
    return reader.report(member.key_at,
                         fmt::format("'{}' is of a file for EC2 or for servers of your own: sluice takes "
                                     "those for Amazon ECS and AWS Lambda",
                                     member.key));
  }
  if (!reader.check_keys(root, "an AppSpec file", kFileKeys)) return;
  const Node* const version = reader.need(root, "version", "an AppSpec file");
  const bool is_known = version != nullptr && version->is_scalar() && version->text == "0.0";
  if (version != nullptr && !is_known) reader.report(version->begin, "'version' must be 0.0: CodeDeploy has no other");
  const Node* const resources = reader.need(root, "Resources", "an AppSpec file");
  if (resources != nullptr) read_resources(reader, *resources, spec);
  if (const Node* hooks = reader.find(root, "Hooks")) read_hooks(reader, *hooks, spec);
}

}  // namespace

ParsedAppSpec parse(string_view text, string_view file) {
  yaml::Parsed parsed = yaml::parse(text, file);
  if (parsed.root == nullptr) return {std::nullopt, std::move(parsed.findings)};
  DocumentReader reader(file);
  AppSpec spec;
  spec.file = file;
  read_file(reader, *parsed.root, spec);
  ParsedAppSpec result{std::nullopt, reader.take_findings()};
  std::ranges::stable_sort(result.findings, {}, &Finding::at);
  if (!has_errors(result.findings)) result.spec = std::move(spec);
  return result;
}

bool is_file_name(string_view name) {
  return name == "appspec.yaml" || name == "appspec.yml" || name == "appspec.json";
}

}  // namespace sluice::appspec
