// A value of a workflow file: a scalar, a list or a mapping whose scalars may hold expressions.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "core/workflow/evaluate.h"
#include "core/workflow/template.h"
#include "core/workflow/value.h"

namespace sluice::workflow {

struct FieldMember;

struct Field {
  enum class Shape { Scalar, List, Mapping };

  Shape shape = Shape::Scalar;
  Position at;
  Value literal;       ///< A scalar without expressions, in the kind that YAML gives it.
  Template text;       ///< A scalar with expressions; else empty.
  std::string source;  ///< A scalar as it was written.
  std::vector<Field> items;
  std::vector<FieldMember> members;

  bool is_literal_scalar() const { return shape == Shape::Scalar && text.empty(); }
  bool is_null() const { return is_literal_scalar() && literal.is_null(); }
  /// The member's value, or nullptr.
  const Field* find(std::string_view name) const;
};

struct FieldMember {
  std::string name;
  Field value;
};

/// A scalar without text around its expression keeps the expression's kind; lists and mappings member by member.
/// An item of a list that is an expression with an array as its value stands for all items of that array.
/// Errors: InvalidInput, from an expression.
Result<Value> evaluate(const Field& field, const Evaluation& evaluation);
Result<std::string> evaluate_text(const Field& field, const Evaluation& evaluation);

/// Calls `visit(const Field&)` for every scalar with expressions in it.
template <typename Visit>
void for_each_template(const Field& field, Visit&& visit) {
  if (!field.text.empty()) visit(field);
  for (const Field& item : field.items) for_each_template(item, visit);
  for (const auto& [name, member] : field.members) for_each_template(member, visit);
}

}  // namespace sluice::workflow
