#include "core/workflow/matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "core/workflow/json.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

Error wrong(std::string what) { return Error{ErrorKind::InvalidInput, std::move(what)}; }

/// As text where both are primitive (`14` is `'14'`), else by content.
bool same_value(const Value& left, const Value& right) {
  if (left.is_primitive() && right.is_primitive()) return to_text(left) == to_text(right);
  return left == right;
}

bool is_list_key(std::string_view key) {
  return !equal_without_case(key, "include") && !equal_without_case(key, "exclude");
}

Result<std::vector<Object>> product(const Object& matrix) {
  std::vector<Object> legs;
  for (const auto& [key, values] : matrix.members()) {
    if (!is_list_key(key)) continue;
    if (!values.is_array()) {
      return wrong(fmt::format("the matrix's '{}' is a list, not a {}", key, to_string(values.kind())));
    }
    if (values.array().empty()) return wrong(fmt::format("the matrix's list '{}' is empty", key));
    if (legs.empty()) legs.emplace_back();
    if (legs.size() * values.array().size() > kMostLegs) {
      return wrong(fmt::format("the matrix has more than {} combinations", kMostLegs));
    }
    std::vector<Object> longer;
    for (const Object& leg : legs) {
      for (const Value& value : values.array()) {
        longer.push_back(leg);
        longer.back().set(key, value);
      }
    }
    legs = std::move(longer);
  }
  return legs;
}

Result<std::vector<Object>> entries(const Object& matrix, std::string_view key) {
  std::vector<Object> found;
  const Value* list = matrix.find(key);
  if (list == nullptr || list->is_null()) return found;
  if (!list->is_array())
    return wrong(fmt::format("the matrix's '{}' is a list, not a {}", key, to_string(list->kind())));
  for (const Value& entry : list->array()) {
    if (!entry.is_object()) {
      return wrong(fmt::format("an entry of the matrix's '{}' is a mapping, not a {}", key, to_string(entry.kind())));
    }
    found.push_back(entry.object());
  }
  return found;
}

/// True when every value of `part` that `leg` has a say in is the same.
bool describes(const Object& part, const Object& leg) {
  return std::all_of(part.members().begin(), part.members().end(), [&](const auto& member) {
    const Value* value = leg.find(member.first);
    return value != nullptr && same_value(*value, member.second);
  });
}

bool changes_nothing_of(const Object& original, const Object& entry) {
  return std::all_of(entry.members().begin(), entry.members().end(), [&](const auto& member) {
    const Value* value = original.find(member.first);
    return value == nullptr || same_value(*value, member.second);
  });
}

void include(std::vector<Object>& legs, const std::vector<Object>& includes) {
  const std::vector<Object> originals = legs;
  for (const Object& entry : includes) {
    bool merged = false;
    for (std::size_t i = 0; i < originals.size(); ++i) {
      if (!changes_nothing_of(originals[i], entry)) continue;
      for (const auto& [name, value] : entry.members()) legs[i].set(name, value);
      merged = true;
    }
    if (!merged) legs.push_back(entry);
  }
}

}  // namespace

Result<std::vector<Object>> expand_matrix(const Value& matrix) {
  if (!matrix.is_object()) return wrong(fmt::format("the matrix is a mapping, not {}", to_string(matrix.kind())));
  TRY_ASSIGN(std::vector<Object> legs, product(matrix.object()));
  TRY_ASSIGN(const std::vector<Object> excludes, entries(matrix.object(), "exclude"));
  TRY_ASSIGN(const std::vector<Object> includes, entries(matrix.object(), "include"));
  std::erase_if(legs, [&](const Object& leg) {
    return std::any_of(excludes.begin(), excludes.end(), [&](const Object& part) { return describes(part, leg); });
  });
  include(legs, includes);
  if (legs.empty()) return wrong("the matrix has no combination left");
  if (legs.size() > kMostLegs) return wrong(fmt::format("the matrix has more than {} combinations", kMostLegs));
  return legs;
}

std::vector<Object> keep_matching(std::vector<Object> legs,
                                  const std::vector<std::pair<std::string, std::string>>& wanted) {
  std::erase_if(legs, [&](const Object& leg) {
    return !std::all_of(wanted.begin(), wanted.end(), [&](const auto& each) {
      const Value* value = leg.find(each.first);
      return value != nullptr && to_text(*value) == each.second;
    });
  });
  return legs;
}

std::string describe_leg(const Object& leg) {
  std::vector<std::string> values;
  for (const auto& [name, value] : leg.members()) {
    values.push_back(value.is_primitive() ? to_text(value) : to_compact_json(value));
  }
  return fmt::format("{}", fmt::join(values, ", "));
}

}  // namespace sluice::workflow
