// The body of what was kept of a judge, to which its checksum is added: it is refused, or it is written again as the
// same bytes, and a judge that goes on from it does so or refuses its test.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/analysis/traffic_judge.h"

namespace {

using namespace sluice::analysis;

std::string with_checksum(std::string bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(hash >> (8 * i) & 0xff));
  return bytes;
}

void go_on(TrafficJudge judge) {
  const sluice::TimePoint now{std::chrono::seconds{1'700'000'000}};
  for (int i = 0; i < 30; ++i) {
    if (i == 12) judge.weight_changes(now + i * kSlotLength, sluice::Weight::full(), std::chrono::seconds{1});
    const Slot slot{.start = now + i * kSlotLength, .requests = 5, .server_errors = i % 2};
    judge.observe(slot, slot);
  }
  judge.overrule();
  judge.clock_stepped(now);
  judge.observe({.start = now}, {.start = now});
  (void)serialize(judge.progress());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (parse_judge_progress(text)) std::abort();  // It has no checksum.
  const std::string kept = with_checksum(std::string(text));
  auto progress = parse_judge_progress(kept);
  if (!progress) return 0;
  if (serialize(*progress) != kept) std::abort();
  JudgeSettings settings{.alarms = {{.name = "http_5xx", .above = 0.01, .every = std::chrono::seconds{1}}}};
  if (auto judge = TrafficJudge::resume(settings, *progress)) go_on(*std::move(judge));
  settings.analysis = AnalysisSettings{};
  if (auto judge = TrafficJudge::resume(settings, *std::move(progress))) go_on(*std::move(judge));
  return 0;
}
