#include <gtest/gtest.h>

#include "core/workflow/command.h"
#include "core/workflow/file_command.h"
#include "core/workflow/masks.h"

namespace sluice::workflow {
namespace {

TEST(Command, ReadsNamePropertiesAndData) {
  EXPECT_EQ(parse_command("::error file=a%2Cb.js,line=1,title=x%3Ay::wrong%0Ahere %25 %3A"),
            (Command{"error", {{"file", "a,b.js"}, {"line", "1"}, {"title", "x:y"}}, "wrong\nhere % %3A"}));
  EXPECT_EQ(parse_command("  ::Group::Title"), (Command{"group", {}, "Title"}));
  EXPECT_EQ(parse_command("::set-output name=x::a::b"), (Command{"set-output", {{"name", "x"}}, "a::b"}));
  EXPECT_EQ(parse_command("::debug::%250A"), (Command{"debug", {}, "%0A"}));
}

TEST(Command, ReadsTheOlderForm) {
  EXPECT_EQ(parse_command("x ##[warning file=a;line=2]text"),
            (Command{"warning", {{"file", "a"}, {"line", "2"}}, "text"}));
}

TEST(Command, LeavesOtherLinesAlone) {
  for (const std::string_view line :
       {"std::move(x)::y", "::nothing::x", "::error", "a ::error::x", "##[unknown]x", ""}) {
    EXPECT_EQ(parse_command(line), std::nullopt) << line;
  }
}

TEST(Command, StopsUntilTheTokenComes) {
  CommandReader reader;
  EXPECT_TRUE(reader.read("::stop-commands::pause"));
  EXPECT_FALSE(reader.read("::error::x"));
  EXPECT_FALSE(reader.read("::pause::"));
  EXPECT_TRUE(reader.read("::error::x"));
}

TEST(Assignments, ReadsBothForms) {
  const auto read = parse_assignments(
      "\xEF\xBB\xBF"
      "a=1\r\n\nb<<END\nline 1\r\nline 2\nEND\nc==x\nd<<=E\n=E\ne=x<<y\nf=");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read,
            (Assignments{{"a", "1"}, {"b", "line 1\r\nline 2"}, {"c", "=x"}, {"d", ""}, {"e", "x<<y"}, {"f", ""}}));
}

TEST(Assignments, KeepsEmptyLinesInsideABlock) {
  EXPECT_EQ(parse_assignments("a<<E\n\nx\n\nE\n")->front().second, "\nx\n");
}

TEST(Assignments, NamesTheLineThatIsWrong) {
  EXPECT_EQ(parse_assignments("a=1\nnonsense").error().message, "line 2: neither 'name=value' nor 'name<<DELIMITER'");
  EXPECT_EQ(parse_assignments("\n=x").error().message, "line 2: there is no name before the '='");
  EXPECT_EQ(parse_assignments("a<<E\nx\n E").error().message, "line 1: the value of a never ends: no line is just 'E'");
  EXPECT_FALSE(parse_assignments("<<E\nE"));
  EXPECT_FALSE(parse_assignments("a<<\n"));
}

TEST(PathLines, AreInTheirOrder) {
  EXPECT_EQ(parse_path_lines("/a\n\n/b c\r\n"), (std::vector<std::string>{"/a", "/b c"}));
}

TEST(Masks, HideAValueItsLinesAndItsEncodings) {
  Masks masks;
  masks.add("first-line\nsecond \"line\"\n");
  masks.add("pass word/1");
  EXPECT_EQ(masks.apply("x first-line y second \"line\""), "x *** y ***");
  EXPECT_EQ(masks.apply("a pass word/1 b"), "a *** b");
  EXPECT_EQ(masks.apply("https://x/pass%20word%2F1"), "https://x/***");
  // base64 of "pass word/1", "u:pass word/1" and "ab:pass word/1x".
  EXPECT_FALSE(masks.apply("cGFzcyB3b3JkLzE=").starts_with("cGFzcy"));
  EXPECT_EQ(masks.apply("dTpwYXNzIHdvcmQvMQ==").find("XNzIHdvcm"), std::string::npos);
  EXPECT_EQ(masks.apply("YWI6cGFzcyB3b3JkLzF4").find("GFzcyB3b3Jk"), std::string::npos);
}

TEST(Masks, JoinValuesThatOverlap) {
  Masks masks;
  masks.add("abc");
  masks.add("cde");
  EXPECT_EQ(masks.apply("xabcdey abc"), "x***y ***");
  EXPECT_TRUE(masks.hits("abcde"));
  EXPECT_FALSE(masks.hits("abde"));
}

TEST(Masks, HideNothingForEmptyValues) {
  Masks masks;
  masks.add("");
  masks.add("\n\n");
  EXPECT_EQ(masks.apply("a\nb"), "a\nb");
  EXPECT_TRUE(masks.empty());
}

}  // namespace
}  // namespace sluice::workflow
