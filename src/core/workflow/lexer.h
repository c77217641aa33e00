// Words of the expression language.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/workflow/expression.h"

namespace sluice::workflow {

enum class Word {
  OpenParenthesis,
  CloseParenthesis,
  OpenBracket,
  CloseBracket,
  Dot,
  Comma,
  Star,
  Not,
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  And,
  Or,
  Name,     ///< `text` is the name: a context, a function or, after a dot, a property.
  Literal,  ///< `value`: a number, a string, true, false or null.
  End,
};

struct Token {
  Word word = Word::End;
  std::size_t offset = 0;
  std::string_view text;  ///< As written.
  Value value;
};

/// The tokens of `text`, the last one being End.
std::expected<std::vector<Token>, ExpressionError> split_into_tokens(std::string_view text);

}  // namespace sluice::workflow
