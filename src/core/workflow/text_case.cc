#include "core/workflow/text_case.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sluice::workflow {
namespace {

char upper_ascii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::uint32_t upper_latin(std::uint32_t c) {
  if (c == 0xB5) return 0x39C;                               // micro sign
  if (c >= 0xE0 && c <= 0xFE && c != 0xF7) return c - 0x20;  // à … þ
  if (c == 0xFF) return 0x178;                               // ÿ
  if (c == 0x131) return c;                                  // ı stays apart from i
  if (c == 0x17F) return c;                                  // long s likewise
  const bool odd_lower = (c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
  const bool even_lower = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
  if (odd_lower && c != 0x130) return c & ~1u;
  if (even_lower && c % 2 == 0) return c - 1;
  return c;
}

std::uint32_t upper_greek(std::uint32_t c) {
  if (c == 0x3C2) return 0x3A3;  // final sigma
  if (c >= 0x3B1 && c <= 0x3CB) return c - 0x20;
  if (c == 0x3AC) return 0x386;
  if (c >= 0x3AD && c <= 0x3AF) return c - 0x25;
  if (c == 0x3CC) return 0x38C;
  if (c == 0x3CD || c == 0x3CE) return c - 0x3F;
  return c;
}

std::uint32_t upper(std::uint32_t c) {
  if (c < 0x80) return static_cast<unsigned char>(upper_ascii(static_cast<char>(c)));
  if (c < 0x180) return upper_latin(c);
  if (c >= 0x370 && c < 0x400) return upper_greek(c);
  if (c >= 0x430 && c <= 0x44F) return c - 0x20;
  if (c >= 0x450 && c <= 0x45F) return c - 0x50;
  return c;
}

/// All characters treated above have two bytes; `lead` is the first of them.
bool is_two_byte_lead(unsigned char lead) { return lead >= 0xC2 && lead <= 0xDF; }

}  // namespace

std::string upper_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (is_two_byte_lead(lead) && i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0) == 0x80) {
      const std::uint32_t raised = upper(((lead & 0x1Fu) << 6) | (static_cast<unsigned char>(text[i + 1]) & 0x3Fu));
      out += static_cast<char>(0xC0 | (raised >> 6));
      out += static_cast<char>(0x80 | (raised & 0x3F));
      ++i;
    } else {
      out += upper_ascii(text[i]);
    }
  }
  return out;
}

bool equal_without_case(std::string_view left, std::string_view right) {
  if (is_ascii(left) && is_ascii(right)) {
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](char a, char b) { return upper_ascii(a) == upper_ascii(b); });
  }
  return upper_case(left) == upper_case(right);
}

int compare_without_case(std::string_view left, std::string_view right) {
  // UTF-8 sorts by bytes as by code points.
  return upper_case(left).compare(upper_case(right));
}

}  // namespace sluice::workflow
