// Any bytes are lines of comma-separated values, of which the first has the columns.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "core/recording/csv_line.h"

using sluice::recording::CsvColumns;
using sluice::recording::RecordedLine;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t first = text.find('\n');
  const auto columns = CsvColumns::create(text.substr(0, first));
  if (!columns || first == text.npos) return 0;
  for (text.remove_prefix(first + 1); !text.empty();) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const RecordedLine line = columns->parse(text.substr(0, end + 1), {});
    SLUICE_ASSERT((line.kind == RecordedLine::Kind::Bad) == !line.problem.empty());
    SLUICE_ASSERT(!std::isnan(line.latency) && line.log_errors >= 0);
    text.remove_prefix(end + 1);
  }
  return 0;
}
