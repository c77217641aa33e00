#include "core/recording/csv_line.h"

#include <gtest/gtest.h>

namespace sluice::recording {
namespace {

using Kind = RecordedLine::Kind;

CsvColumns columns(std::string_view header = "t,arm,status,latency_ms,log_errors,weight") {
  return CsvColumns::create(header).value();
}

TEST(CsvLine, IsARequestOrAChangeOfWeight) {
  const RecordedLine line = columns().parse("12.5,green,503,7.25,2,\r", {});
  EXPECT_EQ(line.kind, Kind::Request);
  EXPECT_EQ(line.milliseconds, 12'500);
  EXPECT_EQ(line.arm, Arm::Green);
  EXPECT_EQ(line.status, 503);
  EXPECT_EQ(line.latency, 7.25);
  EXPECT_EQ(line.log_errors, 2);
  EXPECT_EQ(columns().parse("60,,,,,10", {}).weight.to_string(), "10%");
}

TEST(CsvLine, FollowsTheHeader) {
  const RecordedLine line = columns("\xEF\xBB\xBFPath, STATUS, \"arm\", T").parse("\"/a,\"\"b\"\"\", 200, blue, 3", {});
  EXPECT_EQ(line.kind, Kind::Request) << line.problem;
  EXPECT_EQ(line.milliseconds, 3000);
  EXPECT_EQ(line.status, 200);
  EXPECT_LT(line.latency, 0);
}

TEST(CsvLine, NamesItsRouteAndItsRequest) {
  const RecordedLine line = columns("t,arm,status,route,request_id").parse("1,green,500,POST /chat,7A", {});
  EXPECT_EQ(line.method, "POST");
  EXPECT_EQ(line.path, "/chat");
  EXPECT_EQ(line.request_id, "7A");
}

TEST(CsvLine, RefusesAHeaderThatSaysTooLittle) {
  for (const char* header : {"", "t,status", "arm,status", "a b c", "t,arm,t", "t,\"arm", "1,blue,200,3"}) {
    EXPECT_FALSE(CsvColumns::create(header)) << header;
  }
}

TEST(CsvLine, TellsWhatIsWrong) {
  EXPECT_EQ(columns().parse("x,blue,200", {}).problem, "'t' is not a time in seconds");
  EXPECT_EQ(columns().parse("1,red,200", {}).problem, "'arm' is neither of the two colours");
  EXPECT_EQ(columns().parse("1,\"blue,200", {}).problem, "a quote is not closed");
  EXPECT_EQ(columns().parse("1,blue,,,,200", {}).problem, "'weight' is not a percentage");
  EXPECT_EQ(columns("arm,status,t").parse("blue,200", {}).problem, "the line has fewer fields than the first one");
  EXPECT_EQ(columns().parse("", {}).kind, Kind::Other);
}

TEST(CsvLine, KnowsNoStatusAndNoLatencyThatIsNone) {
  const RecordedLine line = columns().parse("1,blue,none,NaN,x", {});
  EXPECT_EQ(line.kind, Kind::Request);
  EXPECT_EQ(line.status, RecordedLine::kUnknownStatus);
  EXPECT_LT(line.latency, 0);
  EXPECT_EQ(line.log_errors, 0);
}

}  // namespace
}  // namespace sluice::recording
