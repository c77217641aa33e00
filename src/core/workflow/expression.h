// The expression language of workflows (docs.github.com, "Evaluate expressions in workflows and actions"): its tree
// and its parser.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/workflow/value.h"

namespace sluice::workflow {

struct Expression;
using ExpressionPointer = std::shared_ptr<const Expression>;

struct Literal {
  Value value;
};
/// `github`, `steps`, …
struct ContextName {
  std::string name;  ///< As written; case does not matter.
};
struct Call {
  std::string function;  ///< In lower case.
  std::vector<Expression> arguments;
};
/// `base.name` and `base[index]`.
struct Index {
  ExpressionPointer base;
  ExpressionPointer index;
};
/// `base.*` and `base[*]`.
struct Wildcard {
  ExpressionPointer base;
};
struct Not {
  ExpressionPointer operand;
};
enum class Comparison { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual };
struct Compare {
  Comparison comparison;
  ExpressionPointer left;
  ExpressionPointer right;
};
/// `a && b && …` or `a || b || …`.
struct Logical {
  enum class Operator { And, Or } op;
  std::vector<Expression> operands;
};

struct Expression {
  std::size_t offset = 0;  ///< Byte in the text at which it begins.
  std::variant<Literal, ContextName, Call, Index, Wildcard, Not, Compare, Logical> node;
};

/// Where an expression stands, as to what it may name (docs.github.com, "Context availability").
struct ExpressionPlace {
  std::string_view key;                         ///< `jobs.<job_id>.if`, for messages.
  std::span<const std::string_view> contexts;   ///< Names that are known here.
  std::span<const std::string_view> functions;  ///< Besides those that are known everywhere.
};

struct ExpressionError {
  std::size_t offset = 0;
  std::string message;
};

inline constexpr std::size_t kLongestExpression = 21'000;  ///< In bytes; the service's own limit, as the next one.
inline constexpr int kDeepestExpression = 50;

/// Parses what stands between `${{` and `}}`, or an `if`. Unknown contexts and functions, and those that the place
/// does not have, are errors that name the nearest one; so is a wrong number of arguments.
std::expected<Expression, ExpressionError> parse_expression(std::string_view text, const ExpressionPlace& place);

/// True when success(), failure(), cancelled() or always() is called anywhere in it.
bool calls_status_function(const Expression& expression);

/// Every name of the form `context.name` (or `context['name']`) in it: for checks of what `needs`, `steps`,
/// `inputs`, … name. Only literal names; `context` in lower case.
struct ContextUse {
  std::size_t offset = 0;
  std::vector<std::string> path;  ///< Context first; ends at the first index that is no literal name.
};
std::vector<ContextUse> context_uses(const Expression& expression);

}  // namespace sluice::workflow
