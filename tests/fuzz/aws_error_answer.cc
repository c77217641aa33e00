// Any bytes are a refusal of some kind, with a message of a bearable length for what is no AWS service.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/aws/error_answer.h"
#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const int status : {400, 403, 404, 500}) {
    const auto answer = sluice::aws::parse_error_answer(status, {}, text);
    SLUICE_ASSERT(answer.status == status);
    SLUICE_ASSERT(!answer.code.empty() || !answer.message.empty());
    if (answer.message.starts_with("what answers is no AWS service")) SLUICE_ASSERT(answer.message.size() < 400);
    (void)sluice::aws::kind_of(answer);
  }
  return 0;
}
