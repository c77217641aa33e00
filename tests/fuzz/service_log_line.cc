// Lines of services' logs with any content: only an error has a request, and its name is short; what is shown of it is
// short, too.
#include "core/analysis/particulars.h"
#include "core/analysis/service_log_line.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = sluice::analysis::read_service_log_line(text);
  if (!line.is_error && !line.request_id.empty()) std::abort();
  if (line.request_id.size() > 128) std::abort();
  if (sluice::analysis::shown_line(text).size() > sluice::analysis::kLongestNamedLine + 3) std::abort();
  return 0;
}
