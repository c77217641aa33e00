#include "core/recording/ndjson_line.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <charconv>
#include <cmath>

#include "core/recording/decimal.h"

namespace sluice::recording {
namespace {

using Kind = RecordedLine::Kind;

RecordedLine parsed(std::string_view text) { return parse_ndjson_line(text, {}); }

TEST(NdjsonLine, IsARequest) {
  const RecordedLine line =
      parsed(R"({"t": 12.345, "arm": "green", "status": 503, "latency_ms": 12.5, "log_errors": 2})");
  EXPECT_EQ(line.kind, Kind::Request);
  EXPECT_EQ(line.milliseconds, 12'345);
  EXPECT_EQ(line.arm, Arm::Green);
  EXPECT_EQ(line.status, 503);
  EXPECT_EQ(line.latency, 12.5);
  EXPECT_EQ(line.log_errors, 2);
}

TEST(NdjsonLine, TakesKeysInAnyOrderAndPassesOthersOver) {
  const RecordedLine line = parsed(
      "  {\"path\":\"/chat?x=1,2\",\"log_errors\":0,\"status\":200,\"arm\":\"blue\",\"ok\":true,\"t\":1700000000.5 "
      "}\r");
  EXPECT_EQ(line.kind, Kind::Request);
  EXPECT_EQ(line.milliseconds, 1'700'000'000'500);
  EXPECT_EQ(line.arm, Arm::Blue);
  EXPECT_LT(line.latency, 0);
}

TEST(NdjsonLine, IsAChangeOfWeight) {
  EXPECT_EQ(parsed(R"({"t": 60, "weight": 10})").kind, Kind::Weight);
  EXPECT_EQ(parsed(R"({"t": 60, "weight": 0.25})").weight.basis_points(), 25);
  EXPECT_EQ(parsed(R"({"weight": 100, "t": 60})").weight, Weight::full());
  for (const char* bad : {R"({"t": 60, "weight": 101})", R"({"t": 60, "weight": -1})", R"({"t": 60, "weight": null})",
                          R"({"t": 60, "weight": "10"})"}) {
    EXPECT_EQ(parsed(bad).problem, "'weight' is not a percentage") << bad;
  }
}

TEST(NdjsonLine, KnowsNoStatusButThoseThatThereAre) {
  for (const char* status : {"0", "-1", "99", "600", "200.5", "null", "\"200\"", "NaN", "true", "1e300"}) {
    const RecordedLine line = parsed(fmt::format(R"({{"t": 1, "arm": "blue", "status": {}}})", status));
    EXPECT_EQ(line.kind, Kind::Request) << status;
    EXPECT_EQ(line.status, RecordedLine::kUnknownStatus) << status;
  }
  EXPECT_EQ(parsed(R"({"t": 1, "arm": "blue"})").status, RecordedLine::kUnknownStatus);
  EXPECT_EQ(parsed(R"({"t": 1, "arm": "blue", "status": 5.03e2})").status, 503);
}

TEST(NdjsonLine, KnowsNoLatencyThatIsNone) {
  for (const char* latency : {"NaN", "null", "-3", "-Infinity", "\"fast\"", "false"}) {
    const RecordedLine line =
        parsed(fmt::format(R"({{"t": 1, "arm": "blue", "status": 200, "latency_ms": {}}})", latency));
    EXPECT_EQ(line.kind, Kind::Request) << latency;
    EXPECT_LT(line.latency, 0) << latency;
  }
  EXPECT_TRUE(std::isinf(parsed(R"({"t": 1, "arm": "blue", "status": 200, "latency_ms": Infinity})").latency));
}

TEST(NdjsonLine, RefusesWhatIsNoWholeObject) {
  for (const char* bad :
       {"{", R"({"t": 1, "arm": "blue")", R"({"t": 1, "arm": "bl)", R"({"t": 1,})", R"({"t": 1.})", R"({"t": 01})",
        "[]", "12", R"({"t" 1})", R"({"t": 1} {})", R"({"t": 1, "x": {"y": 1})", R"({"t": +1})", R"({"t": nul})"}) {
    EXPECT_EQ(parsed(bad).kind, Kind::Bad) << bad;
    EXPECT_EQ(parsed(bad).problem, "not a JSON object on one line") << bad;
  }
}

TEST(NdjsonLine, RefusesWhatSaysTooLittle) {
  EXPECT_EQ(parsed(R"({"arm": "blue", "status": 200})").problem, "'t' is not a time in seconds");
  EXPECT_EQ(parsed(R"({"t": 1e300, "arm": "blue"})").problem, "'t' is not a time in seconds");
  EXPECT_EQ(parsed(R"({"t": NaN, "arm": "blue"})").problem, "'t' is not a time in seconds");
  EXPECT_EQ(parsed(R"({"t": 1, "status": 200})").problem, "neither 'arm' nor 'weight' is there");
  EXPECT_EQ(parsed(R"({"t": 1, "arm": 3})").problem, "neither 'arm' nor 'weight' is there");
  EXPECT_EQ(parsed(R"({"t": 1, "arm": "red"})").problem, "'arm' is neither of the two colours");
  EXPECT_EQ(parsed("").kind, Kind::Other);
  EXPECT_EQ(parsed(" \r").kind, Kind::Other);
}

TEST(NdjsonLine, CallsTheColoursAsTheRecordingDoes) {
  const ArmNames arms{.blue = "v1", .green = "v2"};
  EXPECT_EQ(parse_ndjson_line(R"({"t": 1, "arm": "v2", "status": 200})", arms).arm, Arm::Green);
  EXPECT_EQ(parse_ndjson_line(R"({"t": 1, "arm": "blue", "status": 200})", arms).kind, Kind::Bad);
}

TEST(NdjsonLine, NamesItsRouteAndItsRequest) {
  const RecordedLine line =
      parsed(R"({"t": 1, "arm": "blue", "status": 200, "route": "POST /chat", "request_id": "7A"})");
  EXPECT_EQ(line.method, "POST");
  EXPECT_EQ(line.path, "/chat");
  EXPECT_EQ(line.request_id, "7A");
  const RecordedLine escaped =
      parsed(R"({"t": 1, "arm": "blue", "status": 200, "route": "caf\u00e9", "request_id": "\"7A\""})");
  EXPECT_EQ(escaped.method, "");
  EXPECT_EQ(escaped.path, "café") << "kept with the line, though the document that was parsed is gone";
  EXPECT_EQ(escaped.request_id, "\"7A\"");
  EXPECT_EQ(parsed(R"({"t": 1, "arm": "blue", "status": 200, "route": 5})").path, "");
}

TEST(NdjsonLine, TellsOfTheUsersOwnMetrics) {
  const ArmNames arms{.metrics = {"empty", "model_time"}};
  for (const auto parse : {parse_ndjson_line, parse_ndjson_line_whole}) {
    const RecordedLine line =
        parse(R"({"t": 1, "arm": "green", "status": 200, "empty": true, "model_time": 12.5})", arms);
    EXPECT_EQ(line.metrics[0], 1);
    EXPECT_EQ(line.metrics[1], 12.5);
    EXPECT_TRUE(std::isnan(line.metrics[2]));
    const RecordedLine silent =
        parse(R"({"t": 1, "arm": "green", "status": 200, "empty": "x", "model_time": null})", arms);
    EXPECT_TRUE(std::isnan(silent.metrics[0]) && std::isnan(silent.metrics[1]));
    EXPECT_EQ(parse(R"({"t": 1, "arm": "green", "status": true, "empty": false})", arms).metrics[0], 0);
  }
}

TEST(NdjsonLine, ReadsEscapesAndNestedValuesToo) {
  const RecordedLine line =
      parsed(R"({"path": "a\"b", "headers": {"t": 5}, "t": 1, "\u0061rm": "gr\u0065en", "status": 200})");
  EXPECT_EQ(line.kind, Kind::Request);
  EXPECT_EQ(line.arm, Arm::Green);
  EXPECT_EQ(line.milliseconds, 1000);
}

/// Lines from pieces that fit together or do not.
rc::Gen<std::string> lines() {
  const auto key =
      rc::gen::element<std::string>("\"t\"", "\"arm\"", "\"status\"", "\"latency_ms\"", "\"weight\"", "\"log_errors\"",
                                    "\"route\"", "\"request_id\"", "\"other\"", "\"\\u0074\"", "t");
  const auto value =
      rc::gen::element<std::string>("1", "12.5", "-3", "1e2", "\"blue\"", "\"green\"", "200", "503", "null", "true",
                                    "\"a\\n\"", "{}", "[1,2]", "10", "", "1.", "\"\xc3\xa9\"");
  const auto member =
      rc::gen::map(rc::gen::pair(key, value), [](const auto& both) { return both.first + ": " + both.second; });
  return rc::gen::map(
      rc::gen::pair(rc::gen::container<std::vector<std::string>>(member), rc::gen::element("}", "", "},")),
      [](const auto& both) {
        std::string text = "{";
        for (const std::string& each : both.first) text += (text == "{" ? "" : ", ") + each;
        return text + both.second;
      });
}

RC_GTEST_PROP(NdjsonLine, TheQuickWayReadsWhatAWholeParserReads, ()) {
  const std::string text = *lines();
  const RecordedLine quick = parse_ndjson_line(text, {});
  const RecordedLine whole = parse_ndjson_line_whole(text, {});
  RC_ASSERT(quick.kind == whole.kind);
  RC_ASSERT(quick.problem == whole.problem);
  RC_ASSERT(quick.milliseconds == whole.milliseconds && quick.arm == whole.arm && quick.status == whole.status);
  RC_ASSERT(quick.method == whole.method && quick.path == whole.path && quick.request_id == whole.request_id);
  RC_ASSERT(quick.latency == whole.latency && quick.log_errors == whole.log_errors && quick.weight == whole.weight);
}

double decimal(std::string_view text) {
  double value = -7;
  return read_decimal(text.data(), text.data() + text.size(), value) == text.data() + text.size() ? value : -7;
}

TEST(Decimal, IsTheNearestDouble) {
  for (const char* text : {"0", "1", "0.1", "12.345678", "1700000000.123", "0.000001", "123456789012345678", "1e22",
                           "9007199254740993", "0.30000000000000004", "1.7976931348623157e308", "5e-324", "-12.5"}) {
    double exact = 0;
    std::from_chars(text, text + std::string_view(text).size(), exact);
    EXPECT_EQ(decimal(text), exact) << text;
  }
  EXPECT_TRUE(std::isinf(decimal("1e999")));
  EXPECT_EQ(decimal("1e-999"), 0);
}

TEST(Decimal, IsOfJsonsGrammar) {
  for (const char* text : {"", "-", ".5", "5.", "01", "+1", "1e", "1e+", "0x1", "inf", "nan", "--1"}) {
    EXPECT_EQ(decimal(text), -7) << text;
  }
}

RC_GTEST_PROP(Decimal, ReadsEveryDecimalAsTheStandardLibraryDoes, (std::uint64_t whole, std::uint32_t fraction)) {
  const std::string text = fmt::format("{}.{}", whole % (std::uint64_t{1} << *rc::gen::inRange(1, 63)), fraction);
  double exact = 0;
  std::from_chars(text.data(), text.data() + text.size(), exact);
  RC_ASSERT(decimal(text) == exact);
}

}  // namespace
}  // namespace sluice::recording
