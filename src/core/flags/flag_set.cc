#include "core/flags/flag_set.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/config/json_text.h"
#include "core/flags/checker.h"
#include "core/flags/sayings.h"
#include "core/flags/variants.h"

namespace sluice::flags {
namespace {

using yaml::Node;

constexpr std::string_view kVersion = "1";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `2026-11-26`, of RFC 3339's full-date; whether the month has that day is left to AppConfig.
bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != 4 && i != 7 && !is_digit(text[i])) return false;
  }
  const int month = (text[5] - '0') * 10 + (text[6] - '0');
  const int day = (text[8] - '0') * 10 + (text[9] - '0');
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

void check_deprecation(Checker& checker, const Node& node, const std::string& what) {
  if (!checker.is_mapping(node, what)) return;
  constexpr std::array<std::string_view, 2> kKeys{"status", "date"};
  checker.knows(node, what, kKeys);
  const Node* const status = node.find("status");
  if (status != nullptr && (status->type != yaml::Type::String || status->text != "planned")) {
    constexpr std::array<std::string_view, 1> kStatus{"planned"};
    checker.unknown(status->begin, fmt::format("'status' of {} is '{}'", what, status->text), status->text, kStatus);
  }
  const Node* const date = node.find("date");
  if (date != nullptr && !is_date(date->text)) {
    checker.report(date->begin, fmt::format("'date' of {} is a day like 2026-11-26", what));
  }
}

Definition read_definition(Checker& checker, const yaml::Member& member) {
  const Node& node = *member.value;
  Definition definition{.name = member.key, .attributes = {}};
  checker.is_key(member, "a flag");
  const std::string what = fmt::format("the flag '{}'", member.key);
  if (!checker.is_mapping(node, what)) return definition;
  constexpr std::array<std::string_view, 6> kKeys{"name",         "description", "attributes",
                                                  "_deprecation", "_createdAt",  "_updatedAt"};
  checker.knows(node, what, kKeys);
  if (const Node* name = node.find("name")) checker.is_name(*name, fmt::format("'name' of {}", what));
  for (const std::string_view key : {"description", "_createdAt", "_updatedAt"}) {
    const Node* const text = node.find(key);
    if (text != nullptr) checker.is_text(*text, fmt::format("'{}' of {}", key, what), kLongestText);
  }
  if (const Node* deprecation = node.find("_deprecation")) {
    check_deprecation(checker, *deprecation, fmt::format("'_deprecation' of {}", what));
  }
  if (const Node* attributes = node.find("attributes")) {
    definition.attributes = read_attributes(checker, *attributes, member.key);
  }
  return definition;
}

void check_values(Checker& checker, const Node& values, const std::vector<Definition>& definitions) {
  std::vector<std::string_view> names;
  for (const Definition& definition : definitions) names.push_back(definition.name);
  for (const yaml::Member& member : values.members) {
    const auto found = std::ranges::find(definitions, member.key, &Definition::name);
    if (found == definitions.end()) {
      checker.unknown(member.key_at, fmt::format("'flags' defines no flag '{}'", member.key), member.key, names);
    } else {
      check_flag_value(checker, *member.value, *found);
    }
  }
}

void check_version(Checker& checker, const Node& root) {
  const Node* const version = root.find("version");
  if (version == nullptr) {
    checker.report(root.begin, "'version' is missing: \"1\", in quotes");
  } else if (version->type != yaml::Type::String || version->text != kVersion) {
    checker.report(version->begin, "'version' is the string \"1\", in quotes: AppConfig knows no other");
  }
}

void check_root(Checker& checker, const Node& root) {
  if (!checker.is_mapping(root, "a file of feature flags")) return;
  constexpr std::array<std::string_view, 3> kKeys{"version", "flags", "values"};
  checker.knows(root, "a file of feature flags", kKeys);
  check_version(checker, root);
  std::vector<Definition> definitions;
  const Node* const flags = root.find("flags");
  const Node* const values = root.find("values");
  if (flags == nullptr) {
    checker.report(root.begin, "'flags' is missing: it says which flags there are");
  } else if (checker.is_mapping(*flags, "'flags'")) {
    for (const yaml::Member& member : flags->members) definitions.push_back(read_definition(checker, member));
  }
  const bool has_values = values != nullptr && checker.is_mapping(*values, "'values'");
  if (has_values) check_values(checker, *values, definitions);
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    if (has_values && values->find(definitions[i].name) != nullptr) continue;
    checker.report(flags->members[i].key_at,
                   fmt::format("the flag '{}' has no value: no client hears of it", definitions[i].name),
                   Severity::Warning);
  }
}

}  // namespace

ParsedFlags parse_flags(std::string_view text, std::string_view file) {
  const yaml::Parsed document = yaml::parse(text, file);
  ParsedFlags parsed{.flags = {}, .findings = document.findings};
  if (document.root == nullptr || has_errors(parsed.findings)) return parsed;
  Checker checker(file);
  check_root(checker, *document.root);
  FlagSet set{.content = config::json_text(*document.root), .flags = {}};
  if (set.content.size() > kLargestContentBytes) {
    checker.report({1, 1}, fmt::format("the flags have {} bytes as JSON, and AppConfig takes {} at most",
                                       set.content.size(), kLargestContentBytes));
  }
  for (Finding& finding : checker.take()) parsed.findings.push_back(std::move(finding));
  if (has_errors(parsed.findings)) return parsed;
  set.flags = sayings_of(*document.root);
  parsed.flags = std::move(set);
  return parsed;
}

}  // namespace sluice::flags
