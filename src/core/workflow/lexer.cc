#include "core/workflow/lexer.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>

namespace sluice::workflow {
namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c) || c == '-'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

struct Sign {
  std::string_view text;
  Word word;
};
/// Longer signs come before their beginnings.
constexpr Sign kSigns[] = {
    {"==", Word::Equal},
    {"!=", Word::NotEqual},
    {"<=", Word::LessOrEqual},
    {">=", Word::GreaterOrEqual},
    {"&&", Word::And},
    {"||", Word::Or},
    {"<", Word::Less},
    {">", Word::Greater},
    {"!", Word::Not},
    {"(", Word::OpenParenthesis},
    {")", Word::CloseParenthesis},
    {"[", Word::OpenBracket},
    {"]", Word::CloseBracket},
    {",", Word::Comma},
    {"*", Word::Star},
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::expected<std::vector<Token>, ExpressionError> run() {
    while (true) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      if (!read_token()) return std::unexpected(*std::move(error_));
    }
    tokens_.push_back(Token{Word::End, text_.size(), {}, {}});
    return std::move(tokens_);
  }

 private:
  bool fail(std::size_t offset, std::string message) {
    error_ = ExpressionError{offset, std::move(message)};
    return false;
  }

  bool push(Word word, std::size_t size, Value value = {}) {
    tokens_.push_back(Token{word, at_, text_.substr(at_, size), std::move(value)});
    at_ += size;
    return true;
  }

  bool read_token() {
    const char c = text_[at_];
    if (c == '\'') return read_string();
    if (c == '"') return fail(at_, "strings are written in 'single' quotes here, not in \"double\" ones");
    if (is_name_start(c)) return read_name();
    if (c == '.' && !begins_number_after_dot()) return push(Word::Dot, 1);
    if (is_digit(c) || c == '.' || c == '-' || c == '+') return read_number();
    for (const Sign& sign : kSigns) {
      if (text_.substr(at_).starts_with(sign.text)) return push(sign.word, sign.text.size());
    }
    if (c == '=' || c == '&' || c == '|') {
      return fail(at_, fmt::format("'{0}' is no operator here: did you mean '{0}{0}'?", c));
    }
    if (c == '/' || c == '%' || c == '?' || c == '^') {
      return fail(at_, no_arithmetic(text_.substr(at_, 1)));
    }
    return fail(at_, fmt::format("'{}' cannot stand here", printable(c)));
  }

  static std::string no_arithmetic(std::string_view sign) {
    return fmt::format("'{}' is no operator: expressions here know no arithmetic and no ?:", sign);
  }

  static std::string printable(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte >= 0x7F ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }

  /// `.5` is a number, except right after something that can have a property.
  bool begins_number_after_dot() const {
    const bool digit_follows = at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
    if (!digit_follows) return false;
    if (tokens_.empty()) return true;
    const Word before = tokens_.back().word;
    return before != Word::Name && before != Word::CloseBracket && before != Word::CloseParenthesis &&
           before != Word::Star;
  }

  bool read_name() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_name_part(text_[end])) ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    const bool is_property = !tokens_.empty() && tokens_.back().word == Word::Dot;
    if (!is_property) {
      if (name == "true" || name == "false") return push(Word::Literal, name.size(), Value(name == "true"));
      if (name == "null") return push(Word::Literal, name.size());
      if (name == "NaN") return push(Word::Literal, name.size(), std::numeric_limits<double>::quiet_NaN());
      if (name == "Infinity") return push(Word::Literal, name.size(), std::numeric_limits<double>::infinity());
    }
    return push(Word::Name, name.size());
  }

  bool read_number() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_number_part(end)) ++end;
    const std::string_view text = text_.substr(at_, end - at_);
    const double number = parse_number(text);
    if (std::isnan(number)) {
      return fail(at_, text == "+" || text == "-" ? no_arithmetic(text) : fmt::format("'{}' is no number", text));
    }
    return push(Word::Literal, text.size(), number);
  }

  bool is_number_part(std::size_t i) const {
    const char c = text_[i];
    const bool sign_of_exponent = (c == '+' || c == '-') && (text_[i - 1] == 'e' || text_[i - 1] == 'E');
    return is_digit(c) || is_name_start(c) || c == '.' || sign_of_exponent;
  }

  bool read_string() {
    std::string value;
    std::size_t i = at_ + 1;
    for (; i < text_.size(); ++i) {
      if (text_[i] == '\'') {
        if (i + 1 >= text_.size() || text_[i + 1] != '\'') break;
        ++i;
      }
      value += text_[i];
    }
    if (i == text_.size()) return fail(at_, "this string has no closing quote");
    return push(Word::Literal, i + 1 - at_, std::move(value));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
  std::optional<ExpressionError> error_;
};

}  // namespace

std::expected<std::vector<Token>, ExpressionError> split_into_tokens(std::string_view text) {
  return Lexer(text).run();
}

}  // namespace sluice::workflow
