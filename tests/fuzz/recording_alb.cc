// Any bytes are a line of a load balancer's access log, good or bad.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "core/recording/alb_line.h"

using sluice::recording::RecordedLine;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const RecordedLine line = sluice::recording::parse_alb_line(text, {});
  SLUICE_ASSERT((line.kind == RecordedLine::Kind::Bad) == !line.problem.empty());
  SLUICE_ASSERT(!std::isnan(line.latency));
  return 0;
}
