// `Result<T>`: a value or an `Error`. Derives from the standard type to add [[nodiscard]] (GCC 12's lets a
// dropped error pass) and conversion from `Error`.
#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace sluice {

template <typename T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using Base = std::expected<T, Error>;
  using Base::Base;
  Result(Error error) : Base(std::unexpect, std::move(error)) {}  // NOLINT(google-explicit-constructor)
  Result(Base base) : Base(std::move(base)) {}                    // NOLINT(google-explicit-constructor)
};

using Status = Result<void>;

/// The error of a failed result, with what was being done put in front of it.
template <typename T>
Error with_context(Result<T>&& result, std::string_view context) {
  return std::move(result.error()).with_context(context);
}

}  // namespace sluice

#define SLUICE_CONCAT_INNER(a, b) a##b
#define SLUICE_CONCAT(a, b) SLUICE_CONCAT_INNER(a, b)

/// Evaluates a `Result`; on an error returns it from the enclosing function.
#define TRY(expression)                                            \
  do {                                                             \
    if (auto try_result = (expression); !try_result.has_value()) { \
      return std::move(try_result.error());                        \
    }                                                              \
  } while (false)

#define SLUICE_TRY_ASSIGN(result, declaration, expression)   \
  auto result = (expression);                                \
  if (!result.has_value()) return std::move(result.error()); \
  declaration = std::move(result).value()

/// `TRY_ASSIGN(auto x, f())`: declares (or assigns) x from the value of f(), or returns its error.
#define TRY_ASSIGN(declaration, expression) \
  SLUICE_TRY_ASSIGN(SLUICE_CONCAT(try_result_, __LINE__), declaration, expression)
