#include "core/flags/differences.h"

#include <fmt/format.h>

#include <set>

namespace sluice::flags {
namespace {

using Sayings = std::map<std::string, std::string>;

std::string value_in(const Sayings& sayings, const std::string& what) {
  const auto found = sayings.find(what);
  return found == sayings.end() ? "(none)" : found->second;
}

void add_changes(std::vector<std::string>& lines, const std::string& flag, const Sayings& from, const Sayings& to) {
  std::set<std::string> all;
  for (const auto& [what, value] : from) all.insert(what);
  for (const auto& [what, value] : to) all.insert(what);
  for (const std::string& what : all) {
    const std::string before = value_in(from, what);
    const std::string after = value_in(to, what);
    if (before != after) lines.push_back(fmt::format("flag {}, {}: {} → {}", flag, what, before, after));
  }
}

}  // namespace

std::vector<std::string> differences(const FlagSet& from, const FlagSet& to) {
  std::vector<std::string> lines;
  std::set<std::string> names;
  for (const auto& [name, sayings] : from.flags) names.insert(name);
  for (const auto& [name, sayings] : to.flags) names.insert(name);
  for (const std::string& name : names) {
    const auto before = from.flags.find(name);
    const auto after = to.flags.find(name);
    if (after == to.flags.end()) {
      lines.push_back(fmt::format("flag {}: there → (none)", name));
    } else if (before == from.flags.end()) {
      lines.push_back(fmt::format("flag {}: (none) → new", name));
      add_changes(lines, name, {}, after->second);
    } else {
      add_changes(lines, name, before->second, after->second);
    }
  }
  return lines;
}

}  // namespace sluice::flags
