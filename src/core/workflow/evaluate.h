// Gives an expression its value.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/workflow/expression.h"
#include "core/workflow/value.h"

namespace sluice::workflow {

/// What an expression sees.
struct Evaluation {
  /// The contexts by name; one that is not there is null.
  Object contexts;
  /// Answers success(), failure(), cancelled() and always() (`name` in lower case). Only called where the place
  /// of the expression has them.
  std::function<bool(std::string_view name, std::span<const Value> arguments)> status;
  /// Answers hashFiles(): hex digest of the files that the patterns name, '' when there is none.
  std::function<Result<std::string>(const std::vector<std::string>& patterns)> hash_files;
};

/// No expression may build more text than this, in bytes.
inline constexpr std::size_t kMostExpressionBytes = 10u << 20;

/// Errors: InvalidInput, from a function's arguments or when the value grows beyond kMostExpressionBytes.
Result<Value> evaluate(const Expression& expression, const Evaluation& evaluation);

}  // namespace sluice::workflow
