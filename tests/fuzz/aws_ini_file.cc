// Any bytes are profiles or an error with file and line.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/aws/ini_file.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto sections = sluice::aws::parse_ini(text, "config");
  if (!sections) {
    SLUICE_ASSERT(sections.error().kind == sluice::ErrorKind::InvalidInput);
    SLUICE_ASSERT(sections.error().message.starts_with("config:"));
    return 0;
  }
  for (const auto& [name, section] : *sections) {
    SLUICE_ASSERT(!name.empty());
    for (const auto& [key, value] : section) SLUICE_ASSERT(!key.empty());
  }
  return 0;
}
