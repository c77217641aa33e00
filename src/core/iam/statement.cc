#include "core/iam/statement.h"

#include <boost/json.hpp>
#include <utility>

namespace sluice::iam {

namespace json = boost::json;

json::array array_of(const Names& names) { return json::array(names.begin(), names.end()); }

json::object statement(const char* sid, const Names& actions, const Names& resources, json::object condition) {
  json::object allowed{
      {"Sid", sid}, {"Effect", "Allow"}, {"Action", array_of(actions)}, {"Resource", array_of(resources)}};
  if (!condition.empty()) allowed["Condition"] = std::move(condition);
  return allowed;
}

json::object equals(const char* key, const char* value) { return {{"StringEquals", {{key, value}}}}; }

}  // namespace sluice::iam
