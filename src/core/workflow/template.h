// Text with `${{ expressions }}` in it, as most values of a workflow are.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "core/workflow/evaluate.h"
#include "core/workflow/expression.h"

namespace sluice::workflow {

class Template {
 public:
  Template() = default;
  /// Text without any expression.
  explicit Template(std::string literal);

  /// Splits `text`; a `}}` inside quotes ends no expression. The error's offset counts in `text`.
  static std::expected<Template, ExpressionError> parse(std::string_view text, const ExpressionPlace& place);
  /// The whole of `text` is an expression, with or without `${{ }}` around it, as in `if`. When other text stands
  /// around a `${{ }}` it is a template, hence a string.
  static std::expected<Template, ExpressionError> parse_condition(std::string_view text, const ExpressionPlace& place);

  /// The value of a single expression without text around it as it is; all else as text.
  Result<Value> evaluate(const Evaluation& evaluation) const;
  Result<std::string> evaluate_text(const Evaluation& evaluation) const;

  /// True when there is no expression in it.
  bool is_literal() const;
  bool is_single_expression() const;
  /// The literal text, when `is_literal()`.
  std::string literal() const;
  bool empty() const { return parts_.empty(); }
  bool calls_status_function() const;

  /// Of every expression, with offsets in the parsed text.
  std::vector<ContextUse> context_uses() const;

 private:
  struct Part {
    std::size_t offset = 0;
    std::variant<std::string, Expression> content;
  };
  std::vector<Part> parts_;
};

}  // namespace sluice::workflow
