// The body of a kept state of the sequential test, to which its header and checksum are added: it is refused, or the
// test goes on from it, and what it keeps then is read again as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/analysis/sequential_test.h"

namespace {

using namespace sluice::analysis;

constexpr std::size_t kHeader = 14;  // Magic, version, fingerprint of the settings.
constexpr std::size_t kChecksum = 8;

std::string with_checksum(std::string bytes) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  for (std::size_t i = 0; i < kChecksum; ++i) bytes.push_back(static_cast<char>(hash >> (8 * i) & 0xff));
  return bytes;
}

void go_on(SequentialTest& test) {
  const sluice::TimePoint now{std::chrono::seconds{1'700'000'000}};
  for (int i = 0; i < 12; ++i) {
    Slot slot{.start = now + i * kSlotLength, .requests = 5, .server_errors = i % 2};
    slot.latency.add(100.0 * i);
    test.observe(slot, slot);
  }
  test.weight_changed(sluice::Weight::full());
  test.clock_stepped(now);
  test.observe({.start = now, .requests = 5}, {.start = now});
  test.assess();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (SequentialTest::parse({}, text)) std::abort();  // It has no checksum.
  static const std::string kFresh = SequentialTest::create({}).value().serialize();
  auto test = SequentialTest::parse({}, with_checksum(kFresh.substr(0, kHeader) + std::string(text)));
  if (!test) return 0;
  const std::string kept = test->serialize();
  const auto again = SequentialTest::parse({}, kept);
  if (!again || again->serialize() != kept) std::abort();
  go_on(*test);
  return 0;
}
