// Any text is a secret's value: it has the member that is asked for, or an error that shows nothing of it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "adapters/aws/secrets.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kTellingBytes = 24;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto member = sluice::aws::member_of_secret(text, "key");
  if (member) return 0;
  SLUICE_ASSERT(member.error().kind == sluice::ErrorKind::InvalidInput);
  SLUICE_ASSERT(text.size() < kTellingBytes || member.error().message.find(text) == std::string::npos);
  return 0;
}
