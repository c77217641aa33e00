#include "core/config/arn.h"

#include <algorithm>

namespace sluice::config {

std::vector<std::string_view> arn_parts(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::vector<std::string_view> parts;
  while (parts.size() < kArnResource) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos) return {};
    parts.push_back(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  parts.push_back(text);
  const bool fine = parts[0] == "arn" && parts[kArnPartition].starts_with("aws") && !parts[kArnResource].empty() &&
                    std::ranges::all_of(parts[kArnAccount], is_digit);
  return fine ? parts : std::vector<std::string_view>();
}

std::string_view arn_part(std::string_view text, std::size_t part) {
  const auto parts = arn_parts(text);
  return part < parts.size() ? parts[part] : std::string_view();
}

}  // namespace sluice::config
