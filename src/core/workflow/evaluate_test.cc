#include "core/workflow/evaluate.h"

#include <gtest/gtest.h>

#include <string>

#include "core/workflow/json.h"
#include "core/workflow/template.h"

namespace sluice::workflow {
namespace {

constexpr std::string_view kContexts[] = {"github", "env", "steps", "matrix", "needs", "inputs"};
constexpr std::string_view kFunctions[] = {"always", "success", "failure", "cancelled", "hashfiles"};
constexpr ExpressionPlace kPlace{"steps.run", kContexts, kFunctions};

Evaluation sample() {
  Object env(Object::Names::RespectCase);
  env.set("Path", "/bin");
  env.set("with-hyphen", "yes");
  Evaluation evaluation;
  evaluation.contexts.set("github", *parse_json(R"({"ref": "refs/heads/main", "event_name": "push",
      "event": {"commits": [{"id": "a", "files": ["x", "y"]}, {"id": "b", "files": ["z"]}, {"other": 1}]}})"));
  evaluation.contexts.set("env", Value(std::move(env)));
  evaluation.contexts.set("matrix", *parse_json(R"({"os": ["linux", "mac"], "n": 3.9, "on": true})"));
  evaluation.status = [](std::string_view name, std::span<const Value>) {
    return name == "success" || name == "always";
  };
  evaluation.hash_files = [](const std::vector<std::string>& patterns) -> Result<std::string> {
    return std::string("digest of ") + patterns.front();
  };
  return evaluation;
}

/// The value as JSON, or `error: …`.
std::string value_of(std::string_view text) {
  const auto expression = parse_expression(text, kPlace);
  if (!expression) return "error: " + expression.error().message;
  const auto value = evaluate(*expression, sample());
  return value ? to_compact_json(*value) : "error: " + value.error().message;
}

struct Case {
  std::string_view expression;
  std::string_view value;
};
class ExpressionTest : public ::testing::TestWithParam<Case> {};
TEST_P(ExpressionTest, HasItsValue) {
  EXPECT_EQ(value_of(GetParam().expression), GetParam().value) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(Literals, ExpressionTest,
                         ::testing::Values(Case{"null", "null"}, Case{"true", "true"}, Case{"-9.2", "-9.2"},
                                           Case{"0xff", "255"}, Case{"0o17", "15"}, Case{"0xffffffff", "-1"},
                                           Case{"-2.99e-2", "-0.0299"},
                                           Case{"1.23456789012345678e19", "1.23456789012346E+19"},
                                           Case{"'It''s'", "\"It's\""}, Case{"''", "\"\""}, Case{"-0", "0"},
                                           Case{".5", "0.5"}, Case{"NaN", "\"NaN\""},
                                           Case{"-Infinity", "\"-Infinity\""}));

INSTANTIATE_TEST_SUITE_P(Operators, ExpressionTest,
                         ::testing::Values(Case{"!true", "false"}, Case{"!!''", "false"},
                                           Case{"1 < 2 && 2 < 3", "true"}, Case{"true || false && false", "true"},
                                           Case{"(true || false) && false", "false"}, Case{"'a' && 'b'", "\"b\""},
                                           Case{"'' || 'b'", "\"b\""}, Case{"0 || null", "null"},
                                           Case{"false && fromJSON('x')", "false"}, Case{"1 == 1 == true", "true"},
                                           Case{"!github.ref == true", "false"}, Case{"1 < 2 < 3", "true"},
                                           Case{"-0 && 'x'", "0"}, Case{"NaN || 'x'", "\"x\""}));

INSTANTIATE_TEST_SUITE_P(
    Comparisons, ExpressionTest,
    ::testing::Values(Case{"null == null", "true"}, Case{"null == 0", "true"}, Case{"null == ''", "true"},
                      Case{"true == 1", "true"}, Case{"true == 'true'", "false"}, Case{"'1' == 1", "true"},
                      Case{"' 0x10 ' == 16", "true"}, Case{"'abc' == 'ABC'", "true"}, Case{"'ς' == 'Σ'", "true"},
                      Case{"'é' == 'É'", "true"}, Case{"'a' < 'B'", "true"}, Case{"NaN == NaN", "false"},
                      Case{"NaN != NaN", "true"}, Case{"null >= null", "true"}, Case{"null > null", "false"},
                      Case{"github == github", "true"}, Case{"fromJSON('[]') == fromJSON('[]')", "false"},
                      Case{"github == 'Object'", "false"}, Case{"'x' < 1", "false"}, Case{"'x' >= 1", "false"},
                      Case{"false < true", "true"}, Case{"'Infinity' == Infinity", "true"}));

INSTANTIATE_TEST_SUITE_P(Properties, ExpressionTest,
                         ::testing::Values(Case{"GITHUB.Ref", "\"refs/heads/main\""},
                                           Case{"github['event_name']", "\"push\""}, Case{"github.none.at.all", "null"},
                                           Case{"steps.absent.outputs.x", "null"}, Case{"matrix.os[0]", "\"linux\""},
                                           Case{"matrix.os[1.9]", "\"mac\""}, Case{"matrix.os[-1]", "null"},
                                           Case{"matrix.os['0']", "null"}, Case{"matrix.os[2]", "null"},
                                           Case{"matrix.os.length", "null"}, Case{"env.Path", "\"/bin\""},
                                           Case{"env.PATH", "null"}, Case{"env.with-hyphen", "\"yes\""},
                                           Case{"matrix.on && 'on'", "\"on\""},
                                           Case{"github.event.commits.*.id", R"(["a","b"])"},
                                           Case{"github.event.commits[*].files[0]", R"(["x","z"])"},
                                           Case{"github.event.commits.*.files.*", R"(["x","y","z"])"},
                                           Case{"matrix.*", R"([["linux","mac"],3.9,true])"}, Case{"null.*", "[]"},
                                           Case{"matrix.null", "null"}));

INSTANTIATE_TEST_SUITE_P(
    Functions, ExpressionTest,
    ::testing::Values(Case{"contains('Hello', 'LL')", "true"}, Case{"contains(matrix.os, 'LINUX')", "true"},
                      Case{"contains(fromJSON('[1,2]'), '2')", "true"}, Case{"contains(matrix, 'x')", "false"},
                      Case{"startsWith(github.ref, 'refs/HEADS/')", "true"}, Case{"endsWith('abc', 'BC')", "true"},
                      Case{"format('{0} {{x}} {1}{0}', 'a', 2)", "\"a {x} 2a\""},
                      Case{"join(matrix.os)", "\"linux,mac\""}, Case{"join(matrix.os, ' + ')", "\"linux + mac\""},
                      Case{"join('one', '-')", "\"one\""},
                      Case{"toJSON(matrix.os)", "\"[\\n  \\\"linux\\\",\\n  \\\"mac\\\"\\n]\""},
                      Case{"toJSON(fromJSON('{}'))", "\"{}\""},
                      Case{"fromJSON('{\"b\": 1, \"a\": null}')", R"({"b":1,"a":null})"},
                      Case{"FromJson('true')", "true"}, Case{"case(false, 1, true, 2, 3)", "2"},
                      Case{"case(false, 1, 3)", "3"}, Case{"success() && always()", "true"},
                      Case{"hashFiles('**/x')", "\"digest of **/x\""}, Case{"format('{0}', matrix.os)", "\"Array\""}));

INSTANTIATE_TEST_SUITE_P(
    Errors, ExpressionTest,
    ::testing::Values(
        Case{"githib.ref", "error: there is no context 'githib': did you mean 'github'?"},
        Case{"secrets.x",
             "error: the context 'secrets' is not there in steps.run: only github, env, steps, "
             "matrix, needs, inputs are"},
        Case{"startWith('a', 'b')", "error: there is no function startWith(): did you mean startsWith()?"},
        Case{"contains('a')", "error: contains() takes 2 arguments, not 1"},
        Case{"format()", "error: format() takes at least 1 arguments, not 0"},
        Case{"1 +", "error: '+' is no operator: expressions here know no arithmetic and no ?:"},
        Case{"1 * 2", "error: '*' is not expected here"},
        Case{"a = b", "error: '=' is no operator here: did you mean '=='?"},
        Case{"\"x\"", "error: strings are written in 'single' quotes here, not in \"double\" ones"},
        Case{"'x", "error: this string has no closing quote"}, Case{"", "error: the expression is empty"},
        Case{"(1", "error: ')' is expected here, not the end"},
        Case{"github.", "error: a property's name is expected after '.'"},
        Case{"1 / 2", "error: '/' is no operator: expressions here know no arithmetic and no ?:"},
        Case{"format('{1}', 0)", "error: format(): the format '{1}' names the argument {1}, but there are only 1"},
        Case{"format('}')", "error: format(): the format '}' has a '}' without a '{'; a brace itself is written '}}'"},
        Case{"case('x', 1, 2)", "error: case(): condition 1 is a string, not true or false"},
        Case{"fromJSON('{')", "error: fromJSON(): this is not JSON: incomplete JSON at line 1, column 2"}));

TEST(Expression, IsLimitedInDepthLengthAndResult) {
  EXPECT_EQ(value_of(std::string(49, '!') + "1"), "false");
  EXPECT_NE(value_of(std::string(50, '!') + "1").find("deeper than 50"), std::string::npos);
  EXPECT_NE(value_of(std::string(10'000, '!') + "1").find("deeper than 50"), std::string::npos);
  EXPECT_EQ(value_of(std::string(199, '(') + "1" + std::string(199, ')')), "1");
  EXPECT_NE(value_of(std::string(10'000, '(')).find("parentheses"), std::string::npos);
  EXPECT_NE(value_of(std::string(kLongestExpression + 1, ' ')).find("at most 21000"), std::string::npos);
  std::string doubling = "'0123456789'";
  for (int i = 0; i < 8; ++i) doubling = "format('{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}', " + doubling + ")";
  EXPECT_NE(value_of(doubling).find("more than 10 MiB"), std::string::npos);
}

TEST(Expression, ChainsOfOneOperatorAddNoDepth) {
  std::string chain = "1";
  for (int i = 0; i < 200; ++i) chain += " && 1";
  EXPECT_EQ(value_of(chain), "1");
}

TEST(Expression, TellsWhatItNames) {
  const auto expression = parse_expression("needs.build.outputs['x'] && !steps[matrix.os].id", kPlace);
  const auto uses = context_uses(*expression);
  ASSERT_EQ(uses.size(), 3u);
  EXPECT_EQ(uses[0].path, (std::vector<std::string>{"needs", "build", "outputs", "x"}));
  EXPECT_EQ(uses[1].path, (std::vector<std::string>{"steps"}));
  EXPECT_EQ(uses[1].offset, 29u);
  EXPECT_EQ(uses[2].path, (std::vector<std::string>{"matrix", "os"}));
}

TEST(Template, MixesTextAndExpressions) {
  const auto parsed = Template::parse("a ${{ matrix.n }}-${{ '}}' }} b", kPlace);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed->evaluate_text(sample()), "a 3.9-}} b");
}

TEST(Template, KeepsTheKindOfASingleExpression) {
  EXPECT_EQ(Template::parse("${{ matrix.on }}", kPlace)->evaluate(sample())->kind(), Kind::Boolean);
  EXPECT_EQ(Template::parse(" ${{ matrix.on }}", kPlace)->evaluate(sample())->kind(), Kind::String);
}

TEST(Template, SkipsAnExpressionInsideQuotes) {
  EXPECT_EQ(*Template::parse("${{ '${{x}}' }}", kPlace)->evaluate_text(sample()), "${{x}}");
}

TEST(Template, TellsWhereItIsWrong) {
  EXPECT_EQ(Template::parse("abc ${{ x", kPlace).error().offset, 4u);
  EXPECT_EQ(Template::parse("abc ${{ nope }}", kPlace).error().offset, 8u);
  EXPECT_EQ(Template::parse_condition("  nope", kPlace).error().offset, 2u);
}

TEST(Template, ConditionWithTextAroundAnExpressionIsAlwaysTrue) {
  const auto parsed = Template::parse_condition("${{ false }} && true", kPlace);
  EXPECT_TRUE(is_truthy(*parsed->evaluate(sample())));
  EXPECT_FALSE(is_truthy(*Template::parse_condition("${{ false }}", kPlace)->evaluate(sample())));
  EXPECT_TRUE(Template::parse_condition("!cancelled()", kPlace)->calls_status_function());
  EXPECT_FALSE(Template::parse_condition("'always()'", kPlace)->calls_status_function());
}

TEST(Json, SurvivesLargeObjects) {
  std::string text = "{";
  for (int i = 0; i < 20'000; ++i) text += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":" + std::to_string(i);
  const auto value = parse_json(text + "}");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)["K19999"].number(), 19'999);
  EXPECT_EQ(value->object().size(), 20'000u);
}

TEST(Json, WritesAllCharactersThatNeedIt) {
  EXPECT_EQ(to_json(Value(std::string("\"\\\b\f\n\r\t\x01é"))), "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001é\"");
}

}  // namespace
}  // namespace sluice::workflow
