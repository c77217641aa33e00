// Feature flags as AWS AppConfig keeps them: version "1" of the format AWS.AppConfig.FeatureFlags, written in YAML or
// JSON.
// Source: "Understanding the type reference for AWS.AppConfig.FeatureFlags" of AppConfig's user guide, with its JSON
// schema.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/position.h"
#include "core/yaml/document.h"

namespace sluice::flags {

/// Of all flags as JSON: what AppConfig takes into its hosted store (quotas of AppConfig).
inline constexpr std::size_t kLargestContentBytes = 2u << 20;
inline constexpr std::size_t kMostAttributes = 25;
inline constexpr std::size_t kMostVariants = 32;
inline constexpr std::size_t kMostChoices = 100;  ///< Of an attribute with `enum`.
inline constexpr std::size_t kLongestName = 64;
inline constexpr std::size_t kLongestText =
    1024;  ///< Of a description, a pattern or an attribute's value; in bytes here.
inline constexpr std::size_t kLongestRule = 16'384;

struct FlagSet {
  /// The same as JSON: what AppConfig is given. Two files that differ in their comments alone have the same.
  std::string content;
  /// All that is said of each flag, as JSON, by what it says: `enabled`, `attribute limit`, `variant beta, rule`,
  /// `definition of attribute limit`. Times that AppConfig writes into it are left out.
  std::map<std::string, std::map<std::string, std::string>> flags;
};

struct ParsedFlags {
  std::optional<FlagSet> flags;  ///< Nothing when `findings` has errors.
  Findings findings;
};

/// `file` is for messages. Every mistake against the format, with the nearest valid name; each value of an attribute
/// held against its constraints. Warnings: a flag that is defined and has no value; what only AppConfig can check.
ParsedFlags parse_flags(std::string_view text, std::string_view file);

}  // namespace sluice::flags
