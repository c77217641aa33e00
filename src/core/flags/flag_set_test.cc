#include "core/flags/flag_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sluice::flags {
namespace {

std::string first_of(const ParsedFlags& parsed) {
  return parsed.findings.empty() ? std::string() : to_string(parsed.findings.front());
}

TEST(FlagSet, TakesNoMoreThanAppConfigDoes) {
  std::string attributes;
  for (int i = 0; i < 26; ++i) attributes += fmt::format("a{}: {{}}, ", i);
  EXPECT_EQ(
      first_of(parse_flags(fmt::format("{{version: \"1\", flags: {{f: {{attributes: {{{}}}}}}}}}", attributes), "f")),
      "f:1:40: error: the flag 'f' has 26 attributes, and AppConfig takes 25 at most");
  const std::string value = fmt::format(
      "{{version: \"1\", flags: {{f: {{attributes: {{a: {{}}}}}}}}, values: {{f: "
      "{{enabled: true, a: {}}}}}}}",
      std::string(1'025, 'x'));
  EXPECT_EQ(first_of(parse_flags(value, "f")),
            "f:1:82: error: the attribute 'a' of the flag 'f' has 1025 bytes, and "
            "AppConfig takes 1024 at most");
}

TEST(FlagSet, IsTooLargeAsAWhole) {
  std::string flags;
  for (int i = 0; i < 2'100; ++i) flags += fmt::format("f{}: {{description: {}}}, ", i, std::string(1'000, 'x'));
  const ParsedFlags parsed = parse_flags(fmt::format("{{version: \"1\", flags: {{{}}}}}", flags), "f");
  EXPECT_FALSE(parsed.flags);
  EXPECT_TRUE(std::ranges::any_of(parsed.findings, [](const Finding& finding) {
    return finding.message.ends_with("bytes as JSON, and AppConfig takes 2097152 at most");
  }));
}

TEST(FlagSet, HasTheSameContentWhateverItsComments) {
  const ParsedFlags one =
      parse_flags("version: \"1\"  # the only one\nflags: {a: {name: A}}\nvalues: {a: {enabled: true}}", "f");
  const ParsedFlags other =
      parse_flags(R"({"version": "1", "flags": {"a": {"name": "A"}}, "values": {"a": {"enabled": true}}})", "g");
  ASSERT_TRUE(one.flags && other.flags);
  EXPECT_EQ(one.flags->content, other.flags->content);
}

}  // namespace
}  // namespace sluice::flags
