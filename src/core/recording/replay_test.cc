#include "core/recording/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace sluice::recording {
namespace {

using analysis::Decision;
using analysis::DecisionKind;
using std::chrono::seconds;

RecordedLine request(double t, Arm arm, int status = 200, double latency = 20) {
  RecordedLine line;
  line.kind = RecordedLine::Kind::Request;
  line.milliseconds = to_milliseconds(t);
  line.arm = arm;
  line.status = status;
  line.latency = latency;
  return line;
}

RecordedLine weight(double t, int percent) {
  RecordedLine line;
  line.kind = RecordedLine::Kind::Weight;
  line.milliseconds = to_milliseconds(t);
  line.weight = Weight::from_basis_points(percent * 100).value();
  return line;
}

/// A minute of BLUE alone, then GREEN gets a tenth and fails one request in `fails`.
std::vector<RecordedLine> recording(int fails = 4, double from = 0, bool tells_weight = true) {
  std::vector<RecordedLine> lines;
  for (int i = 0; i < 6000; ++i) lines.push_back(request(from + i / 100.0, Arm::Blue));
  if (tells_weight) lines.push_back(weight(from + 60, 10));
  for (int i = 0; i < 12'000; ++i) {
    const bool is_green = i % 10 == 3;
    lines.push_back(
        request(from + 60 + i / 100.0, is_green ? Arm::Green : Arm::Blue, is_green && i / 10 % fails == 0 ? 500 : 200));
  }
  return lines;
}

struct Outcome {
  std::vector<Decision> decisions;
  ReplayCounts counts;
};

analysis::JudgeSettings all_checks() {
  const analysis::Alarm alarm{.name = "http_5xx", .above = 0.01, .datapoints = 2, .out_of = 3, .every = seconds{10}};
  return {.alarms = {alarm}, .analysis = analysis::AnalysisSettings{}};
}

Outcome replay(const std::vector<RecordedLine>& lines, ReplaySettings settings = {}) {
  Outcome outcome;
  Replay replay(analysis::TrafficJudge::create(all_checks()).value(), std::move(settings),
                [&](const Decision& decision) { outcome.decisions.push_back(decision); });
  for (const RecordedLine& line : lines) {
    if (!replay.add(line)) break;
  }
  replay.finish();
  outcome.counts = replay.counts();
  return outcome;
}

TEST(Replay, EndsWithTheFirstRollback) {
  const Outcome outcome = replay(recording());
  ASSERT_EQ(outcome.decisions.size(), 1U);
  EXPECT_EQ(outcome.decisions[0].kind, DecisionKind::Rollback);
  EXPECT_EQ(outcome.decisions[0].reason, "sequential errors");
  EXPECT_LT(outcome.decisions[0].at, TimePoint{seconds{75}});
  EXPECT_LT(outcome.counts.green_requests, 300);
}

TEST(Replay, NamesTheWorstRouteAndTheFirstFailedRequests) {
  std::vector<RecordedLine> lines = recording();
  std::vector<std::string> ids(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ids[i] = "r" + std::to_string(i);
    if (lines[i].kind != RecordedLine::Kind::Request) continue;
    name_request(lines[i], lines[i].status == 500 ? "POST /chat?q=1" : "GET /titles/12345", ids[i]);
  }
  const Outcome outcome = replay(lines);
  ASSERT_EQ(outcome.decisions.size(), 1U);
  const analysis::Particulars& particulars = outcome.decisions[0].particulars;
  ASSERT_TRUE(particulars.worst_route);
  EXPECT_EQ(particulars.worst_route->green.route, "POST /chat");
  EXPECT_EQ(particulars.worst_route->green.errors, particulars.worst_route->green.requests);
  EXPECT_EQ(particulars.worst_route->blue.requests, 0);
  EXPECT_EQ(particulars.request_ids.front(), "r6004") << "the first one of all";
  EXPECT_TRUE(outcome.decisions[0].message.find("; worst route: POST /chat (") != std::string::npos);
}

TEST(Replay, GoesOnWhereItIsWantedAndTellsWhatTheOtherChecksFind) {
  const Outcome outcome = replay(recording(), {.goes_on = true});
  ASSERT_EQ(outcome.decisions.size(), 2U);
  EXPECT_EQ(outcome.decisions[1].reason, "alarm http_5xx");
  EXPECT_EQ(outcome.decisions[1].at, TimePoint{seconds{80}});
  EXPECT_EQ(outcome.counts.green_requests, 1200);
}

TEST(Replay, DecidesTheSameOnLinesThatAreOutOfOrderInsideTheWindow) {
  const Outcome in_order = replay(recording());
  std::vector<RecordedLine> lines = recording();
  std::mt19937 random(5);
  for (std::size_t i = 0; i + 150 < lines.size(); i += 150) {
    std::shuffle(lines.begin() + static_cast<long>(i), lines.begin() + static_cast<long>(i) + 150, random);
  }
  const Outcome shuffled = replay(lines);
  EXPECT_EQ(shuffled.decisions, in_order.decisions);
  EXPECT_EQ(shuffled.counts.late, 0);
}

TEST(Replay, LeavesOutALineThatIsTooLate) {
  std::vector<RecordedLine> lines = recording(1000);
  lines.insert(lines.begin() + 5000, request(3, Arm::Blue));
  const Outcome outcome = replay(lines);
  EXPECT_EQ(outcome.counts.late, 1);
  EXPECT_EQ(outcome.counts.clock_steps, 0);
  EXPECT_EQ(outcome.counts.blue_requests, 6000 + 12'000 * 9 / 10);
}

TEST(Replay, GoesOnFromWhereTheClockSteppedBackTo) {
  std::vector<RecordedLine> lines = recording();
  // Half a minute of the canary has no fault; then the clock steps back by half an hour, and the faults come.
  std::vector<RecordedLine> good = recording(100'000, 1800);
  good.resize(6000 + 1 + 3000);
  for (RecordedLine& line : lines) {
    if (line.milliseconds >= 60'000 && line.kind == RecordedLine::Kind::Request) good.push_back(line);
  }
  const Outcome outcome = replay(good);
  EXPECT_EQ(outcome.counts.clock_steps, 1);
  EXPECT_EQ(outcome.counts.late, 0);
  ASSERT_EQ(outcome.decisions.size(), 1U);
  EXPECT_EQ(outcome.decisions[0].reason, "sequential errors");
  EXPECT_LT(outcome.decisions[0].at, TimePoint{seconds{90}});
}

TEST(Replay, ASingleLineFromFarAheadDoesNotEndTheRecording) {
  std::vector<RecordedLine> lines = recording(12);
  lines.insert(lines.begin() + 6200, request(9e9, Arm::Blue));
  const Outcome outcome = replay(lines);
  EXPECT_EQ(outcome.counts.unwatched, 1);
  EXPECT_EQ(outcome.counts.clock_steps, 1);
  EXPECT_EQ(outcome.counts.late, 0);
  ASSERT_EQ(outcome.decisions.size(), 1U);
  EXPECT_EQ(outcome.decisions[0].kind, DecisionKind::Rollback);
}

TEST(Replay, WithoutGreensTrafficNothingIsDecided) {
  std::vector<RecordedLine> blue_alone = recording();
  std::erase_if(blue_alone, [](const RecordedLine& line) {
    return line.kind == RecordedLine::Kind::Request && line.arm == Arm::Green;
  });
  EXPECT_TRUE(replay(blue_alone).decisions.empty());
}

TEST(Replay, WithoutBluesTrafficOnlyTheAlarmsDecide) {
  for (const Arm only : {Arm::Blue, Arm::Green}) {
    std::vector<RecordedLine> lines = recording();
    std::erase_if(
        lines, [&](const RecordedLine& line) { return line.kind == RecordedLine::Kind::Request && line.arm != only; });
    if (only == Arm::Green) continue;  // alone GREEN's errors are an alarm's business, below
    EXPECT_TRUE(replay(lines).decisions.empty());
  }
  std::vector<RecordedLine> green_alone = recording();
  std::erase_if(green_alone, [](const RecordedLine& line) {
    return line.kind == RecordedLine::Kind::Request && line.arm == Arm::Blue;
  });
  const Outcome outcome = replay(green_alone);
  ASSERT_EQ(outcome.decisions.size(), 1U);
  EXPECT_EQ(outcome.decisions[0].reason, "alarm http_5xx");
}

TEST(Replay, AWeightOfNothingIsNotJudged) {
  std::vector<RecordedLine> lines = recording();
  for (RecordedLine& line : lines) line.weight = Weight::none();
  EXPECT_TRUE(replay(lines).decisions.empty());
}

TEST(Replay, BeginsWithGreensFirstRequestWhereNobodyTellsTheWeight) {
  const Outcome told = replay(recording());
  const Outcome silent = replay(recording(4, 0, false));
  ASSERT_EQ(silent.decisions.size(), 1U);
  EXPECT_EQ(silent.decisions[0].reason, "sequential errors");
  EXPECT_EQ(silent.decisions[0].at, told.decisions[0].at);
  const Outcome set = replay(recording(4, 500, false), {.weights = {{seconds{60}, *Weight::from_basis_points(1000)}}});
  ASSERT_EQ(set.decisions.size(), 1U);
  EXPECT_EQ(set.decisions[0].at - seconds{500}, told.decisions[0].at);
}

TEST(Replay, TellsEachEndOfAStep) {
  ReplaySettings settings;
  settings.bake = [](Weight) { return std::optional<Milliseconds>(seconds{50}); };
  std::vector<RecordedLine> lines = recording(100'000);
  lines.push_back(weight(180, 50));
  for (int i = 0; i < 6000; ++i) lines.push_back(request(180 + i / 100.0, i % 2 == 0 ? Arm::Green : Arm::Blue));
  const Outcome outcome = replay(lines, settings);
  ASSERT_EQ(outcome.decisions.size(), 2U);
  EXPECT_EQ(outcome.decisions[0].kind, DecisionKind::Promote);
  EXPECT_EQ(outcome.decisions[0].at, TimePoint{seconds{60 + 50}});
  EXPECT_EQ(outcome.decisions[1].kind, DecisionKind::Promote);
  EXPECT_EQ(outcome.decisions[1].at, TimePoint{seconds{180 + 50}});
}

TEST(Replay, CountsWhatNobodyCanJudge) {
  std::vector<RecordedLine> lines = recording(100'000);
  lines[10].status = RecordedLine::kUnknownStatus;
  lines[11].latency = -1;
  lines[12].latency = std::numeric_limits<double>::quiet_NaN();
  const Outcome outcome = replay(lines);
  EXPECT_EQ(outcome.counts.unknown_status, 1);
  EXPECT_EQ(outcome.counts.unknown_latency, 2);
  EXPECT_EQ(outcome.counts.blue_requests, 6000 - 1 + 12'000 * 9 / 10);
}

TEST(Replay, TakesTimesBeforeItsBeginningOfTime) {
  const Outcome outcome = replay(recording(4, -100));
  ASSERT_EQ(outcome.decisions.size(), 1U);
  EXPECT_EQ(outcome.decisions[0].at, replay(recording()).decisions[0].at - seconds{100});
}

}  // namespace
}  // namespace sluice::recording
