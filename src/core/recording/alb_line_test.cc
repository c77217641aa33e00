#include "core/recording/alb_line.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/recording/recording_format.h"

namespace sluice::recording {
namespace {

using Kind = RecordedLine::Kind;

std::string line(std::string_view status, std::string_view times, std::string_view group) {
  return fmt::format(
      "https 2026-07-02T22:23:01.186641Z app/shop/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 {} {} {} 34 366 "
      "\"GET https://shop.example.com:443/a\\\"b HTTP/1.1\" \"curl/7.46.0\" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 "
      "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/{}/73e2d6bc24d8a067 "
      "\"Root=1-58337281-1d84f3d73c47ec4e58577259\" \"shop.example.com\" \"arn:aws:acm:x\" 1 "
      "2026-07-02T22:22:48.364000Z \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\"",
      times, status, status, group);
}

TEST(AlbLine, IsARequestOfTheColourWhoseTargetGroupAnswered) {
  const std::string text = line("502", "0.001 0.020 0.003", "shop-green");
  const RecordedLine green = parse_alb_line(text, {});
  EXPECT_EQ(green.kind, Kind::Request) << green.problem;
  EXPECT_EQ(green.arm, Arm::Green);
  EXPECT_EQ(green.status, 502);
  EXPECT_NEAR(green.latency, 24, 1e-9);
  EXPECT_EQ(green.milliseconds, 1'783'030'981'186);
  EXPECT_EQ(green.method, "GET");
  EXPECT_EQ(green.path, "https://shop.example.com:443/a\\\"b");
  EXPECT_EQ(green.request_id, "Root=1-58337281-1d84f3d73c47ec4e58577259");
  EXPECT_EQ(parse_alb_line(line("200", "0 0 0", "shop-blue"), {}).arm, Arm::Blue);
  EXPECT_EQ(parse_alb_line(line("200", "0 0 0", "shop-2"), {.blue = "shop-1", .green = "shop-2"}).arm, Arm::Green);
}

TEST(AlbLine, KnowsNoLatencyWhereAPartIsAbsent) {
  EXPECT_LT(parse_alb_line(line("504", "0.001 -1 -1", "shop-green"), {}).latency, 0);
  EXPECT_EQ(parse_alb_line(line("-", "0.001 0.1 0", "shop-green"), {}).status, RecordedLine::kUnknownStatus);
}

TEST(AlbLine, PassesOtherTargetGroupsOver) {
  EXPECT_EQ(parse_alb_line(line("200", "0 0 0", "shop-other"), {}).kind, Kind::Other);
  EXPECT_EQ(parse_alb_line(line("200", "0 0 0", "blue-green"), {}).problem,
            "the target group's name holds both colours' names");
  EXPECT_EQ(parse_alb_line("", {}).kind, Kind::Other);
}

TEST(AlbLine, RefusesATruncatedLine) {
  const std::string whole = line("200", "0 0 0", "shop-blue");
  for (std::size_t length = 1; length < whole.find("arn:aws:elastic"); ++length) {
    EXPECT_EQ(parse_alb_line(whole.substr(0, length), {}).kind, Kind::Bad) << whole.substr(0, length);
  }
  EXPECT_EQ(parse_alb_line("https yesterday a b c 0 0 0 200 200 1 1 \"\" \"\" c p blue", {}).problem,
            "the second field is not a time");
}

TEST(RecordingFormat, IsGuessedByTheFirstLine) {
  EXPECT_EQ(guess_format(R"({"t": 1, "weight": 0})"), Format::Ndjson);
  EXPECT_EQ(guess_format(R"( {"t": 1)"), Format::Ndjson);
  EXPECT_EQ(guess_format("t,arm,status"), Format::Csv);
  EXPECT_EQ(guess_format(line("200", "0 0 0", "shop-blue")), Format::Alb);
  EXPECT_EQ(guess_format("hello world"), std::nullopt);
}

TEST(RecordingFormat, CsvTakesItsFirstLineForTheColumns) {
  LineParser parser = LineParser::create(Format::Csv, "arm,t,status", {}).value();
  EXPECT_EQ(parser.parse("").kind, Kind::Other);
  EXPECT_EQ(parser.parse("arm,t,status").kind, Kind::Other);
  EXPECT_EQ(parser.parse("blue,1,200").kind, Kind::Request);
  EXPECT_FALSE(LineParser::create(Format::Csv, "blue,1,200", {}));
  EXPECT_FALSE(parse_format("xml"));
  EXPECT_EQ(parse_format("alb").value(), Format::Alb);
}

}  // namespace
}  // namespace sluice::recording
