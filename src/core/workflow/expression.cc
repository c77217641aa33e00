#include "core/workflow/expression.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/nearest_name.h"
#include "core/workflow/functions.h"
#include "core/workflow/lexer.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

/// Parentheses add no depth to the tree, but to the parser's stack.
constexpr int kDeepestParentheses = 200;

/// All contexts there are, in any place.
constexpr std::string_view kContexts[] = {"github", "env",     "vars",  "job",    "jobs",   "steps",
                                          "runner", "secrets", "needs", "matrix", "inputs", "strategy"};

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool has_name(std::span<const std::string_view> names, std::string_view name) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view known) { return equal_without_case(known, name); });
}

/// The functions' names as the documentation spells them.
constexpr std::string_view kSpellings[] = {"contains", "startsWith", "endsWith", "format", "join",
                                           "toJSON",   "fromJSON",   "case",     "always", "success",
                                           "failure",  "cancelled",  "hashFiles"};

/// Thrown out of the recursive descent, caught in `parse_expression`.
struct Stop {
  ExpressionError error;
};

class Parser {
 public:
  Parser(std::vector<Token> tokens, const ExpressionPlace& place) : tokens_(std::move(tokens)), place_(place) {}

  Expression parse() {
    Node root = parse_or();
    if (peek().word != Word::End) fail(peek(), fmt::format("'{}' is not expected here", peek().text));
    return std::move(root.expression);
  }

 private:
  struct Node {
    Expression expression;
    int depth = 1;
  };

  [[noreturn]] static void fail(std::size_t offset, std::string message) {
    throw Stop{ExpressionError{offset, std::move(message)}};
  }
  [[noreturn]] static void fail(const Token& token, std::string message) { fail(token.offset, std::move(message)); }

  const Token& peek() const { return tokens_[next_]; }
  const Token& take() {
    const Token& token = tokens_[next_];
    if (token.word != Word::End) ++next_;
    return token;
  }
  bool take_if(Word word) {
    if (peek().word != word) return false;
    take();
    return true;
  }
  void expect(Word word, std::string_view text) {
    if (take_if(word)) return;
    const std::string found = peek().word == Word::End ? "the end" : fmt::format("'{}'", peek().text);
    fail(peek(), fmt::format("'{}' is expected here, not {}", text, found));
  }

  static Node make(std::size_t offset, int depth, decltype(Expression::node) node) {
    if (depth > kDeepestExpression) {
      fail(offset, fmt::format("the expression is nested deeper than {} levels", kDeepestExpression));
    }
    return Node{Expression{offset, std::move(node)}, depth};
  }
  static ExpressionPointer share(Node& node) { return std::make_shared<const Expression>(std::move(node.expression)); }

  template <typename ParseOperand>
  Node parse_logical(Word word, Logical::Operator op, ParseOperand parse_operand) {
    Node first = parse_operand();
    if (peek().word != word) return first;
    const std::size_t offset = first.expression.offset;
    int depth = first.depth;
    std::vector<Expression> operands;
    operands.push_back(std::move(first.expression));
    while (take_if(word)) {
      Node next = parse_operand();
      depth = std::max(depth, next.depth);
      operands.push_back(std::move(next.expression));
    }
    return make(offset, depth + 1, Logical{op, std::move(operands)});
  }
  Node parse_or() {
    return parse_logical(Word::Or, Logical::Operator::Or, [this] { return parse_and(); });
  }
  Node parse_and() {
    return parse_logical(Word::And, Logical::Operator::And, [this] { return parse_equality(); });
  }

  static std::optional<Comparison> equality(Word word) {
    if (word == Word::Equal) return Comparison::Equal;
    if (word == Word::NotEqual) return Comparison::NotEqual;
    return std::nullopt;
  }
  static std::optional<Comparison> order(Word word) {
    if (word == Word::Less) return Comparison::Less;
    if (word == Word::LessOrEqual) return Comparison::LessOrEqual;
    if (word == Word::Greater) return Comparison::Greater;
    if (word == Word::GreaterOrEqual) return Comparison::GreaterOrEqual;
    return std::nullopt;
  }

  template <typename FindComparison, typename ParseOperand>
  Node parse_comparison(FindComparison find, ParseOperand parse_operand) {
    Node left = parse_operand();
    while (const std::optional<Comparison> comparison = find(peek().word)) {
      take();
      Node right = parse_operand();
      const std::size_t offset = left.expression.offset;
      const int depth = std::max(left.depth, right.depth) + 1;
      left = make(offset, depth, Compare{*comparison, share(left), share(right)});
    }
    return left;
  }
  Node parse_equality() {
    return parse_comparison(equality, [this] { return parse_order(); });
  }
  Node parse_order() {
    return parse_comparison(order, [this] { return parse_unary(); });
  }

  Node parse_unary() {
    // A loop, since a text may hold thousands of '!'.
    std::vector<std::size_t> negations;
    while (peek().word == Word::Not) negations.push_back(take().offset);
    Node node = parse_postfix();
    for (auto offset = negations.rbegin(); offset != negations.rend(); ++offset) {
      const int depth = node.depth + 1;
      node = make(*offset, depth, Not{share(node)});
    }
    return node;
  }

  Node parse_postfix() {
    Node node = parse_primary();
    while (true) {
      const std::size_t offset = node.expression.offset;
      const int depth = node.depth + 1;
      if (take_if(Word::Dot)) {
        const Token& property = take();
        if (property.word == Word::Star) {
          node = make(offset, depth, Wildcard{share(node)});
        } else if (property.word == Word::Name) {
          node = make(offset, depth, Index{share(node), literal(property, std::string(property.text))});
        } else {
          fail(property, "a property's name is expected after '.'");
        }
      } else if (take_if(Word::OpenBracket)) {
        node = parse_bracket(std::move(node));
      } else {
        return node;
      }
    }
  }

  Node parse_bracket(Node base) {
    const std::size_t offset = base.expression.offset;
    if (peek().word == Word::Star) {
      take();
      expect(Word::CloseBracket, "]");
      const int depth = base.depth + 1;
      return make(offset, depth, Wildcard{share(base)});
    }
    Node index = parse_nested();
    expect(Word::CloseBracket, "]");
    const int depth = std::max(base.depth, index.depth) + 1;
    return make(offset, depth, Index{share(base), share(index)});
  }

  static ExpressionPointer literal(const Token& token, Value value) {
    return std::make_shared<const Expression>(Expression{token.offset, Literal{std::move(value)}});
  }

  Node parse_nested() {
    if (++parentheses_ > kDeepestParentheses) {
      fail(peek(), fmt::format("more than {} parentheses are open here", kDeepestParentheses));
    }
    Node node = parse_or();
    --parentheses_;
    return node;
  }

  Node parse_primary() {
    const Token& token = take();
    switch (token.word) {
      case Word::Literal: return make(token.offset, 1, Literal{token.value});
      case Word::OpenParenthesis: {
        Node inner = parse_nested();
        expect(Word::CloseParenthesis, ")");
        return inner;
      }
      case Word::Name: return peek().word == Word::OpenParenthesis ? parse_call(token) : parse_context(token);
      case Word::End: fail(token, "the expression ends too early: a value is expected here");
      default: fail(token, fmt::format("a value is expected here, not '{}'", token.text));
    }
  }

  Node parse_context(const Token& name) {
    if (!has_name(place_.contexts, name.text)) fail(name, unknown_context(name.text));
    return make(name.offset, 1, ContextName{std::string(name.text)});
  }

  std::string unknown_context(std::string_view name) const {
    if (has_name(kContexts, name)) {
      return fmt::format("the context '{}' is not there in {}: only {} are", name, place_.key,
                         fmt::join(place_.contexts, ", "));
    }
    const auto nearest = nearest_name(name, place_.contexts);
    return fmt::format("there is no context '{}'{}", name,
                       nearest ? fmt::format(": did you mean '{}'?", *nearest) : std::string());
  }

  Node parse_call(const Token& name) {
    const std::string function = lower_ascii(name.text);
    const FunctionSignature signature = find_function(name, function);
    expect(Word::OpenParenthesis, "(");
    std::vector<Expression> arguments;
    int depth = 0;
    if (!take_if(Word::CloseParenthesis)) {
      do {
        Node argument = parse_nested();
        depth = std::max(depth, argument.depth);
        arguments.push_back(std::move(argument.expression));
      } while (take_if(Word::Comma));
      expect(Word::CloseParenthesis, ")");
    }
    if (arguments.size() < signature.least_arguments || arguments.size() > signature.most_arguments) {
      fail(name, wrong_count(name.text, signature, arguments.size()));
    }
    return make(name.offset, depth + 1, Call{function, std::move(arguments)});
  }

  FunctionSignature find_function(const Token& name, std::string_view function) const {
    for (const FunctionSignature& signature : common_functions()) {
      if (signature.name == function) return signature;
    }
    for (const FunctionSignature& signature : special_functions()) {
      if (signature.name != function) continue;
      if (has_name(place_.functions, function)) return signature;
      fail(name, fmt::format("the function {}() is not there in {}", name.text, place_.key));
    }
    const auto nearest = nearest_name(name.text, kSpellings);
    fail(name, fmt::format("there is no function {}(){}", name.text,
                           nearest ? fmt::format(": did you mean {}()?", *nearest) : std::string()));
  }

  static std::string wrong_count(std::string_view name, const FunctionSignature& signature, std::size_t count) {
    const auto [least, most] = std::pair{signature.least_arguments, signature.most_arguments};
    std::string takes = fmt::format("{} to {}", least, most);
    if (least == most) takes = fmt::format("{}", least);
    if (most > kLongestExpression) takes = fmt::format("at least {}", least);
    return fmt::format("{}() takes {} arguments, not {}", name, takes, count);
  }

  std::vector<Token> tokens_;
  const ExpressionPlace& place_;
  std::size_t next_ = 0;
  int parentheses_ = 0;
};

/// Calls `visit` for the expression and all below it, outermost first.
template <typename Visit>
void walk(const Expression& expression, Visit&& visit) {
  visit(expression);
  if (const auto* call = std::get_if<Call>(&expression.node)) {
    for (const Expression& argument : call->arguments) walk(argument, visit);
  } else if (const auto* index = std::get_if<Index>(&expression.node)) {
    walk(*index->base, visit);
    walk(*index->index, visit);
  } else if (const auto* wildcard = std::get_if<Wildcard>(&expression.node)) {
    walk(*wildcard->base, visit);
  } else if (const auto* negation = std::get_if<Not>(&expression.node)) {
    walk(*negation->operand, visit);
  } else if (const auto* compare = std::get_if<Compare>(&expression.node)) {
    walk(*compare->left, visit);
    walk(*compare->right, visit);
  } else if (const auto* logical = std::get_if<Logical>(&expression.node)) {
    for (const Expression& operand : logical->operands) walk(operand, visit);
  }
}

/// The names from the context down to `expression`, or nothing when they do not begin with a context.
std::optional<std::vector<std::string>> path_of(const Expression& expression) {
  if (const auto* context = std::get_if<ContextName>(&expression.node)) return {{lower_ascii(context->name)}};
  const auto* index = std::get_if<Index>(&expression.node);
  if (index == nullptr) return std::nullopt;
  auto path = path_of(*index->base);
  const auto* name = std::get_if<Literal>(&index->index->node);
  if (!path || name == nullptr || !name->value.is_string()) return std::nullopt;
  path->push_back(name->value.string());
  return path;
}

}  // namespace

std::expected<Expression, ExpressionError> parse_expression(std::string_view text, const ExpressionPlace& place) {
  if (text.size() > kLongestExpression) {
    return std::unexpected(ExpressionError{
        0, fmt::format("the expression has {} bytes; at most {} are allowed", text.size(), kLongestExpression)});
  }
  auto tokens = split_into_tokens(text);
  if (!tokens) return std::unexpected(std::move(tokens.error()));
  if (tokens->size() == 1) return std::unexpected(ExpressionError{0, "the expression is empty"});
  try {
    return Parser(*std::move(tokens), place).parse();
  } catch (Stop& stop) {
    return std::unexpected(std::move(stop.error));
  }
}

bool calls_status_function(const Expression& expression) {
  bool found = false;
  walk(expression, [&](const Expression& each) {
    const auto* call = std::get_if<Call>(&each.node);
    if (call == nullptr) return;
    found = found || call->function == "success" || call->function == "failure" || call->function == "cancelled" ||
            call->function == "always";
  });
  return found;
}

std::vector<ContextUse> context_uses(const Expression& expression) {
  std::vector<ContextUse> uses;
  std::size_t longest_at = 0;
  walk(expression, [&](const Expression& each) {
    auto path = path_of(each);
    if (!path) return;
    // The walk meets `a.b.c` before `a.b` and `a`, which begin at the same byte: only the longest is a use.
    if (!uses.empty() && longest_at == each.offset) return;
    longest_at = each.offset;
    uses.push_back(ContextUse{each.offset, *std::move(path)});
  });
  return uses;
}

}  // namespace sluice::workflow
