#include "adapters/aws/task_definition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <vector>

#include "adapters/aws/json_member.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

/// Members of a described definition that RegisterTaskDefinition does not take: AWS fills them in.
constexpr std::array<std::string_view, 8> kFilledIn = {
    "compatibilities", "deleteRequestedAt",  "deregisteredAt", "registeredAt",
    "registeredBy",    "requiresAttributes", "revision",       "status"};
constexpr std::string_view kArn = "taskDefinitionArn";
constexpr std::string_view kEnvironment = "environment";
constexpr std::string_view kSecrets = "secrets";

const json::object* definition_of(const json::object& described) {
  const json::value* definition = described.if_contains("taskDefinition");
  return definition == nullptr ? nullptr : definition->if_object();
}

const json::array* containers_of(const json::object& described) {
  const json::object* definition = definition_of(described);
  const json::value* containers = definition == nullptr ? nullptr : definition->if_contains("containerDefinitions");
  return containers == nullptr ? nullptr : containers->if_array();
}

const json::object* container_of(const json::object& described, const std::string& name) {
  const json::array* containers = containers_of(described);
  if (containers == nullptr) return nullptr;
  for (const json::value& container : *containers) {
    if (container.is_object() && text_member(container.get_object(), "name") == name) return &container.get_object();
  }
  return nullptr;
}

json::array tags_with(const json::object& described, const std::string& revision) {
  json::array tags;
  if (const json::value* given = described.if_contains("tags"); given != nullptr && given->is_array()) {
    for (const json::value& tag : given->get_array()) {
      if (tag.is_object() && text_member(tag.get_object(), "key") != kRevisionTag) tags.push_back(tag);
    }
  }
  tags.push_back({{"key", std::string(kRevisionTag)}, {"value", revision}});
  return tags;
}

std::optional<json::object> member_named(const json::object& container, std::string_view list,
                                         const std::string& name) {
  for (const json::object* item : objects_in(container, list)) {
    if (text_member(*item, "name") == name) return *item;
  }
  return std::nullopt;
}

/// A name is in one of both lists only: ECS refuses a variable that is twice in a container.
void take_out(json::object& container, const std::string& name) {
  for (const std::string_view list : {kEnvironment, kSecrets}) {
    if (array_member(container, list) == nullptr) continue;
    json::array left;
    for (const json::value& item : container.at(list).get_array()) {
      const bool is_it = item.is_object() && text_member(item.get_object(), "name") == name;
      if (!is_it) left.push_back(item);
    }
    container[list] = std::move(left);
  }
}

/// In the place where the name was, else at the end: an unchanged one gives the same definition.
void set_member(json::object& container, std::string_view list, const std::string& name, std::string_view member,
                const std::string& value) {
  if (const auto there = member_named(container, list, name)) {
    for (json::value& item : container.at(list).get_array()) {
      const bool is_it = item.is_object() && text_member(item.get_object(), "name") == name;
      if (is_it) item.get_object()[member] = value;
    }
    return;
  }
  take_out(container, name);
  if (array_member(container, list) == nullptr) container[list] = json::array();
  container.at(list).get_array().push_back(json::object{{"name", name}, {member, value}});
}

void apply(const ContainerChange& change, json::object& container) {
  container["image"] = change.image;
  for (const std::string& name : change.dropped) take_out(container, name);
  for (const auto& [name, value] : change.env) set_member(container, kEnvironment, name, "value", value);
  for (const auto& [name, from] : change.secrets) set_member(container, kSecrets, name, "valueFrom", from);
  if (change.drops_command) container.erase("command");
  if (!change.command.empty()) container["command"] = array_of(change.command);
}

}  // namespace

ContainerChange change_of(const rollout::Revision& revision, const ports::Dropped& dropped) {
  ContainerChange change{.image = revision.image, .revision = revision.id, .env = revision.env};
  for (const auto& [name, reference] : revision.secrets) change.secrets[name] = reference.value_from;
  const std::string variable(rollout::kRevisionVariable);
  if (!change.secrets.contains(variable)) change.env.try_emplace(variable, revision.id);
  change.command = revision.command;
  change.dropped = dropped.variables;
  change.drops_command = dropped.command;
  return change;
}

Result<json::object> with_change(const json::object& described, const std::string& container,
                                 const ContainerChange& change) {
  const json::object* definition = definition_of(described);
  if (container_of(described, container) == nullptr) {
    std::vector<std::string> names;
    if (const json::array* containers = containers_of(described)) {
      for (const json::value& each : *containers) {
        if (each.is_object()) names.push_back(text_member(each.get_object(), "name"));
      }
    }
    return Error{ErrorKind::InvalidInput, fmt::format("the task definition {} has no container '{}'; it has {}",
                                                      definition == nullptr ? "" : text_member(*definition, kArn),
                                                      container, fmt::join(names, ", "))};
  }
  if (!change.secrets.empty() && text_member(*definition, "executionRoleArn").empty()) {
    return Error{
        ErrorKind::InvalidInput,
        fmt::format("the task definition {} has no execution role, as which ECS would read the secrets of '{}': "
                    "register it with executionRoleArn",
                    text_member(*definition, kArn), container)};
  }
  json::object input = *definition;
  for (const std::string_view name : kFilledIn) input.erase(name);
  input.erase(kArn);
  for (json::value& each : input.at("containerDefinitions").as_array()) {
    if (each.is_object() && text_member(each.get_object(), "name") == container) apply(change, each.get_object());
  }
  input["tags"] = tags_with(described, change.revision);
  return input;
}

rollout::Revision as_it_is(const json::object& described, const std::string& container,
                           const rollout::Revision& wanted) {
  rollout::Revision now = wanted;
  now.image = image_of(described, container);
  const json::object* found = container_of(described, container);
  if (found == nullptr) return now;
  now.env.clear();
  now.secrets.clear();
  for (const auto& [name, value] : wanted.env) {
    if (const auto set = member_named(*found, kEnvironment, name)) now.env[name] = text_member(*set, "value");
  }
  for (const auto& [name, reference] : wanted.secrets) {
    const auto set = member_named(*found, kSecrets, name);
    if (!set) continue;
    const std::string value_from = text_member(*set, "valueFrom");
    const bool is_same = value_from == reference.value_from;
    now.secrets[name] = is_same ? reference : rollout::SecretReference{reference.source, "", value_from};
  }
  if (!wanted.command.empty()) now.command.clear();
  if (const json::array* command = array_member(*found, "command"); command != nullptr && !wanted.command.empty()) {
    for (const json::value& word : *command) now.command.emplace_back(word.is_string() ? word.get_string() : "");
  }
  return now;
}

std::string image_of(const json::object& described, const std::string& container) {
  const json::object* found = container_of(described, container);
  return found == nullptr ? std::string() : text_member(*found, "image");
}

std::string revision_of(const json::object& described) {
  const json::value* tags = described.if_contains("tags");
  if (tags == nullptr || !tags->is_array()) return {};
  for (const json::value& tag : tags->get_array()) {
    if (tag.is_object() && text_member(tag.get_object(), "key") == kRevisionTag)
      return text_member(tag.get_object(), "value");
  }
  return {};
}

Status check_port(const json::object& described, const std::string& container, int port) {
  const json::object* const found = container_of(described, container);
  std::vector<int> offered;
  if (found != nullptr) {
    for (const json::object* mapping : objects_in(*found, "portMappings")) {
      offered.push_back(number_member(*mapping, "containerPort"));
    }
  }
  if (std::ranges::find(offered, port) != offered.end()) return {};
  const json::object* const definition = definition_of(described);
  return Error{ErrorKind::InvalidInput,
               fmt::format("the container {} of the task definition {} does not offer the port {}; it offers {}",
                           container, definition == nullptr ? "" : text_member(*definition, kArn), port,
                           offered.empty() ? "none" : fmt::format("{}", fmt::join(offered, ", ")))};
}

Result<LogPlace> log_place_of(const json::object& described, const std::string& container, const std::string& region) {
  const json::object* definition = definition_of(described);
  const json::object* found = container_of(described, container);
  const auto missing = [&](const std::string& what) {
    return Error{ErrorKind::NotFound,
                 fmt::format("the logs of the container {} cannot be read: its task definition {} {}", container,
                             definition == nullptr ? "" : text_member(*definition, kArn), what)};
  };
  const json::object* log = found == nullptr ? nullptr : object_member(*found, "logConfiguration");
  const std::string driver = log == nullptr ? "" : text_member(*log, "logDriver");
  if (driver.empty()) return missing("has no log driver; awslogs is read");
  if (driver != "awslogs") return missing(fmt::format("has the log driver {}; awslogs is read", driver));
  const json::object* options = object_member(*log, "options");
  const auto option = [&](std::string_view name) {
    return options == nullptr ? std::string() : text_member(*options, name);
  };
  LogPlace place{option("awslogs-region"), option("awslogs-group"), option("awslogs-stream-prefix")};
  if (place.region.empty()) place.region = region;
  if (place.group.empty()) return missing("has no awslogs-group");
  if (place.stream_prefix.empty()) {
    return missing("has no awslogs-stream-prefix, so that no stream's name tells the task");
  }
  place.stream_prefix += "/" + container + "/";
  return place;
}

int only_port_of(const json::object& described, const std::string& container) {
  const json::object* found = container_of(described, container);
  const json::value* mappings = found == nullptr ? nullptr : found->if_contains("portMappings");
  if (mappings == nullptr || !mappings->is_array() || mappings->get_array().size() != 1) return 0;
  json::error_code failed;
  const json::value* port = mappings->get_array()[0].find_pointer("/containerPort", failed);
  return port != nullptr && port->is_int64() ? static_cast<int>(port->get_int64()) : 0;
}

}  // namespace sluice::aws
