#include "simulation/trace.h"

#include <fmt/format.h>

namespace sluice::simulation {

void Trace::note(TimePoint at, std::string_view text) {
  ++lines_;
  const std::string moment = fmt::format("{}", at.time_since_epoch().count());
  fold(moment);
  fold(text);
  if (sink_) sink_(fmt::format("{} {}", format_rfc3339(at).substr(11, 12), text));
}

// FNV-1a, 64 bits.
void Trace::fold(std::string_view text) {
  for (const char c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash_ = (hash_ ^ '\n') * 0x100000001b3ULL;
}

}  // namespace sluice::simulation
