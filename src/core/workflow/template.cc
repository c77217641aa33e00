#include "core/workflow/template.h"

#include <algorithm>
#include <utility>

namespace sluice::workflow {
namespace {

constexpr std::string_view kOpen = "${{";
constexpr std::string_view kClose = "}}";

/// Where the expression that begins at `begin` is closed, or npos.
std::size_t find_close(std::string_view text, std::size_t begin) {
  bool quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (!quoted && text.substr(i).starts_with(kClose)) return i;
  }
  return std::string_view::npos;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

Template::Template(std::string literal) {
  if (!literal.empty()) parts_.push_back(Part{0, std::move(literal)});
}

std::expected<Template, ExpressionError> Template::parse(std::string_view text, const ExpressionPlace& place) {
  Template parsed;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find(kOpen, at);
    const std::size_t literal_end = std::min(open, text.size());
    if (literal_end > at) parsed.parts_.push_back(Part{at, std::string(text.substr(at, literal_end - at))});
    if (open == std::string_view::npos) break;
    const std::size_t begin = open + kOpen.size();
    const std::size_t close = find_close(text, begin);
    if (close == std::string_view::npos) {
      return std::unexpected(ExpressionError{open, "this '${{' has no '}}'"});
    }
    auto expression = parse_expression(text.substr(begin, close - begin), place);
    if (!expression) {
      return std::unexpected(ExpressionError{begin + expression.error().offset, std::move(expression.error().message)});
    }
    parsed.parts_.push_back(Part{begin, *std::move(expression)});
    at = close + kClose.size();
  }
  return parsed;
}

std::expected<Template, ExpressionError> Template::parse_condition(std::string_view text,
                                                                   const ExpressionPlace& place) {
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (begin < end && is_space(text[begin])) ++begin;
  while (end > begin && is_space(text[end - 1])) --end;
  const std::string_view inner = text.substr(begin, end - begin);
  if (inner.find(kOpen) != std::string_view::npos) {
    auto parsed = parse(inner, place);
    if (!parsed) {
      parsed.error().offset += begin;
      return parsed;
    }
    for (Part& part : parsed->parts_) part.offset += begin;
    return parsed;
  }
  if (inner.empty()) return Template();
  auto expression = parse_expression(inner, place);
  if (!expression) {
    return std::unexpected(ExpressionError{begin + expression.error().offset, std::move(expression.error().message)});
  }
  Template condition;
  condition.parts_.push_back(Part{begin, *std::move(expression)});
  return condition;
}

bool Template::is_literal() const {
  return std::all_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return std::holds_alternative<std::string>(part.content); });
}

bool Template::is_single_expression() const {
  return parts_.size() == 1 && std::holds_alternative<Expression>(parts_.front().content);
}

std::string Template::literal() const {
  std::string text;
  for (const Part& part : parts_) text += std::get<std::string>(part.content);
  return text;
}

bool Template::calls_status_function() const {
  return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
    const auto* expression = std::get_if<Expression>(&part.content);
    return expression != nullptr && workflow::calls_status_function(*expression);
  });
}

Result<Value> Template::evaluate(const Evaluation& evaluation) const {
  if (is_single_expression()) return workflow::evaluate(std::get<Expression>(parts_.front().content), evaluation);
  TRY_ASSIGN(std::string text, evaluate_text(evaluation));
  return Value(std::move(text));
}

Result<std::string> Template::evaluate_text(const Evaluation& evaluation) const {
  std::string text;
  for (const Part& part : parts_) {
    if (const auto* literal = std::get_if<std::string>(&part.content)) {
      text += *literal;
      continue;
    }
    TRY_ASSIGN(const Value value, workflow::evaluate(std::get<Expression>(part.content), evaluation));
    text += to_text(value);
  }
  return text;
}

std::vector<ContextUse> Template::context_uses() const {
  std::vector<ContextUse> all;
  for (const Part& part : parts_) {
    const auto* expression = std::get_if<Expression>(&part.content);
    if (expression == nullptr) continue;
    for (ContextUse& use : workflow::context_uses(*expression)) {
      use.offset += part.offset;
      all.push_back(std::move(use));
    }
  }
  return all;
}

}  // namespace sluice::workflow
