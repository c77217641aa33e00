#include "core/yaml/document.h"

#include <gtest/gtest.h>

namespace sluice::yaml {
namespace {

std::string first_message(std::string_view text, const Limits& limits = {}) {
  const Parsed parsed = parse(text, "f.yaml", limits);
  return parsed.findings.empty() ? "" : to_string(parsed.findings.front());
}

TEST(YamlDocument, TypesOnlyPlainScalarsByTheCoreSchemaOfYaml12) {
  const Parsed parsed =
      parse("on: yes\na: true\nb: 012\nc: 0o17\nd: 0xff\ne: 1e3\nf: ~\ng: '7'\nh: -.inf\ni: 1.2.3\n", "f");
  ASSERT_TRUE(parsed.root);
  const Node& root = *parsed.root;
  EXPECT_EQ(root.find("on")->type, Type::String);
  EXPECT_EQ(root.find("on")->text, "yes");
  EXPECT_TRUE(root.find("a")->boolean);
  EXPECT_EQ(root.find("b")->integer, 12);
  EXPECT_EQ(root.find("c")->integer, 15);
  EXPECT_EQ(root.find("d")->integer, 255);
  EXPECT_EQ(root.find("e")->type, Type::Float);
  EXPECT_EQ(root.find("f")->type, Type::Null);
  EXPECT_EQ(root.find("g")->type, Type::String);
  EXPECT_EQ(root.find("h")->type, Type::Float);
  EXPECT_EQ(root.find("i")->type, Type::String);
}

TEST(YamlDocument, KeepsThePlaceOfKeysValuesAndAliases) {
  const Parsed parsed = parse("base: &b {x: 1}\nuse:\n  other: *b\n", "f");
  ASSERT_TRUE(parsed.root);
  const Member* use = parsed.root->find_member("use");
  EXPECT_EQ(use->key_at, (Position{2, 1}));
  const Node* alias = use->value->find("other");
  EXPECT_EQ(alias->begin, (Position{3, 10}));
  EXPECT_EQ(alias->find("x")->integer, 1);
}

TEST(YamlDocument, AnEmptyTextIsNothing) {
  for (const char* text : {"", "# only a comment\n", "---\n", "---\n...\n"}) {
    const Parsed parsed = parse(text, "f");
    ASSERT_TRUE(parsed.root) << text;
    EXPECT_EQ(parsed.root->type, Type::Null) << text;
  }
}

TEST(YamlDocument, AViewOfNothingIsAnEmptyText) { EXPECT_TRUE(parse(std::string_view(), "f").root); }

TEST(YamlDocument, NamesBothPlacesOfADuplicateKey) {
  EXPECT_EQ(first_message("a: 1\nb: 2\na: 3\n"), "f.yaml:3:1: error: 'a' is here twice: it was first written at 1:1");
}

TEST(YamlDocument, RefusesUnknownAndCyclicAnchors) {
  EXPECT_EQ(first_message("a: *nowhere\n"), "f.yaml:1:4: error: the alias *nowhere names no anchor above it");
  EXPECT_EQ(first_message("a: &x [1, *x]\n"), "f.yaml:1:11: error: the alias *x stands inside the value that it names");
}

TEST(YamlDocument, CountsValuesOfExpandedAliases) {
  std::string bomb = "a0: &a0 [1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i < 9; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) bomb += (k ? ",*a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_NE(first_message(bomb).find("once its aliases are expanded"), std::string::npos);
}

TEST(YamlDocument, StopsAtTheDepthLimit) {
  EXPECT_NE(first_message(std::string(100'000, '[')).find("nested deeper than 100 levels"), std::string::npos);
}

TEST(YamlDocument, RefusesTagsMergeKeysOddKeysAndSecondDocuments) {
  EXPECT_NE(first_message("a: !!int '3'\n").find("tag"), std::string::npos);
  EXPECT_NE(first_message("a: &a {x: 1}\nb:\n  <<: *a\n").find("merge keys"), std::string::npos);
  EXPECT_NE(first_message("? [a]\n: 1\n").find("plain text"), std::string::npos);
  EXPECT_NE(first_message("a: 1\n---\nb: 1\n").find("second document"), std::string::npos);
}

TEST(YamlDocument, ReportsSyntaxErrorsWithTheirPlace) {
  EXPECT_EQ(first_message("a: [1, 2\nb: 3\n").substr(0, 10), "f.yaml:2:2");
  EXPECT_EQ(first_message("\ta: 1\n").substr(0, 10), "f.yaml:1:1");
  EXPECT_NE(first_message(std::string_view("a: \xff\n", 6)), "");
  EXPECT_NE(first_message(std::string_view("a: \0b\n", 7)), "");
}

}  // namespace
}  // namespace sluice::yaml
