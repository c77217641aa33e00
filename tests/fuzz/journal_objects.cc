// Objects of a journal in S3: any bytes are refused in words, and what is read is the same when it is written and read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/aws/s3/deployment_file.h"
#include "adapters/aws/s3/holder.h"
#include "adapters/aws/s3/index.h"
#include "base/assert.h"
#include "core/rollout/journal_place.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::aws::s3;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto index = read_index(text)) {
    const std::string written = to_text(*index);
    const auto again = read_index(written);
    SLUICE_ASSERT(again.has_value() && to_text(*again) == written);
  }
  if (const auto file = read_deployment_file(text)) {
    const std::string written = to_text(*file);
    const auto again = read_deployment_file(written);
    SLUICE_ASSERT(again.has_value() && to_text(*again) == written);
    (void)records_of(*file);
  }
  if (const auto note = read_holder_note(text)) {
    const auto again = read_holder_note(to_text(*note));
    SLUICE_ASSERT(again.has_value() && *again == *note);
  }
  if (const auto place = sluice::rollout::parse_journal_place(text)) {
    SLUICE_ASSERT(place->name().size() <= size + 1);
    SLUICE_ASSERT(sluice::rollout::parse_journal_place(place->name())->prefix == place->prefix);
  }
  return 0;
}
