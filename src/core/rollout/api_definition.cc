#include "core/rollout/api_definition.h"

#include <fmt/format.h>

namespace sluice::rollout {
namespace {

constexpr std::string_view kSha = " sha256=";

}  // namespace

std::string definition_text(std::string_view file, std::string_view sha256) {
  return fmt::format("{}{}{}", file, kSha, sha256);
}

std::string as_it_was_text(std::string_view revision) { return fmt::format("the API as it was for {}", revision); }

std::string deployment_text(std::string_view deployment) { return fmt::format("deployment {}", deployment); }

std::string sha256_in(std::string_view text) {
  const std::size_t at = text.rfind(kSha);
  return at == std::string_view::npos ? std::string() : std::string(text.substr(at + kSha.size()));
}

}  // namespace sluice::rollout
