#include "core/workflow/evaluate.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "core/workflow/functions.h"

namespace sluice::workflow {
namespace {

/// A value on its way; `filtered` is what `.*` gave: the next index goes into each of its items.
struct Operand {
  Value value;
  bool filtered = false;
};

std::size_t size_of(const Value& value) { return value.is_string() ? value.string().size() : sizeof(Value); }

/// The array index that a value stands for, or npos.
std::size_t array_index(const Value& index) {
  constexpr auto kNone = std::numeric_limits<std::size_t>::max();
  if (index.kind() != Kind::Number && index.kind() != Kind::Boolean && !index.is_null()) return kNone;
  const double number = std::floor(to_number(index));
  if (!(number >= 0) || number > static_cast<double>(std::numeric_limits<int>::max())) return kNone;
  return static_cast<std::size_t>(number);
}

/// `base[index]`, or nullptr when there is nothing.
const Value* element_of(const Value& base, const Value& index) {
  if (base.is_object()) return index.is_primitive() ? base.object().find(to_text(index)) : nullptr;
  if (!base.is_array()) return nullptr;
  const std::size_t position = array_index(index);
  return position < base.array().size() ? &base.array()[position] : nullptr;
}

void append_all(Items& to, const Value& collection) {
  if (collection.is_array()) {
    to.insert(to.end(), collection.array().begin(), collection.array().end());
  } else if (collection.is_object()) {
    for (const auto& [name, value] : collection.object().members()) to.push_back(value);
  }
}

class Evaluator {
 public:
  explicit Evaluator(const Evaluation& evaluation) : evaluation_(evaluation) {}

  Result<Operand> visit(const Expression& expression) {
    auto operand = std::visit([this](const auto& node) { return visit_node(node); }, expression.node);
    if (operand) {
      bytes_ += size_of(operand->value);
      if (operand->filtered) bytes_ += operand->value.array().size() * sizeof(Value);
      if (bytes_ > kMostExpressionBytes) {
        return Error{ErrorKind::InvalidInput,
                     fmt::format("the expression builds more than {} MiB of text", kMostExpressionBytes >> 20)};
      }
    }
    return operand;
  }

 private:
  Result<Operand> visit_node(const Literal& literal) { return Operand{literal.value}; }

  Result<Operand> visit_node(const ContextName& context) {
    const Value* found = evaluation_.contexts.find(context.name);
    return Operand{found == nullptr ? Value() : *found};
  }

  Result<Operand> visit_node(const Call& call) {
    std::vector<Value> arguments;
    arguments.reserve(call.arguments.size());
    for (const Expression& argument : call.arguments) {
      TRY_ASSIGN(Operand operand, visit(argument));
      arguments.push_back(std::move(operand.value));
    }
    if (call.function == "hashfiles") return hash_files(arguments);
    for (const FunctionSignature& special : special_functions()) {
      if (special.name != call.function) continue;
      SLUICE_ASSERT(evaluation_.status != nullptr);
      return Operand{Value(evaluation_.status(call.function, arguments))};
    }
    TRY_ASSIGN(Value value, call_function(call.function, arguments));
    return Operand{std::move(value)};
  }

  Result<Operand> hash_files(const std::vector<Value>& arguments) {
    SLUICE_ASSERT(evaluation_.hash_files != nullptr);
    std::vector<std::string> patterns;
    for (const Value& argument : arguments) patterns.push_back(to_text(argument));
    TRY_ASSIGN(std::string digest, evaluation_.hash_files(patterns));
    return Operand{Value(std::move(digest))};
  }

  Result<Operand> visit_node(const Index& index) {
    TRY_ASSIGN(const Operand base, visit(*index.base));
    TRY_ASSIGN(const Operand key, visit(*index.index));
    if (!base.filtered) {
      const Value* found = element_of(base.value, key.value);
      return Operand{found == nullptr ? Value() : *found};
    }
    Items selected;
    for (const Value& item : base.value.array()) {
      if (const Value* found = element_of(item, key.value)) selected.push_back(*found);
    }
    return Operand{Value(std::move(selected)), true};
  }

  Result<Operand> visit_node(const Wildcard& wildcard) {
    TRY_ASSIGN(const Operand base, visit(*wildcard.base));
    Items selected;
    if (base.filtered) {
      for (const Value& item : base.value.array()) append_all(selected, item);
    } else {
      append_all(selected, base.value);
    }
    return Operand{Value(std::move(selected)), true};
  }

  Result<Operand> visit_node(const Not& negation) {
    TRY_ASSIGN(const Operand operand, visit(*negation.operand));
    return Operand{Value(!is_truthy(operand.value))};
  }

  Result<Operand> visit_node(const Compare& compare) {
    TRY_ASSIGN(const Operand left, visit(*compare.left));
    TRY_ASSIGN(const Operand right, visit(*compare.right));
    const Value& a = left.value;
    const Value& b = right.value;
    switch (compare.comparison) {
      case Comparison::Equal: return Operand{Value(loosely_equal(a, b))};
      case Comparison::NotEqual: return Operand{Value(!loosely_equal(a, b))};
      case Comparison::Less: return Operand{Value(loosely_less(a, b))};
      case Comparison::LessOrEqual: return Operand{Value(loosely_equal(a, b) || loosely_less(a, b))};
      case Comparison::Greater: return Operand{Value(loosely_less(b, a))};
      case Comparison::GreaterOrEqual: return Operand{Value(loosely_equal(a, b) || loosely_less(b, a))};
    }
    std::unreachable();
  }

  Result<Operand> visit_node(const Logical& logical) {
    Operand last;
    for (const Expression& operand : logical.operands) {
      TRY_ASSIGN(last, visit(operand));
      const bool decided = logical.op == Logical::Operator::And ? !is_truthy(last.value) : is_truthy(last.value);
      if (decided) break;
    }
    return last;
  }

  const Evaluation& evaluation_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<Value> evaluate(const Expression& expression, const Evaluation& evaluation) {
  auto operand = Evaluator(evaluation).visit(expression);
  if (!operand) return std::move(operand.error());
  return std::move(operand->value);
}

}  // namespace sluice::workflow
