#include "core/flags/variants.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "core/flags/flag_set.h"

namespace sluice::flags {
namespace {

using yaml::Node;

bool is_true(const Node* node) { return node != nullptr && node->type == yaml::Type::Boolean && node->boolean; }

/// An expression in brackets: `(eq $country "jp")`. What stands in them only AppConfig knows.
bool is_in_brackets(std::string_view rule) {
  int depth = 0;
  bool is_quoted = false;
  for (std::size_t i = 0; i < rule.size(); ++i) {
    const char c = rule[i];
    if (is_quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && (c == '(' || c == ')')) {
      depth += c == '(' ? 1 : -1;
      if (depth < 0 || (depth == 0 && i + 1 < rule.size())) return false;
    }
  }
  return rule.starts_with('(') && depth == 0 && !is_quoted;
}

/// The values of attributes, `what` being the flag or its variant.
class Values {
 public:
  Values(Checker& checker, const Definition& definition, std::string what)
      : checker_(checker), definition_(definition), what_(std::move(what)) {}

  void add(const yaml::Member& member) {
    seen_.insert(member.key);
    const auto found = std::ranges::find(definition_.attributes, member.key, &Attribute::name);
    const bool is_known = found != definition_.attributes.end();
    if (!is_known) unknown(member);
    check_value(checker_, *member.value, fmt::format("the attribute '{}' of {}", member.key, what_),
                is_known ? &*found : nullptr);
  }

  /// `at`: of the value that the attributes are in.
  void finish(Position at, bool is_enabled) {
    if (seen_.size() > kMostAttributes) {
      checker_.report(at, fmt::format("{} has {} attributes, and AppConfig takes {} at most", what_, seen_.size(),
                                      kMostAttributes));
    }
    if (!is_enabled) return;
    for (const Attribute& attribute : definition_.attributes) {
      if (!attribute.is_required || seen_.contains(attribute.name)) continue;
      checker_.report(at,
                      fmt::format("the attribute '{}', which is required, is missing in {}", attribute.name, what_));
    }
  }

 private:
  void unknown(const yaml::Member& member) {
    if (!checker_.is_key(member, "an attribute")) return;
    std::vector<std::string_view> names;
    for (const Attribute& attribute : definition_.attributes) names.push_back(attribute.name);
    checker_.unknown(member.key_at,
                     fmt::format("the flag '{}' defines no attribute '{}'", definition_.name, member.key), member.key,
                     names);
  }

  Checker& checker_;
  const Definition& definition_;
  std::string what_;
  std::set<std::string_view> seen_;
};

void check_rule(Checker& checker, const Node& variant, const std::string& what, bool is_last) {
  const Node* const rule = variant.find("rule");
  if (rule == nullptr) {
    if (!is_last)
      checker.report(variant.begin, fmt::format("'rule' is missing in {}: only the last variant, which is "
                                                "taken when no other is, has none",
                                                what));
    return;
  }
  if (is_last) {
    checker.report(rule->begin,
                   fmt::format("{} is the last one, which is taken when no other is: it has no rule", what));
  }
  if (!checker.is_text(*rule, fmt::format("'rule' of {}", what), kLongestRule)) return;
  if (!is_in_brackets(rule->text)) {
    checker.report(rule->begin,
                   fmt::format("'rule' of {} is no expression in brackets, like (eq $country \"jp\")", what));
  }
}

void check_variant(Checker& checker, const Node& variant, const Definition& definition, const std::string& what,
                   bool is_last) {
  constexpr std::array<std::string_view, 4> kKeys{"name", "enabled", "rule", "attributeValues"};
  checker.knows(variant, what, kKeys);
  for (const std::string_view key : {"name", "enabled"}) {
    if (variant.find(key) == nullptr) checker.report(variant.begin, fmt::format("'{}' is missing in {}", key, what));
  }
  const Node* const enabled = variant.find("enabled");
  if (enabled != nullptr) checker.is_flag(*enabled, fmt::format("'enabled' of {}", what));
  check_rule(checker, variant, what, is_last);
  Values values(checker, definition, what);
  const Node* const given = variant.find("attributeValues");
  if (given != nullptr && checker.is_mapping(*given, fmt::format("'attributeValues' of {}", what))) {
    for (const yaml::Member& member : given->members) values.add(member);
  }
  values.finish(variant.begin, is_true(enabled));
}

void check_variants(Checker& checker, const Node& node, const Definition& definition) {
  const std::string what = fmt::format("'_variants' of the flag '{}'", definition.name);
  if (!checker.is_list(node, what)) return;
  if (node.items.empty() || node.items.size() > kMostVariants) {
    checker.report(node.begin, fmt::format("{} has {} variants, and AppConfig takes 1 to {}", what, node.items.size(),
                                           kMostVariants));
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& variant = *node.items[i];
    std::string name = fmt::format("variant {} of the flag '{}'", i + 1, definition.name);
    if (!checker.is_mapping(variant, name)) continue;
    if (const Node* given = variant.find("name"); given != nullptr && checker.is_name(*given, "'name' of " + name)) {
      name = fmt::format("the variant '{}' of the flag '{}'", given->text, definition.name);
      if (!names.insert(given->text).second) checker.report(given->begin, fmt::format("{} is there twice", name));
    }
    check_variant(checker, variant, definition, name, i + 1 == node.items.size());
  }
}

}  // namespace

void check_flag_value(Checker& checker, const Node& node, const Definition& definition) {
  const std::string what = fmt::format("the flag '{}'", definition.name);
  if (!checker.is_mapping(node, fmt::format("the value of {}", what))) return;
  const Node* const enabled = node.find("enabled");
  const Node* const variants = node.find("_variants");
  if (enabled == nullptr && variants == nullptr) {
    checker.report(node.begin,
                   fmt::format("'enabled' is missing in the value of {}: true, false, or '_variants' that say "
                               "it",
                               what));
  }
  if (enabled != nullptr) checker.is_flag(*enabled, fmt::format("'enabled' of {}", what));
  if (variants != nullptr) check_variants(checker, *variants, definition);
  Values values(checker, definition, what);
  for (const yaml::Member& member : node.members) {
    if (member.key == "_createdAt" || member.key == "_updatedAt") {
      checker.is_text(*member.value, fmt::format("'{}' of {}", member.key, what), kLongestText);
    } else if (member.key != "enabled" && member.key != "_variants") {
      values.add(member);
    }
  }
  values.finish(node.begin, is_true(enabled));
}

}  // namespace sluice::flags
