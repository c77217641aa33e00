#include "core/flags/sayings.h"

#include <fmt/format.h>

#include "core/config/json_text.h"

namespace sluice::flags {
namespace {

using yaml::Node;
using Sayings = std::map<std::string, std::string>;

bool is_a_time(const std::string& key) { return key == "_createdAt" || key == "_updatedAt"; }

void add_attributes(Sayings& sayings, const Node* attributes, const std::string& prefix) {
  if (attributes == nullptr) return;
  for (const yaml::Member& member : attributes->members) {
    sayings[fmt::format("{}attribute {}", prefix, member.key)] = config::json_text(*member.value);
  }
}

void add_variants(Sayings& sayings, const Node& variants) {
  std::string order;
  for (const auto& variant : variants.items) {
    const std::string& name = variant->find("name")->text;
    const std::string prefix = fmt::format("variant {}, ", name);
    order += (order.empty() ? "" : ", ") + name;
    for (const yaml::Member& member : variant->members) {
      if (member.key == "attributeValues") {
        add_attributes(sayings, member.value.get(), prefix);
      } else if (member.key != "name") {
        sayings[prefix + member.key] = config::json_text(*member.value);
      }
    }
  }
  sayings["variants in turn"] = order;
}

void add_value(Sayings& sayings, const Node& value) {
  for (const yaml::Member& member : value.members) {
    if (is_a_time(member.key)) continue;
    if (member.key == "_variants") {
      add_variants(sayings, *member.value);
    } else if (member.key == "enabled") {
      sayings["enabled"] = config::json_text(*member.value);
    } else {
      sayings["attribute " + member.key] = config::json_text(*member.value);
    }
  }
}

void add_definition(Sayings& sayings, const Node& definition) {
  for (const yaml::Member& member : definition.members) {
    if (is_a_time(member.key)) continue;
    if (member.key == "attributes") {
      add_attributes(sayings, member.value.get(), "definition of ");
    } else {
      sayings["definition, " + member.key] = config::json_text(*member.value);
    }
  }
}

}  // namespace

std::map<std::string, Sayings> sayings_of(const Node& root) {
  std::map<std::string, Sayings> flags;
  if (const Node* definitions = root.find("flags")) {
    for (const yaml::Member& member : definitions->members) add_definition(flags[member.key], *member.value);
  }
  if (const Node* values = root.find("values")) {
    for (const yaml::Member& member : values->members) add_value(flags[member.key], *member.value);
  }
  return flags;
}

}  // namespace sluice::flags
