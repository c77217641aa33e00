#include "core/rollout/journal_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/nearest_name.h"

namespace sluice::rollout {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::size_t kLongestPrefix = 512;  ///< Of the 1,024 bytes that S3 gives a key.

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// "General purpose bucket naming rules" of S3's user guide, without those for reserved beginnings and ends.
bool is_bucket_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return false;
  if (!is_lower_or_digit(name.front()) || !is_lower_or_digit(name.back())) return false;
  return name.find("..") == std::string_view::npos &&
         std::ranges::all_of(name, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.'; });
}

/// Letters that are the same in a key, a URL and a policy.
bool is_prefix(std::string_view prefix) {
  const auto is_plain = [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == '/';
  };
  return prefix.size() <= kLongestPrefix && std::ranges::all_of(prefix, is_plain) && !prefix.starts_with('/') &&
         prefix.find("//") == std::string_view::npos && prefix.find("..") == std::string_view::npos;
}

Status set_option(JournalPlace& place, std::string_view option) {
  const std::size_t equals = std::min(option.find('='), option.size());
  const std::string_view name = option.substr(0, equals);
  const std::string_view value = option.substr(std::min(equals + 1, option.size()));
  if (name == "region") {
    place.region = value;
  } else if (name == "role") {
    place.role = value;
  } else if (name == "lease") {
    TRY_ASSIGN(place.lease, parse_duration(value));
    if (place.lease < kShortestJournalLease || place.lease > kLongestJournalLease) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("'lease={}' is not between {} and {}", value, format_duration(kShortestJournalLease),
                               format_duration(kLongestJournalLease))};
    }
  } else {
    static constexpr std::array<std::string_view, 3> kNames = {"region", "role", "lease"};
    const auto near = nearest_name(name, kNames);
    return Error{ErrorKind::InvalidInput,
                 fmt::format("it has no option '{}'{}", name, near ? fmt::format("; did you mean '{}'?", *near) : "")};
  }
  if (!value.empty()) return {};
  return Error{ErrorKind::InvalidInput, fmt::format("its option '{}' has no value", name)};
}

Status set_options(JournalPlace& place, std::string_view options) {
  while (!options.empty()) {
    const std::size_t end = std::min(options.find('&'), options.size());
    TRY(set_option(place, options.substr(0, end)));
    options.remove_prefix(std::min(end + 1, options.size()));
  }
  return {};
}

}  // namespace

std::string JournalPlace::name() const {
  return fmt::format("{}{}/{}", kScheme, bucket, prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1));
}

Result<JournalPlace> parse_journal_place(std::string_view text) {
  const auto wrong = [text](std::string_view why) {
    return Error{
        ErrorKind::InvalidInput,
        fmt::format("the journal's place '{}': {}. It is like s3://bucket/sluice?region=eu-west-1", text, why)};
  };
  if (!text.starts_with(kScheme)) return wrong("it does not begin with s3://");
  std::string_view rest = text.substr(kScheme.size());
  const std::size_t mark = std::min(rest.find('?'), rest.size());
  JournalPlace place;
  if (mark < rest.size()) {
    if (const Status set = set_options(place, rest.substr(mark + 1)); !set) return wrong(set.error().message);
  }
  rest = rest.substr(0, mark);
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  place.bucket = rest.substr(0, slash);
  if (!is_bucket_name(place.bucket)) return wrong("that is no name of a bucket");
  rest = rest.substr(std::min(slash + 1, rest.size()));
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (!is_prefix(rest)) return wrong("its prefix may have letters, digits, - _ . and single slashes");
  if (!rest.empty()) place.prefix = std::string(rest) + "/";
  return place;
}

}  // namespace sluice::rollout
