#include "adapters/aws/task_definition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
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

}  // namespace

Result<json::object> with_image(const json::object& described, const std::string& container, const std::string& image,
                                const std::string& revision) {
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
  json::object input = *definition;
  for (const std::string_view name : kFilledIn) input.erase(name);
  input.erase(kArn);
  for (json::value& each : input.at("containerDefinitions").as_array()) {
    if (each.is_object() && text_member(each.get_object(), "name") == container) each.get_object()["image"] = image;
  }
  input["tags"] = tags_with(described, revision);
  return input;
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
  const json::array* const mappings = found == nullptr ? nullptr : array_member(*found, "portMappings");
  std::vector<int> offered;
  for (std::size_t i = 0; mappings != nullptr && i < mappings->size(); ++i) {
    if ((*mappings)[i].is_object()) offered.push_back(number_member((*mappings)[i].get_object(), "containerPort"));
  }
  if (std::ranges::find(offered, port) != offered.end()) return {};
  const json::object* const definition = definition_of(described);
  return Error{ErrorKind::InvalidInput,
               fmt::format("the container {} of the task definition {} does not offer the port {}; it offers {}",
                           container, definition == nullptr ? "" : text_member(*definition, kArn), port,
                           offered.empty() ? "none" : fmt::format("{}", fmt::join(offered, ", ")))};
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
