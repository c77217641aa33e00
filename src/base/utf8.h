// Text that others read must be UTF-8, whatever a log held.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// The UTF-8 character at the start of a text that is not empty: its bytes, or nothing where there is none.
std::string_view character_at(std::string_view text);

/// At most `most` bytes of the text, never half a character: bytes that are no character become U+FFFD, and control
/// characters but line ends and tabs (a terminal's colours in a line of a log) are left out.
std::string valid_utf8(std::string_view text, std::size_t most);

}  // namespace sluice
