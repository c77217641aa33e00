#include "core/recording/haproxy_line.h"

#include <gtest/gtest.h>

#include "core/recording/haproxy_log_line.h"
#include "core/recording/recording_format.h"

namespace sluice::recording {
namespace {

using Kind = RecordedLine::Kind;

TEST(HaproxyLogLine, ReadsEveryField) {
  const auto read =
      parse_haproxy_log_line("t0k 1795450686171 7223 shop.local.web:a f1 200 +1 13 12345 1 GET /z a b \"c\n", "t0k");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->at, TimePoint(Milliseconds(1'795'450'686'171)));
  EXPECT_EQ(read->worker, 7223);
  EXPECT_EQ(read->backend, "shop.local.web:a");
  EXPECT_EQ(read->server, "f1");
  EXPECT_EQ(read->status, 200);
  EXPECT_EQ(read->retries, 1);
  EXPECT_DOUBLE_EQ(read->latency, 12.345);
  EXPECT_TRUE(read->probe);
  EXPECT_EQ(read->method, "GET");
  EXPECT_EQ(read->path, "/z");
  EXPECT_EQ(read->request_id, "a b \"c");
}

TEST(HaproxyLogLine, TakesNothingElseForALine) {
  for (const char* text :
       {"", "t0k", "other 1 7 b s 200 0 3 - - GET / id", "t0k x 7 b s 200 0 3 - - GET / id",
        "t0k 1 7 b s 200 0 3 - - GET", "t0k 1 7 b s 200 0 x - - GET / id", "t0k 1 7 b s 200 0 3 12x - GET / id",
        "t0k 1 7 b s 200 0 - GET / id", "Server shop.local.web:a/s1 is DOWN, reason: Layer4 connection problem"}) {
    EXPECT_FALSE(parse_haproxy_log_line(text, "t0k").has_value()) << text;
  }
  EXPECT_TRUE(parse_haproxy_log_line("t0k 1 7 b <NOSRV> -1 0 -1 - - GET / -", "t0k").has_value());
}

TEST(HaproxyLogLine, KnowsHowLongAnAnswerTook) {
  const auto latency = [](const std::string& status, const std::string& spans) {
    return parse_haproxy_log_line("t0k 1 7 b s1 " + status + " 0 " + spans + " - GET / id", "t0k")->latency;
  };
  EXPECT_DOUBLE_EQ(latency("200", "100 100432"), 100.432);
  EXPECT_DOUBLE_EQ(latency("200", "300 100432"), 100.432) << "a client that was slow with its headers";
  EXPECT_DOUBLE_EQ(latency("400", "3 -"), 3) << "refused before the first rule";
  EXPECT_DOUBLE_EQ(latency("200", "3 3600003000"), 3) << "the clock was stepped forward";
  EXPECT_DOUBLE_EQ(latency("200", "3 -3599997000"), 3) << "and back";
  EXPECT_LT(latency("101", "60000 60000000"), 0) << "a connection's whole life";
  EXPECT_LT(latency("-1", "-1 1000"), 0) << "the client went away";
  EXPECT_LT(latency("408", "-1 -"), 0);
}

std::string line(std::string_view backend, std::string_view rest = "s1 200 0 13 12345 - GET /z id") {
  return "t0k 1795450686171 7223 " + std::string(backend) + " " + std::string(rest);
}

TEST(HaproxyLines, TakeTheFirstBackendForBlue) {
  HaproxyLines lines({});
  const RecordedLine blue = lines.parse(line("shop.local.web:b"));
  EXPECT_EQ(blue.kind, Kind::Request);
  EXPECT_EQ(blue.arm, Arm::Blue);
  EXPECT_EQ(blue.milliseconds, 1'795'450'686'171);
  EXPECT_EQ(blue.status, 200);
  EXPECT_DOUBLE_EQ(blue.latency, 12.345);
  EXPECT_EQ(lines.parse(line("shop.local.web:a") + "\r").arm, Arm::Green);
  EXPECT_EQ(lines.parse(line("shop.local.api:a")).kind, Kind::Other);
  EXPECT_EQ(lines.parse(line("no_service")).kind, Kind::Other);
}

TEST(HaproxyLines, TakeTheColoursThatWereNamed) {
  HaproxyLines lines({.blue = "web:a", .green = "web:b"});
  EXPECT_EQ(lines.parse(line("shop.local.web:b")).arm, Arm::Green);
  EXPECT_EQ(lines.parse(line("shop.local.web:a")).arm, Arm::Blue);
  EXPECT_EQ(lines.parse(line("shop.local.api:a")).kind, Kind::Other);
}

TEST(HaproxyLines, JudgeAnAnswerAsARolloutDoes) {
  HaproxyLines lines({});
  const auto status = [&](std::string_view rest) { return lines.parse(line("shop.local.web:a", rest)).status; };
  EXPECT_EQ(status("s1 503 0 13 12345 - GET / id"), 500);
  EXPECT_EQ(status("s1 200 +1 13 12345 - GET / id"), 500) << "a try that failed here";
  EXPECT_EQ(status("f1 200 0 13 12345 - GET / id"), 500) << "answered by the other colour";
  EXPECT_EQ(status("<NOSRV> -1 0 -1 - - GET / id"), RecordedLine::kUnknownStatus) << "the client went away";
  EXPECT_EQ(lines.parse(line("shop.local.web:a", "s1 200 0 13 12345 1 GET / id")).kind, Kind::Other) << "a probe";
}

TEST(HaproxyLines, RefuseATruncatedLine) {
  HaproxyLines lines({});
  const std::string whole = line("shop.local.web:a");
  for (std::size_t length = 1; length < whole.size() - 4; ++length) {
    EXPECT_EQ(lines.parse(whole.substr(0, length)).kind, Kind::Bad) << whole.substr(0, length);
  }
  EXPECT_EQ(lines.parse("  ").kind, Kind::Other);
  EXPECT_EQ(guess_format(whole), Format::Haproxy);
}

}  // namespace
}  // namespace sluice::recording
