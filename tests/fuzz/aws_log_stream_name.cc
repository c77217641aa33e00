// Names of log streams with any content: a version that is read is a number, and the name that it makes is read as the
// same one.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/aws/lambda/log_stream_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::aws::lambda;
  const std::string_view name(reinterpret_cast<const char*>(data), size);
  const std::string version = version_of_stream(name, "overflow");
  if (version.empty()) return 0;
  if (!std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; })) std::abort();
  const sluice::TimePoint day{std::chrono::seconds{1'700'000'000}};
  for (const bool is_own : {false, true}) {
    if (version_of_stream(stream_prefix(day, "overflow", version, is_own) + "[0f1e]", "overflow") != version)
      std::abort();
  }
  return 0;
}
