#include "base/utf8.h"

#include <algorithm>

namespace sluice {

std::string_view character_at(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return {};
  // Neither overlong forms, nor surrogates, nor what is beyond U+10FFFF (RFC 3629 section 4).
  const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0;
  const bool is_out_of_range = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                               (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  if (is_out_of_range) return {};
  for (const char c : text.substr(1, length - 1)) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) return {};
  }
  return text.substr(0, length);
}

std::string valid_utf8(std::string_view text, std::size_t most) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  std::string out;
  while (!text.empty()) {
    const std::string_view character = character_at(text);
    const auto byte = static_cast<unsigned char>(text.front());
    const bool is_control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
    const std::string_view piece = is_control ? "" : character.empty() ? kReplacement : character;
    if (out.size() + piece.size() > most) break;
    out += piece;
    text.remove_prefix(std::max<std::size_t>(1, character.size()));
  }
  return out;
}

}  // namespace sluice
