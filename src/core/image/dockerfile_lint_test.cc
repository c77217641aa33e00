#include "core/image/dockerfile_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace sluice::image {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> lint(std::string_view text, const std::map<std::string, std::string>& args = {}) {
  std::vector<std::string> texts;
  for (const auto& finding : lint_dockerfile(text, "Dockerfile", args)) texts.push_back(to_string(finding));
  return texts;
}
std::string file(const std::string& path) {
  std::ifstream stream(std::string(SLUICE_SOURCE_DIR) + "/" + path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}
/// A stage that nothing is to be said about, with more instructions.
std::string quiet(const std::string& more) { return "FROM x:1\nEXPOSE 1\nUSER a\nHEALTHCHECK NONE\n" + more; }

TEST(DockerfileLint, FindsBothMistakesOfTheStory) {
  const auto findings = lint(file("tests/integration/image/Dockerfile.story"));
  EXPECT_THAT(findings, Contains(AllOf(StartsWith("Dockerfile:13:3: error: `python:3.11-slim` has no `curl`"))));
  EXPECT_THAT(findings, Contains(AllOf(StartsWith("Dockerfile:14:5: error: `uvicorn` came by `pip install --target`"),
                                       HasSubstr("(line 5)"), HasSubstr("python -m uvicorn"))));
}

TEST(DockerfileLint, HasNothingAgainstTheRepairedDockerfile) {
  EXPECT_THAT(lint(file("examples/mangaassist/Dockerfile")), IsEmpty());
}

TEST(DockerfileLint, KnowsWhichBasesLackWhatAHealthCheckCalls) {
  const auto with_base = [](const std::string& base, const std::string& program, const std::string& more = "") {
    return lint("ARG BASE=" + base + "\nFROM ${BASE}\n" + more + "EXPOSE 1\nUSER a\nHEALTHCHECK CMD " + program +
                " x\n");
  };
  EXPECT_THAT(with_base("node:20-slim", "wget"), Contains(HasSubstr("no `wget`")));
  EXPECT_THAT(with_base("docker.io/library/python:3.11-slim-bookworm", "curl"), Contains(HasSubstr("no `curl`")));
  EXPECT_THAT(with_base("alpine:3.19", "curl"), Contains(HasSubstr("no `curl`")));
  EXPECT_THAT(with_base("alpine:3.19", "wget"), IsEmpty());
  EXPECT_THAT(with_base("python:3.11", "curl"), IsEmpty()) << "the full image has it";
  EXPECT_THAT(with_base("mine:1", "curl"), IsEmpty()) << "nothing is known of this base";
  EXPECT_THAT(with_base("debian:12", "curl", "RUN apt-get install -y curl\n"), IsEmpty());
  EXPECT_THAT(with_base("debian:12", "curl", "RUN <<EOF\napt-get install -y curl\nEOF\n"), IsEmpty());
}

TEST(DockerfileLint, LooksThroughStagesThatBuildOnEachOther) {
  constexpr std::string_view kText =
      "FROM python:3.11-slim AS base\nEXPOSE 1\nUSER a\nHEALTHCHECK CMD curl x\nFROM base\nCMD [\"serve\"]\n";
  EXPECT_THAT(lint(kText), ElementsAre(HasSubstr("Dockerfile:4:13: error: `python:3.11-slim` has no `curl`")));
}

TEST(DockerfileLint, LetsAConsoleScriptBeWherePathLeads) {
  const std::string text = "RUN pip install -t /deps flask\nENV PATH=/deps/bin:$PATH\nCMD [\"flask\", \"run\"]\n";
  EXPECT_THAT(lint(quiet(text)), IsEmpty());
  EXPECT_THAT(lint(quiet("RUN pip install flask\nCMD [\"flask\", \"run\"]\n")), IsEmpty());
  EXPECT_THAT(lint(quiet("RUN pip install -t /deps flask\nENTRYPOINT exec flask run\n")),
              Contains(HasSubstr("error: `flask` came by")));
}

TEST(DockerfileLint, WarnsOfBasesThatMove) {
  constexpr std::string_view kEnd = "\nEXPOSE 1\nUSER a\nHEALTHCHECK NONE\n";
  const auto base = [&](const std::string& name) { return lint("FROM " + name + std::string(kEnd)); };
  EXPECT_THAT(base("python"), ElementsAre(HasSubstr("Dockerfile:1:6: warning: `python` has no tag")));
  EXPECT_THAT(base("registry:5000/python:latest"), ElementsAre(HasSubstr("another image tomorrow")));
  for (const char* fine : {"scratch", "$BASE", "python@sha256:aa", "python:3.11"}) EXPECT_THAT(base(fine), IsEmpty());
}

TEST(DockerfileLint, WarnsOfUrlsSecretsAndWhatDoesNotCount) {
  EXPECT_THAT(lint(quiet("ADD https://example.com/a /a\n")),
              ElementsAre(HasSubstr("Dockerfile:5:5: warning: ADD of https://example.com/a")));
  EXPECT_THAT(lint(quiet("ADD --checksum=sha256:aa https://example.com/a /a\nADD a.tar /\n")), IsEmpty());
  EXPECT_THAT(lint(quiet("ENV API_TOKEN=abc LEVEL=info\nARG DB_PASSWORD\n")),
              ElementsAre(AllOf(HasSubstr("warning: the value of API_TOKEN"), Not(HasSubstr("abc")))));
  EXPECT_THAT(lint(quiet("CMD [\"a\"]\nCMD [\"b\"]\n")),
              ElementsAre(HasSubstr("Dockerfile:6:1: warning: only the last CMD of a stage counts; there is one in "
                                    "line 5 too")));
}

TEST(DockerfileLint, NotesWhatIsMissing) {
  const auto findings = lint("FROM x:1\nCMD serve --all\n");
  EXPECT_THAT(findings, Each(HasSubstr(": note: ")));
  EXPECT_THAT(findings, ElementsAre(HasSubstr("no EXPOSE"), HasSubstr("no HEALTHCHECK"), HasSubstr("no USER"),
                                    HasSubstr("Dockerfile:2:5: note: CMD in shell form")));
}

TEST(DockerfileLint, PassesOnWhatTheParserFound) {
  EXPECT_THAT(lint(quiet("RUNN x\n")), ElementsAre(HasSubstr("did you mean `RUN`?")));
}

}  // namespace
}  // namespace sluice::image
