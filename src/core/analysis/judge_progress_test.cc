#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/analysis/traffic_judge.h"

namespace sluice::analysis {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{seconds{1'700'000'000}};

JudgeProgress held() {
  return {.test = std::string("\0a state\xff", 10),
          .weight = Weight::from_basis_points(1000).value(),
          .bake = seconds{90},
          .step_since = kStart,
          .watched_since = kStart + seconds{1},
          .blue_until = kStart + seconds{2},
          .overruled = {"alarm http_5xx", "sequential error_log"},
          .decision = {.kind = DecisionKind::Hold,
                       .reason = "too uncertain",
                       .message = "GREEN may still answer …",
                       .at = kStart + seconds{3}},
          .before = {{"p95", {.requests = 300, .bad = 2, .value = 12.5}}},
          .changes = {{kStart + seconds{4}, Weight::from_basis_points(5000).value(), seconds{60}}},
          .metric_changes = {{}, {{kStart + seconds{4}, Weight::full(), std::nullopt}}}};
}

void expect_same(const JudgeProgress& read, const JudgeProgress& kept) {
  EXPECT_EQ(read.test, kept.test);
  EXPECT_EQ(read.weight, kept.weight);
  EXPECT_EQ(read.bake, kept.bake);
  EXPECT_EQ(read.step_since, kept.step_since);
  EXPECT_EQ(read.watched_since, kept.watched_since);
  EXPECT_EQ(read.blue_until, kept.blue_until);
  EXPECT_EQ(read.overruled, kept.overruled);
  EXPECT_EQ(read.decision, kept.decision);
  EXPECT_EQ(read.before, kept.before);
  EXPECT_EQ(read.changes, kept.changes);
  EXPECT_EQ(read.metric_changes, kept.metric_changes);
}

TEST(JudgeProgress, IsReadAsItWasWritten) {
  for (const JudgeProgress& kept : {held(), JudgeProgress{}}) {
    const auto read = parse_judge_progress(serialize(kept));
    ASSERT_TRUE(read.has_value()) << read.error().message;
    expect_same(*read, kept);
  }
}

RC_GTEST_PROP(JudgeProgress, KeepsWhateverAJudgeMayKnow, ()) {
  const auto text = [] { return *rc::gen::arbitrary<std::string>(); };
  const auto time = [] { return TimePoint{Milliseconds{*rc::gen::arbitrary<std::int32_t>()}}; };
  JudgeProgress kept{.test = text(), .weight = Weight::from_basis_points(*rc::gen::inRange(0, 10'001)).value()};
  if (*rc::gen::arbitrary<bool>()) kept.bake = Milliseconds{*rc::gen::inRange(0, 1'000'000)};
  if (*rc::gen::arbitrary<bool>()) kept.watched_since = time();
  if (*rc::gen::arbitrary<bool>()) kept.blue_until = time();
  kept.step_since = time();
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) kept.overruled.insert(text());
  for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
    kept.before[text()] = {.requests = *rc::gen::inRange(0, 1'000'000),
                           .bad = *rc::gen::inRange(0, 1'000'000),
                           .value = *rc::gen::inRange(0, 100) / 7.0};
  }
  kept.decision = {
      .kind = *rc::gen::element(DecisionKind::None, DecisionKind::Hold, DecisionKind::Rollback, DecisionKind::Promote),
      .reason = text(),
      .message = text(),
      .at = time(),
      .log_evidence = *rc::gen::inRange(-100, 100) / 7.0,
      .log_needed = *rc::gen::inRange(0, 100) / 7.0};
  const auto read = parse_judge_progress(serialize(kept));
  RC_ASSERT(read.has_value());
  expect_same(*read, kept);
  RC_ASSERT(serialize(*read) == serialize(kept));
}

TEST(JudgeProgress, RefusesWhatIsDamaged) {
  const std::string bytes = serialize(held());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      EXPECT_FALSE(parse_judge_progress(flipped).has_value()) << "byte " << i << ", bit " << bit;
    }
    EXPECT_FALSE(parse_judge_progress(bytes.substr(0, i)).has_value()) << "the first " << i;
    EXPECT_FALSE(parse_judge_progress(bytes.substr(i + 1)).has_value()) << "without the first " << i + 1;
  }
  EXPECT_FALSE(parse_judge_progress(bytes + '\0').has_value());
  EXPECT_FALSE(parse_judge_progress("").has_value());
}

TEST(JudgeProgress, RefusesTimesThatNobodyCanReckonWith) {
  constexpr TimePoint kNever = TimePoint::max();
  JudgeProgress kept = held();
  kept.step_since = kNever;
  EXPECT_FALSE(parse_judge_progress(serialize(kept)).has_value());
  kept = held();
  kept.watched_since = TimePoint::min();
  EXPECT_FALSE(parse_judge_progress(serialize(kept)).has_value());
  kept = held();
  kept.bake = Milliseconds::max();
  EXPECT_FALSE(parse_judge_progress(serialize(kept)).has_value());
}

/// What a program of another version wrote is whole, and none of ours.
TEST(JudgeProgress, RefusesAnotherVersionOfItself) {
  std::string bytes = serialize(held());
  bytes.resize(bytes.size() - 8);
  bytes[0] = static_cast<char>(bytes[0] + 1);
  std::uint64_t checksum = 0xcbf29ce484222325;
  for (const char c : bytes) checksum = (checksum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(checksum >> (8 * i) & 0xff));
  const auto read = parse_judge_progress(bytes);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().kind, ErrorKind::InvalidInput);
  EXPECT_NE(read.error().message.find("it begins anew"), std::string::npos);
}

}  // namespace
}  // namespace sluice::analysis
