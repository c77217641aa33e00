#include "adapters/slack/payload.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

namespace sluice::slack {
namespace {

namespace json = boost::json;

json::value parsed(const ports::Message& message) { return json::parse(payload(message)); }

std::vector<std::string> sections(const json::value& body) {
  std::vector<std::string> texts;
  for (const auto& block : body.at_pointer("/attachments/0/blocks").as_array()) {
    texts.emplace_back(block.at_pointer("/text/text").as_string());
  }
  return texts;
}

TEST(SlackPayload, HasTheSubjectTheTextAndItsColour) {
  const json::value body = parsed({.id = "m",
                                   .subject = "orchestrator was rolled back",
                                   .text = "first\nsecond",
                                   .tone = ports::Message::Tone::Bad});
  EXPECT_EQ(body.at("text").as_string(), "*orchestrator was rolled back*");
  EXPECT_EQ(body.at_pointer("/attachments/0/color").as_string(), "#c62828");
  EXPECT_EQ(sections(body), std::vector<std::string>{"first\nsecond"});
  EXPECT_TRUE(body.at_pointer("/attachments/0/blocks/0/text/verbatim").as_bool());
}

TEST(SlackPayload, WithoutATextThereIsOnlyTheSubject) {
  EXPECT_EQ(payload({.subject = "done", .text = "\n\n"}), R"({"text":"*done*"})");
}

TEST(SlackPayload, EscapesWhatSlackWouldRead) {
  const json::value body = parsed({.subject = "a < b & c", .text = "<!channel> \x1b[31mred\x1b[0m <http://x|y>"});
  EXPECT_EQ(body.at("text").as_string(), "*a &lt; b &amp; c*");
  EXPECT_EQ(sections(body).front(), "&lt;!channel&gt; [31mred[0m &lt;http://x|y&gt;");
}

TEST(SlackPayload, SplitsLongTextsAtLineEndsAndTellsWhatIsMissing) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "line " + std::to_string(i) + std::string(40, '.') + "\n";
  const auto parts = sections(parsed({.subject = "s", .text = text}));
  ASSERT_EQ(parts.size(), 5u);
  EXPECT_TRUE(parts[0].starts_with("line 0."));
  EXPECT_TRUE(parts[1].starts_with("line "));
  EXPECT_EQ(parts[4].substr(0, 8), "… and ") << parts[4];
}

TEST(SlackPayload, ReplacesWhatIsNoUtf8) {
  const json::value body = parsed({.subject = "s", .text = "a\xff b\xc3"});
  EXPECT_EQ(sections(body).front(), "a\xEF\xBF\xBD b\xEF\xBF\xBD");
}

// Slack answers 400 to a section of more than 3000 characters or none, and to text that is no UTF-8
// (which the parser here refuses too).
RC_GTEST_PROP(SlackPayload, StaysWithinSlacksLimits, ()) {
  const auto piece =
      rc::gen::element<std::string>("<", "&", "a", "é", "\n", "𝄞", "\xff", "\xc3", "\x1b", " ", std::string(700, '<'));
  const auto pieces = *rc::gen::container<std::vector<std::string>>(piece);
  std::string text;
  for (int i = 0; i < 20; ++i) {
    for (const std::string& one : pieces) text += one;
  }
  const json::value body = parsed({.subject = text, .text = text});
  RC_ASSERT(body.at("text").as_string().size() <= 3000u);
  if (body.as_object().contains("attachments")) {
    RC_ASSERT(body.at_pointer("/attachments/0/blocks").as_array().size() <= 50u);
    for (const std::string& section : sections(body)) RC_ASSERT(!section.empty() && section.size() <= 3000u);
  }
}

}  // namespace
}  // namespace sluice::slack
