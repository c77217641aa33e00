#include "core/image/dockerfile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::image {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

Dockerfile parse(std::string_view text, const std::map<std::string, std::string>& args = {}) {
  return parse_dockerfile(text, "Dockerfile", args);
}
std::vector<std::string> messages(const Dockerfile& file) {
  std::vector<std::string> texts;
  for (const auto& finding : file.findings) texts.push_back(to_string(finding));
  return texts;
}

TEST(Dockerfile, HasStagesWithInstructionsFlagsAndForms) {
  const auto file = parse(
      "FROM python:3.11-slim AS builder\nRUN pip install --target=/deps x\n"
      "FROM python:3.11-slim\ncopy --from=builder --chown=1:1 /deps /lib\nCMD [\"python\", \"-m\", \"app\"]\n");
  EXPECT_THAT(file.findings, IsEmpty());
  ASSERT_THAT(file.stages, SizeIs(2));
  EXPECT_EQ(file.stages[0].name, "builder");
  EXPECT_EQ(file.find_stage("builder"), &file.stages[0]);
  EXPECT_EQ(file.find_stage("1"), &file.stages[1]);
  EXPECT_EQ(file.find_stage("2"), nullptr);
  const auto& copy = file.stages[1].instructions[0];
  EXPECT_EQ(copy.name, "COPY");
  EXPECT_EQ(copy.flag("from"), "builder");
  EXPECT_EQ(copy.flag("link"), std::nullopt);
  EXPECT_THAT(copy.words(), ElementsAre("/deps", "/lib"));
  EXPECT_EQ(copy.arguments_at, (Position{4, 33}));
  EXPECT_THAT(file.stages[1].instructions[1].exec, Optional(ElementsAre("python", "-m", "app")));
}

TEST(Dockerfile, PutsContinuedLinesTogetherAroundComments) {
  const auto file = parse(
      "FROM x\n  HEALTHCHECK --interval=15s \\\n# a comment\n\n  CMD curl -f http://x \\  \n || exit 1\nUSER a\n");
  ASSERT_THAT(file.stages[0].instructions, SizeIs(2));
  const auto& check = file.stages[0].instructions[0];
  EXPECT_EQ(check.at, (Position{2, 3}));
  EXPECT_EQ(check.flag("interval"), "15s");
  EXPECT_EQ(check.arguments_at, (Position{5, 3}));
  const auto command = health_command(check);
  ASSERT_TRUE(command.has_value());
  EXPECT_EQ(command->arguments, "curl -f http://x  || exit 1");
  EXPECT_EQ(command->exec, std::nullopt);
  EXPECT_EQ(health_command(file.stages[0].instructions[1]), std::nullopt);
}

TEST(Dockerfile, ReplacesBuildArgumentsInFrom) {
  constexpr std::string_view kText =
      "ARG BASE=python\nARG TAG=${BASE}-1\nFROM ${BASE}:${TAG:-x}\nFROM $OTHER\nFROM ${GONE:-y}\n";
  const auto file = parse(kText);
  EXPECT_EQ(file.stages[0].base, "python:python-1");
  EXPECT_EQ(file.stages[1].base, "$OTHER");
  EXPECT_EQ(file.stages[2].base, "y");
  EXPECT_EQ(parse(kText, {{"BASE", "mine"}, {"TAG", "2"}}).stages[0].base, "mine:2");
}

TEST(Dockerfile, LetsNoArgumentGrowWithoutEnd) {
  std::string text = "ARG A=aaaaaaaaaa\n";
  for (int i = 0; i < 200; ++i) text += "ARG A=$A$A\n";
  const auto file = parse(text + "FROM $A\n");
  ASSERT_THAT(file.stages, SizeIs(1));
  EXPECT_LT(file.stages[0].base.size(), 100'000U);
}

TEST(Dockerfile, TakesHereDocumentsOut) {
  const auto file = parse("FROM x\nRUN <<EOF cat <<-'END'\n# no comment\nUNKNOWN\nEOF\n\tbody\n\tEND\nUSER a\n");
  EXPECT_THAT(messages(file), IsEmpty());
  ASSERT_THAT(file.stages[0].instructions, SizeIs(2));
  EXPECT_THAT(file.stages[0].instructions[0].documents, ElementsAre("# no comment\nUNKNOWN\n", "body\n"));
  EXPECT_THAT(messages(parse("FROM x\nRUN <<EOF\nbody\n")),
              ElementsAre("Dockerfile:2:1: error: the here-document `EOF` has no end"));
}

TEST(Dockerfile, HeedsTheEscapeDirectiveAndLineEndsOfWindows) {
  const auto file = parse("# escape=`\r\nFROM x\r\nRUN a `\r\n  b\r\nRUN C:\\\r\n");
  ASSERT_THAT(file.stages[0].instructions, SizeIs(2));
  EXPECT_EQ(file.stages[0].instructions[0].arguments, "a   b");
  EXPECT_EQ(file.stages[0].instructions[1].arguments, "C:\\");
}

TEST(Dockerfile, NamesEveryMistakeWithItsPlaceAndReadsOn) {
  const auto file = parse("EXPOSE 1\nFROM\nFROM x y\nRUNN a\nÄ b\n  ONBUILD COPPY a b\nUSER a");
  EXPECT_THAT(messages(file), ElementsAre("Dockerfile:1:1: error: EXPOSE before the first FROM",
                                          "Dockerfile:2:1: error: FROM needs an argument",
                                          "Dockerfile:3:6: error: FROM takes `IMAGE` or `IMAGE AS NAME`",
                                          "Dockerfile:4:1: error: unknown instruction `RUNN`; did you mean `RUN`?",
                                          "Dockerfile:5:1: error: unknown instruction `Ä`",
                                          "Dockerfile:6:11: error: unknown instruction `COPPY`; did you mean `COPY`?"));
  ASSERT_THAT(file.stages, SizeIs(1));
  EXPECT_THAT(file.stages[0].instructions, SizeIs(1));
  EXPECT_THAT(messages(parse("FROM x\nONBUILD\n")), ElementsAre("Dockerfile:2:1: error: ONBUILD needs an argument"));
  EXPECT_THAT(messages(parse("# nothing\n")), ElementsAre("Dockerfile:1:1: error: a Dockerfile needs a FROM"));
}

TEST(Dockerfile, MarksWhatIsForImagesBuiltOnThisOne) {
  const auto file = parse("FROM x\nONBUILD RUN make\n");
  ASSERT_THAT(file.stages[0].instructions, SizeIs(1));
  EXPECT_TRUE(file.stages[0].instructions[0].on_build);
  EXPECT_EQ(file.stages[0].instructions[0].arguments, "make");
}

}  // namespace
}  // namespace sluice::image
