#include "core/workflow/field.h"

namespace sluice::workflow {

const Field* Field::find(std::string_view name) const {
  for (const auto& [key, member] : members) {
    if (key == name) return &member;
  }
  return nullptr;
}

Result<Value> evaluate(const Field& field, const Evaluation& evaluation) {
  switch (field.shape) {
    case Field::Shape::Scalar:
      if (field.text.empty()) return field.literal;
      return field.text.evaluate(evaluation);
    case Field::Shape::List: {
      Items items;
      for (const Field& item : field.items) {
        TRY_ASSIGN(Value value, evaluate(item, evaluation));
        const bool splice = value.is_array() && item.shape == Field::Shape::Scalar;
        if (splice) {
          items.insert(items.end(), value.array().begin(), value.array().end());
        } else {
          items.push_back(std::move(value));
        }
      }
      return Value(std::move(items));
    }
    case Field::Shape::Mapping: {
      Object object;
      for (const auto& [name, member] : field.members) {
        TRY_ASSIGN(Value value, evaluate(member, evaluation));
        object.set(name, std::move(value));
      }
      return Value(std::move(object));
    }
  }
  std::unreachable();
}

Result<std::string> evaluate_text(const Field& field, const Evaluation& evaluation) {
  TRY_ASSIGN(const Value value, evaluate(field, evaluation));
  return to_text(value);
}

}  // namespace sluice::workflow
