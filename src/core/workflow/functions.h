// The functions of expressions that need nothing but their arguments.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/workflow/value.h"

namespace sluice::workflow {

struct FunctionSignature {
  std::string_view name;  ///< In lower case.
  std::size_t least_arguments;
  std::size_t most_arguments;
};

/// Of contains, startsWith, endsWith, format, join, toJSON, fromJSON and case: those known in every place.
std::span<const FunctionSignature> common_functions();
/// Of always, success, failure, cancelled and hashFiles: those that a place may have besides.
std::span<const FunctionSignature> special_functions();

/// `function` in lower case, one of `common_functions()`, with a number of arguments that it takes.
/// Errors: InvalidInput (a format that refers to an argument that is not there, text that is no JSON, …).
Result<Value> call_function(std::string_view function, std::span<const Value> arguments);

/// The `==` of expressions: operands of different kinds are both made numbers, strings compare without case, arrays
/// and objects only by identity; NaN equals nothing.
bool loosely_equal(const Value& left, const Value& right);
/// The `<` of expressions, converting alike; false when the two cannot be compared.
bool loosely_less(const Value& left, const Value& right);

}  // namespace sluice::workflow
