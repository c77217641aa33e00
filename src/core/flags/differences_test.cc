#include "core/flags/differences.h"

#include <gtest/gtest.h>

namespace sluice::flags {
namespace {

FlagSet set_of(const char* text) {
  const ParsedFlags parsed = parse_flags(text, "f");
  for (const Finding& finding : parsed.findings) EXPECT_NE(finding.severity, Severity::Error) << to_string(finding);
  return parsed.flags.value_or(FlagSet{});
}

TEST(FlagDifferences, NamesEachFlagAndWhatBecomesOfIt) {
  const FlagSet before = set_of(
      R"({version: "1", flags: {dark: {name: Dark, attributes: {limit: {constraints: {type: number, maximum: 5}}}}, old: {name: Old}},
                                    values: {dark: {enabled: false, limit: 3}, old: {enabled: true}}})");
  const FlagSet after = set_of(
      R"({version: "1", flags: {dark: {name: Dark, attributes: {limit: {constraints: {type: number, maximum: 9}}}}, new: {name: New}},
                                   values: {dark: {enabled: true, limit: 7}, new: {enabled: true}}})");
  EXPECT_EQ(
      differences(before, after),
      (std::vector<std::string>{
          "flag dark, attribute limit: 3 → 7",
          "flag dark, definition of attribute limit: {\"constraints\":{\"type\":\"number\",\"maximum\":5}} → "
          "{\"constraints\":{\"type\":\"number\",\"maximum\":9}}",
          "flag dark, enabled: false → true", "flag new: (none) → new", "flag new, definition, name: (none) → \"New\"",
          "flag new, enabled: (none) → true", "flag old: there → (none)"}));
}

TEST(FlagDifferences, NamesTheVariantAndTheOrderInWhichTheyAreTried) {
  const FlagSet before = set_of(R"({version: "1", flags: {a: {name: A}}, values: {a: {_variants: [
      {name: x, enabled: true, rule: (eq $u "1")}, {name: y, enabled: true, rule: (eq $u "2")}, {name: z, enabled: false}]}}})");
  const FlagSet after = set_of(R"({version: "1", flags: {a: {name: A}}, values: {a: {_variants: [
      {name: y, enabled: true, rule: (eq $u "2")}, {name: x, enabled: true, rule: (eq $u "3")}, {name: z, enabled: false}]}}})");
  EXPECT_EQ(differences(before, after),
            (std::vector<std::string>{R"x(flag a, variant x, rule: "(eq $u \"1\")" → "(eq $u \"3\")")x",
                                      "flag a, variants in turn: x, y, z → y, x, z"}));
}

TEST(FlagDifferences, AreNoneOfTheTimesThatAppConfigWrites) {
  const FlagSet before = set_of(
      R"({version: "1", flags: {a: {name: A, _createdAt: "1"}}, values: {a: {enabled: true, _updatedAt: "1"}}})");
  const FlagSet after = set_of("# a remark\n{version: \"1\", flags: {a: {name: A}}, values: {a: {enabled: true}}}");
  EXPECT_TRUE(differences(before, after).empty());
}

}  // namespace
}  // namespace sluice::flags
