#include "adapters/aws/origin.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::aws {
namespace {

constexpr std::string_view kMark = "sluice ";
constexpr std::string_view kSha = "sha256=";

/// The text before `end`, which is taken off together with it; all of it where there is none.
std::string_view cut(std::string_view& text, char end) {
  const std::string_view part = text.substr(0, text.find(end));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return part;
}

}  // namespace

std::string to_string(const Origin& origin) {
  const std::string hash = origin.sha256.empty() ? "" : fmt::format(" {}{}", kSha, origin.sha256);
  return fmt::format("{}{} {}{}", kMark, origin.service.to_string(), origin.revision, hash);
}

std::optional<Origin> parse_origin(std::string_view description) {
  if (!description.starts_with(kMark)) return std::nullopt;
  description.remove_prefix(kMark.size());
  std::string_view service = cut(description, ' ');
  Origin origin;
  origin.service.project = cut(service, '/');
  origin.service.environment = cut(service, '/');
  origin.service.service = service;
  origin.revision = cut(description, ' ');
  if (origin.service.service.empty() || origin.revision.empty()) return std::nullopt;
  if (description.starts_with(kSha)) origin.sha256 = description.substr(kSha.size());
  return origin;
}

}  // namespace sluice::aws
