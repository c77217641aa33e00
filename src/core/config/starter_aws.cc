#include "core/config/starter_aws.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "core/config/starter_texts.h"

namespace sluice::config {
namespace {

constexpr std::size_t kLongestName = 26;

/// A text of JSON, which is one of YAML, too.
std::string quoted(const std::string& text) { return boost::json::serialize(boost::json::string(text)); }

/// Terraform reads templates in its texts ("Strings and Templates" of its language).
std::string quoted_for_terraform(const std::string& text) {
  std::string out;
  for (const char c : quoted(text)) {
    if (c == '{' && (out.ends_with('$') || out.ends_with('%'))) out += out.back();
    out += c;
  }
  return out;
}

/// IAM would take `${` in a subject for a variable, and no such branch can be trusted.
std::string trusted_branch(const RepositoryFacts& facts) {
  return facts.branch.find_first_of("$*?") == std::string::npos ? facts.branch : "main";
}

using Values = std::vector<std::pair<std::string_view, std::string>>;

/// One pass: what a value brings along is left as it is.
std::string filled_in(std::string_view text, const Values& values) {
  std::string out;
  while (!text.empty()) {
    const auto found = std::ranges::find_if(values, [&](const auto& value) { return text.starts_with(value.first); });
    out += found == values.end() ? std::string(1, text.front()) : found->second;
    text.remove_prefix(found == values.end() ? 1 : found->first.size());
  }
  return out;
}

}  // namespace

RepositoryFacts for_aws(RepositoryFacts facts) {
  facts.name = facts.name.substr(0, kLongestName);
  while (facts.name.ends_with('-')) facts.name.pop_back();
  if (facts.name.size() < 2) facts.name = "app-" + facts.name;
  return facts;
}

std::string starter_configuration_for_aws(const RepositoryFacts& facts) {
  return filled_in(starter_texts().at("sluice.yaml"),
                   {{"@NAME@", facts.name},
                    {"@NO_DOCKERFILE@", facts.has_dockerfile ? "" : std::string(kNoDockerfile)},
                    {"@SCAN@\n", std::string(scan_of(facts))},
                    {"@PORT@", std::to_string(facts.port)},
                    {"@HEALTH_PATH@", quoted(facts.health_path)}});
}

std::vector<StarterFile> starter_infrastructure(const RepositoryFacts& facts) {
  std::vector<StarterFile> files;
  for (const auto& [name, text] : starter_texts()) {
    if (name == "sluice.yaml") continue;
    const auto quote = name.ends_with(".tf") ? quoted_for_terraform : quoted;
    files.push_back(
        {fmt::format("infrastructure/{}", name), filled_in(text, {{"@NAME@", facts.name},
                                                                  {"@PORT@", std::to_string(facts.port)},
                                                                  {"@HEALTH_PATH@", quote(facts.health_path)},
                                                                  {"@BRANCH@", quote(trusted_branch(facts))}})});
  }
  return files;
}

}  // namespace sluice::config
