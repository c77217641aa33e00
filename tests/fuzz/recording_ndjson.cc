// Any bytes are lines of a recording, good or bad; the quick way reads what a whole JSON parser reads.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "core/recording/ndjson_line.h"

using sluice::recording::RecordedLine;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const RecordedLine line = sluice::recording::parse_ndjson_line(text, {});
  SLUICE_ASSERT((line.kind == RecordedLine::Kind::Bad) == !line.problem.empty());
  SLUICE_ASSERT(!std::isnan(line.latency) && line.log_errors >= 0);
  SLUICE_ASSERT(line.status == RecordedLine::kUnknownStatus || (line.status >= 100 && line.status <= 599));
  const bool has_words = text.find_first_of("NI") != text.npos;  // of NaN and Infinity, which are not JSON
  if (has_words) return 0;
  const RecordedLine whole = sluice::recording::parse_ndjson_line_whole(text, {});
  // A number that is too large for a double is infinite here and an error there.
  if (whole.kind == RecordedLine::Kind::Bad) return 0;
  SLUICE_ASSERT(line.path == whole.path && line.request_id == whole.request_id);
  SLUICE_ASSERT(line.kind == whole.kind && line.arm == whole.arm && line.weight == whole.weight);
  return 0;
}
