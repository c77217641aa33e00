#include "core/config/json_text.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cmath>
#include <utility>

namespace sluice::config {
namespace {

std::string quoted(const std::string& text) { return boost::json::serialize(boost::json::string_view(text)); }

template <typename List, typename Write>
std::string joined(char open, const List& list, char close, Write write) {
  std::string text(1, open);
  for (const auto& item : list) {
    if (text.size() > 1) text += ',';
    text += write(item);
  }
  return text + close;
}

}  // namespace

std::string json_text(const yaml::Node& node) {
  switch (node.type) {
    case yaml::Type::Null: return "null";
    case yaml::Type::Boolean: return node.boolean ? "true" : "false";
    case yaml::Type::Integer: return fmt::format("{}", node.integer);
    case yaml::Type::Float: return std::isfinite(node.number) ? fmt::format("{}", node.number) : "null";
    case yaml::Type::String: return quoted(node.text);
    case yaml::Type::Sequence:
      return joined('[', node.items, ']', [](const yaml::NodePointer& item) { return json_text(*item); });
    case yaml::Type::Mapping:
      return joined('{', node.members, '}',
                    [](const yaml::Member& member) { return quoted(member.key) + ":" + json_text(*member.value); });
  }
  std::unreachable();
}

}  // namespace sluice::config
