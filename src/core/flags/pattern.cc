#include "core/flags/pattern.h"

#include <algorithm>
#include <regex>
#include <string>

namespace sluice::flags {
namespace {

/// Counts of repetition multiply the states of the machine that tries the pattern, and it goes as deep as it has
/// states.
constexpr std::size_t kLongestPattern = 256;
constexpr std::ptrdiff_t kMostCounts = 2;
constexpr std::size_t kLongestCount = 2;

bool is_small(std::string_view pattern) {
  if (pattern.size() > kLongestPattern || std::ranges::count(pattern, '{') > kMostCounts) return false;
  std::size_t digits = 0;
  for (const char c : pattern) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > kLongestCount) return false;
  }
  return true;
}

}  // namespace

std::optional<bool> is_found(std::string_view pattern, std::string_view text) {
  if (!is_small(pattern)) return std::nullopt;
  try {
    // Without the last flag some patterns take for ever: the one that is exponential is left to back-references.
    const std::regex expression(std::string(pattern),
                                std::regex_constants::ECMAScript | std::regex_constants::__polynomial);
    return std::regex_search(text.begin(), text.end(), expression);
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

}  // namespace sluice::flags
