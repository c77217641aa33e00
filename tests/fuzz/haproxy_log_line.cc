// Datagrams of any content: a line that is taken has views into its own text, and what is read of it adds up.
#include "core/recording/haproxy_log_line.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "adapters/haproxy/traffic_series.h"
#include "core/recording/haproxy_line.h"

namespace {

bool lies_within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto line = recording::parse_haproxy_log_line(text, "t0k");
  if (!line) return 0;
  const recording::RecordedLine recorded = recording::HaproxyLines({}).parse(text);
  // A file's line may end in a carriage return, which is taken off.
  const bool is_bad = recorded.kind == recording::RecordedLine::Kind::Bad;
  if ((is_bad && text.find('\r') == text.npos) || std::isnan(recorded.latency)) std::abort();
  for (const std::string_view part : {line->backend, line->server, line->method, line->path, line->request_id}) {
    if (!lies_within(part, text)) std::abort();
  }
  if (std::isnan(line->latency) || (line->status == 101 && line->latency >= 0)) std::abort();
  line->at = TimePoint(Milliseconds(1'795'450'685'200));  // as the reader of the socket puts it near to now
  haproxy::TrafficSeries series;
  series.add(*line);
  std::vector<analysis::Slot> slots;
  series.append_slots(haproxy::slot_start(line->at), haproxy::slot_start(line->at) + analysis::kSlotLength, slots);
  if (slots.size() != 1 || slots[0].latency.total() > slots[0].requests) std::abort();
  return 0;
}
