// Any bytes become text that is UTF-8, within the limit, and stays as it is from then on.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t most = size == 0 ? 0 : data[0];
  const std::string text = sluice::valid_utf8(bytes, most);
  SLUICE_ASSERT(text.size() <= most);
  SLUICE_ASSERT(sluice::valid_utf8(text, most) == text);
  for (std::string_view left = text; !left.empty();) {
    const std::string_view character = sluice::character_at(left);
    SLUICE_ASSERT(!character.empty());
    left.remove_prefix(character.size());
  }
  return 0;
}
