#include "adapters/aws/form_body.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/uri_encoding.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

std::string scalar_text(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  return json::serialize(value);  // 5, 0.5, true
}

void flatten(const std::string& name, const json::value& value, QueryPairs& out);

void flatten_array(const std::string& prefix, const json::array& items, QueryPairs& out) {
  for (std::size_t i = 0; i < items.size(); ++i) flatten(fmt::format("{}.{}", prefix, i + 1), items[i], out);
}

void flatten(const std::string& name, const json::value& value, QueryPairs& out) {
  if (value.is_null()) return;
  if (const json::array* items = value.if_array()) {
    if (items->empty()) {
      out.emplace_back(name, "");
      return;
    }
    return flatten_array(name + ".member", *items, out);
  }
  if (const json::object* members = value.if_object()) {
    for (const auto& [key, member] : *members) {
      const std::string inner = name + "." + std::string(key);
      if (key == "entry" && member.is_array()) {
        flatten_array(inner, member.get_array(), out);
      } else {
        flatten(inner, member, out);
      }
    }
    return;
  }
  out.emplace_back(name, scalar_text(value));
}

}  // namespace

std::string form_body(const std::string& operation, const std::string& api_version, const json::object& input) {
  QueryPairs pairs = {{"Action", operation}, {"Version", api_version}};
  for (const auto& [key, value] : input) flatten(std::string(key), value, pairs);
  std::string body;
  for (const auto& [name, value] : pairs) {
    if (!body.empty()) body += '&';
    body += percent_encoded(name, Slash::Encode) + "=" + percent_encoded(value, Slash::Encode);
  }
  return body;
}

}  // namespace sluice::aws
