// The sequential test over whole streams: against an independent program, and what must not change its answer.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "core/analysis/sequential_test.h"

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds{1'700'000'000}};

struct Pair {
  Slot green;
  Slot blue;
};

/// The numbers of tests/data/analysis/generate.py.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t below(std::uint64_t n) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return (state_ >> 33) % n;
  }

 private:
  std::uint64_t state_;
};

struct Stream {
  std::uint64_t blue;  ///< Requests a slot at most …
  std::uint64_t green;
  std::uint64_t bad;  ///< … GREEN's errors in thousandths …
  double slow;        ///< … and how many times slower it is.
};
constexpr Stream kStreams[] = {{20, 3, 2, 1}, {20, 3, 40, 1}, {20, 3, 2, 2},
                               {2, 0, 2, 1},  {1, 1, 60, 1},  {60, 60, 500, 3}};

Slot colour(Chance& chance, TimePoint start, std::uint64_t most, std::uint64_t bad, double slow) {
  Slot slot{.start = start, .log_watched = true};
  slot.requests = static_cast<std::int64_t>(chance.below(most + 1));
  for (std::int64_t i = 0; i < slot.requests; ++i) slot.server_errors += chance.below(1000) < bad;
  for (std::int64_t i = 0; i < slot.requests; ++i) slot.requests_with_log_errors += chance.below(1000) < bad / 2;
  for (std::int64_t i = 0; i < slot.requests; ++i) slot.latency.add(slow * static_cast<double>(10 + chance.below(400)));
  return slot;
}

std::vector<Pair> slots_of(std::size_t number) {
  const Stream& stream = kStreams[number];
  Chance chance(number + 1);
  std::vector<Pair> slots;
  for (int i = 0; i < 900; ++i) {
    const TimePoint start = kStart + i * kSlotLength;
    const bool is_faulty = i >= 400;
    const std::uint64_t rare = number == 3 && i % 70 == 0 ? 1 : 0;
    Slot green = colour(chance, start, stream.green + rare, is_faulty ? stream.bad : 2, is_faulty ? stream.slow : 1);
    Slot blue = colour(chance, start, stream.blue, 2, 1);
    if (i < 305) green = {.start = start, .log_watched = true};
    slots.push_back({.green = std::move(green), .blue = std::move(blue)});
  }
  return slots;
}

SequentialTest fresh() { return SequentialTest::create({}).value(); }

Weight percent(int share) { return Weight::from_basis_points(share * 100).value(); }

/// Slot `i` of a stream with the changes of weight before it.
void feed(SequentialTest& test, const std::vector<Pair>& slots, std::size_t i) {
  if (i == 305) test.weight_changed(percent(10));
  if (i == 600) test.weight_changed(percent(50));
  ASSERT_EQ(test.observe(slots[i].green, slots[i].blue), Observed::Counted);
}

double log_of(const SequentialTest& test, std::string_view name) {
  const Assessment assessment = test.assess();
  for (const MetricEvidence& evidence : assessment.metrics) {
    if (evidence.name == name && !evidence.historical) return evidence.log_evidence;
  }
  return NAN;
}

TEST(SequentialStream, GivesTheEvidenceOfAnIndependentProgram) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/data/analysis/streams.txt");
  std::string line;
  std::getline(file, line);
  std::optional<SequentialTest> test;
  std::vector<Pair> slots;
  std::size_t running = 99, fed = 0;
  int lines = 0;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::size_t stream = 0, second = 0;
    double errors = 0, latency = 0, error_log = 0;
    ASSERT_TRUE(fields >> stream >> second >> errors >> latency >> error_log) << line;
    if (stream != running) {
      test.emplace(fresh());
      slots = slots_of(stream);
      running = stream;
      fed = 0;
    }
    for (; fed < (second + 1) * 10; ++fed) feed(*test, slots, fed);
    EXPECT_NEAR(log_of(*test, "errors"), errors, 1e-8 * (1 + std::abs(errors))) << line;
    EXPECT_NEAR(log_of(*test, "latency"), latency, 1e-8 * (1 + std::abs(latency))) << line;
    EXPECT_NEAR(log_of(*test, "error_log"), error_log, 1e-8 * (1 + std::abs(error_log))) << line;
    ++lines;
  }
  EXPECT_GE(lines, 60);
}

RC_GTEST_PROP(SequentialStream, GoesOnFromItsKeptStateBitForBit, ()) {
  const auto number = *rc::gen::inRange<std::size_t>(0, std::size(kStreams));
  const auto stop = *rc::gen::inRange<std::size_t>(0, 900);
  const std::vector<Pair> slots = slots_of(number);
  SequentialTest uninterrupted = fresh();
  for (std::size_t i = 0; i < stop; ++i) feed(uninterrupted, slots, i);
  auto restored = SequentialTest::parse({}, uninterrupted.serialize());
  RC_ASSERT(restored.has_value());
  for (std::size_t i = stop; i < slots.size(); ++i) {
    feed(uninterrupted, slots, i);
    feed(*restored, slots, i);
  }
  RC_ASSERT(restored->serialize() == uninterrupted.serialize());
  RC_ASSERT(restored->assess().log_evidence == uninterrupted.assess().log_evidence);
}

Slot sum(const Slot& left, const Slot& right) {
  Slot all = left;
  all.requests += right.requests;
  all.server_errors += right.server_errors;
  all.requests_with_log_errors += right.requests_with_log_errors;
  all.latency.merge(right.latency);
  return all;
}

/// A part of a slot, and the rest of it.
std::pair<Slot, Slot> split(const Slot& whole) {
  Slot part{.start = whole.start, .log_watched = true};
  part.requests = *rc::gen::inRange<std::int64_t>(0, whole.requests + 1);
  part.server_errors = std::min(part.requests, whole.server_errors);
  part.requests_with_log_errors = std::min(part.requests, whole.requests_with_log_errors);
  Slot rest{.start = whole.start, .log_watched = true};
  rest.requests = whole.requests - part.requests;
  rest.server_errors = whole.server_errors - part.server_errors;
  rest.requests_with_log_errors = whole.requests_with_log_errors - part.requests_with_log_errors;
  for (const LatencyHistogram::Entry& entry : whole.latency.entries()) {
    const auto some = *rc::gen::inRange<std::uint32_t>(0, entry.count + 1);
    part.latency.add_to_bucket(entry.bucket, some);
    rest.latency.add_to_bucket(entry.bucket, entry.count - some);
  }
  return {part, rest};
}

RC_GTEST_PROP(SequentialStream, MergedSlotsOfSeveralRoutersEqualTheWhole, ()) {
  const auto number = *rc::gen::inRange<std::size_t>(0, std::size(kStreams));
  const std::vector<Pair> slots = slots_of(number);
  SequentialTest whole = fresh();
  SequentialTest merged = fresh();
  for (std::size_t i = 250; i < 400; ++i) {
    const auto [green_part, green_rest] = split(slots[i].green);
    const auto [blue_part, blue_rest] = split(slots[i].blue);
    if (i == 305) {
      whole.weight_changed(percent(10));
      merged.weight_changed(percent(10));
    }
    whole.observe(slots[i].green, slots[i].blue);
    // In either order.
    i % 2 == 0 ? merged.observe(sum(green_part, green_rest), sum(blue_part, blue_rest))
               : merged.observe(sum(green_rest, green_part), sum(blue_rest, blue_part));
  }
  RC_ASSERT(merged.serialize() == whole.serialize());
}

/// Nothing but the difference of times matters, as long as seconds stay seconds.
TEST(SequentialStream, DoesNotDependOnTheDate) {
  std::vector<Pair> slots = slots_of(1);
  SequentialTest now = fresh();
  for (std::size_t i = 0; i < slots.size(); ++i) feed(now, slots, i);
  for (Pair& pair : slots) {
    pair.green.start -= seconds{1'800'000'000};
    pair.blue.start -= seconds{1'800'000'000};
  }
  SequentialTest before_1970 = fresh();
  for (std::size_t i = 0; i < slots.size(); ++i) feed(before_1970, slots, i);
  EXPECT_EQ(now.assess().log_evidence, before_1970.assess().log_evidence);
}

TEST(SequentialStream, KeepsItsStateUnderEightKilobytes) {
  SequentialTest test = fresh();
  test.weight_changed(percent(10));
  for (int i = 0; i < 600; ++i) {
    Slot slot{.start = kStart + i * kSlotLength, .requests = 400, .server_errors = 3};
    for (int bucket = 0; bucket < kLatencyBuckets; ++bucket) slot.latency.add_to_bucket(bucket, 1);
    ASSERT_EQ(test.observe(slot, slot), Observed::Counted);
  }
  test.weight_changed(Weight::full());
  EXPECT_LT(test.serialize().size(), 8192U);
}

}  // namespace
}  // namespace sluice::analysis
