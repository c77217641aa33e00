#include "adapters/aws/xml_answer.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <pugixml.hpp>

namespace sluice::aws {
namespace {

namespace json = boost::json;

constexpr int kDeepest = 64;

bool is_list(const pugi::xml_node& node) {
  bool any = false;
  for (const pugi::xml_node child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    if (std::string_view(child.name()) != "member") return false;
    any = true;
  }
  return any;
}

Result<json::value> value_of(const pugi::xml_node& node, int depth) {
  if (depth > kDeepest) return Error{ErrorKind::Failed, fmt::format("the answer is nested deeper than {}", kDeepest)};
  if (is_list(node)) {
    json::array items;
    for (const pugi::xml_node child : node.children("member")) {
      TRY_ASSIGN(json::value item, value_of(child, depth + 1));
      items.push_back(std::move(item));
    }
    return json::value(std::move(items));
  }
  json::object members;
  for (const pugi::xml_node child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    TRY_ASSIGN(json::value member, value_of(child, depth + 1));
    const std::string_view name = child.name();
    json::value* const before = members.if_contains(name);
    if (name == "entry" || (before != nullptr && before->is_array())) {
      if (before == nullptr) members[name] = json::array{};
      members[name].get_array().push_back(std::move(member));
    } else if (before != nullptr) {
      json::value first = std::move(*before);
      *before = json::array{std::move(first), std::move(member)};
    } else {
      members[name] = std::move(member);
    }
  }
  if (members.empty()) return json::value(node.text().get());
  return json::value(std::move(members));
}

}  // namespace

Result<json::value> answer_of_xml(std::string_view xml, const std::string& operation) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(xml.data(), xml.size());
  const pugi::xml_node root = document.document_element();
  if (!parsed || root.empty()) {
    return Error{ErrorKind::Failed, fmt::format("the answer is no XML: {}", parsed.description())};
  }
  const pugi::xml_node result = root.child((operation + "Result").c_str());
  return value_of(result.empty() ? root : result, 0);
}

}  // namespace sluice::aws
