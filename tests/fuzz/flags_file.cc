// Any bytes are flags or at least one error; what AppConfig is given of them is the same flags again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "core/flags/differences.h"
#include "core/flags/flag_set.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sluice::flags::parse_flags;
  const auto parsed = parse_flags({reinterpret_cast<const char*>(data), size}, "flags.yaml");
  SLUICE_ASSERT(parsed.flags.has_value() != has_errors(parsed.findings));
  if (!parsed.flags) return 0;
  const auto again = parse_flags(parsed.flags->content, "content");
  SLUICE_ASSERT(again.flags.has_value());
  SLUICE_ASSERT(again.flags->flags.size() == parsed.flags->flags.size());
  (void)differences(*parsed.flags, *again.flags);
  return 0;
}
