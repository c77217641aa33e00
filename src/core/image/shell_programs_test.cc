#include "core/image/shell_programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::image {
namespace {

using testing::ElementsAre;

TEST(ShellPrograms, AreTheWordsInCommandPosition) {
  EXPECT_THAT(programs_in_script("curl -f http://localhost:8080/health || exit 1"), ElementsAre("curl"));
  EXPECT_THAT(programs_in_script("wget -q -O- http://x | grep -q ok && /probe; ps&"),
              ElementsAre("wget", "grep", "/probe", "ps"));
  EXPECT_THAT(programs_in_script("curl a; curl b"), ElementsAre("curl"));
}

TEST(ShellPrograms, LeaveOutBuiltInsKeywordsAndAssignments) {
  EXPECT_THAT(programs_in_script("if [ -f /ready ]; then exit 0; else A=1 B=2 probe; fi"), ElementsAre("probe"));
  EXPECT_THAT(programs_in_script("exec python -m app"), ElementsAre("python"));
  EXPECT_THAT(programs_in_script("! nc -z localhost 80"), ElementsAre("nc"));
  EXPECT_THAT(programs_in_script("for i in 1 2; do sleep 1; done"), ElementsAre("sleep"));
  EXPECT_THAT(programs_in_script("test -e /tmp/up"), ElementsAre());
}

TEST(ShellPrograms, HeedQuotesRedirectionsCommentsAndContinuedLines) {
  EXPECT_THAT(programs_in_script("'my probe' \"a; b | c\" # ; not this"), ElementsAre("my probe"));
  EXPECT_THAT(programs_in_script("> /tmp/log probe 2>&1 </dev/null"), ElementsAre("probe"));
  EXPECT_THAT(programs_in_script("probe \\\n  --fast\nnext"), ElementsAre("probe", "next"));
  EXPECT_THAT(programs_in_script("(cd /app && probe)"), ElementsAre("probe"));
}

TEST(ShellPrograms, SayNothingOfNamesThatAreOnlyKnownWhenItRuns) {
  EXPECT_THAT(programs_in_script("$TOOL -x; \"${A}/probe\"; `which curl`; /opt/*/probe"), ElementsAre());
  EXPECT_THAT(programs_in_script(""), ElementsAre());
  EXPECT_THAT(programs_in_script("'unclosed"), ElementsAre("unclosed"));
  EXPECT_THAT(programs_in_script("trailing\\"), ElementsAre("trailing\\"));
}

}  // namespace
}  // namespace sluice::image
