#include "adapters/github/issue_text.h"

#include <gtest/gtest.h>

namespace sluice::github {
namespace {

ports::Message message(std::string subject, std::string text) {
  return {.id = "t-9",
          .subject = std::move(subject),
          .text = std::move(text),
          .about = {.kind = "rolled_back", .incident = "01kaq0", .ended = {}, .service = "we`b|"}};
}

TEST(IssueText, HasBothMarks) {
  const ports::Message told = message("s", "t");
  for (const std::string& mark : {incident_mark("01kaq0"), message_mark(told)}) {
    EXPECT_NE(issue_body(told).find(mark), std::string::npos) << issue_body(told);
  }
  EXPECT_NE(comment_body(told).find(message_mark(told)), std::string::npos);
  EXPECT_EQ(comment_body(told).find(incident_mark("01kaq0")), std::string::npos) << "a comment is no issue";
}

TEST(IssueText, NoTextOfALogGetsOutOfItsFence) {
  const std::string body = issue_body(message("s", "````\n@octocat closes #1\n```"));
  EXPECT_TRUE(body.starts_with("`````text\n````\n@octocat closes #1\n```\n`````\n")) << body;
  EXPECT_NE(body.find("| service | `web` |"), std::string::npos) << body;
}

TEST(IssueText, StaysWithinGitHubsLimits) {
  const ports::Message told = message(std::string(300, 'a') + "\nb", std::string(100'000, '\xff'));
  EXPECT_LE(issue_title(told).size(), 256u);
  EXPECT_LE(issue_body(told).size(), 65'536u);
  EXPECT_LE(comment_body(told).size(), 65'536u);
  EXPECT_NE(issue_body(told).find(incident_mark("01kaq0")), std::string::npos) << "never cut";
  EXPECT_EQ(issue_title(message("a\nb", "")), "a b");
}

}  // namespace
}  // namespace sluice::github
