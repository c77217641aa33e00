#include "adapters/aws/log_events.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <regex>

#include "adapters/aws/client_pool.h"
#include "core/analysis/service_log_line.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using test::Answer;
using test::AwsSurroundings;

const TimePoint kNoon = *parse_rfc3339("2026-01-02T12:00:00Z");
const LogPlace kPlace{"eu-west-1", "/shop/web", "web/web/"};

std::int64_t milliseconds(TimePoint at) { return at.time_since_epoch().count(); }

/// CloudWatch Logs that answers with the pages that the test says, the last one again and again.
struct Logs {
  std::vector<json::object> pages;
  std::vector<json::object> asked;
  AwsSurroundings around{[this](const std::string& request) {
    asked.push_back(json::parse(request.substr(request.find("\r\n\r\n") + 4)).as_object());
    const std::size_t page = std::min(asked.size(), pages.size()) - 1;
    return Answer{200, json::serialize(pages[page])};
  }};
  ClientPool clients{test::at_once(), around.with_keys()};

  Client& client() { return **clients.get("eu-west-1", ""); }
};

json::object page_of(const std::vector<TimePoint>& times, const char* next) {
  json::array events;
  for (const TimePoint at : times) {
    events.push_back({{"timestamp", milliseconds(at)}, {"message", "ERROR no"}, {"logStreamName", "web/web/0f1e"}});
  }
  json::object page{{"events", std::move(events)}};
  if (next != nullptr) page["nextToken"] = next;
  return page;
}

TEST(LogEvents, AreReadPageByPage) {
  Logs logs;
  logs.pages = {page_of({kNoon + 1s}, "two"), page_of({}, "three"), page_of({kNoon + 61s}, nullptr)};
  const auto span = possible_errors(logs.client(), kPlace, kNoon, kNoon + 2min, {});
  ASSERT_TRUE(span) << span.error().message;
  EXPECT_EQ(span->until, kNoon + 2min);
  EXPECT_EQ(span->events, (std::vector<LogEvent>{{kNoon + 1s, "web/web/0f1e", "ERROR no"},
                                                 {kNoon + 61s, "web/web/0f1e", "ERROR no"}}));
  ASSERT_EQ(logs.asked.size(), 3U);
  EXPECT_EQ(logs.asked[0], (json::object{{"logGroupName", "/shop/web"},
                                         {"startTime", milliseconds(kNoon)},
                                         {"endTime", milliseconds(kNoon + 2min) - 1},
                                         {"filterPattern", std::string(kMayBeError)},
                                         {"logStreamNamePrefix", "web/web/"}}));
  EXPECT_EQ(logs.asked[2].at("nextToken"), "three");
}

TEST(LogEvents, AreKnownOnlyAsFarAsTheyWereRead) {
  Logs logs;
  logs.pages = {page_of({kNoon + 10s, kNoon + 130s}, "more")};
  const auto span = possible_errors(logs.client(), kPlace, kNoon, kNoon + 10min, {});
  ASSERT_TRUE(span) << span.error().message;
  EXPECT_EQ(logs.asked.size(), static_cast<std::size_t>(kMostLogPages));
  EXPECT_EQ(span->until, kNoon + 2min);
  EXPECT_EQ(span->events.size(), static_cast<std::size_t>(kMostLogPages));
  EXPECT_EQ(span->events.back().at, kNoon + 10s);
}

TEST(LogEvents, OfOneMinuteAreCutOff) {
  Logs logs;
  logs.pages = {page_of({kNoon + 10s}, "more")};
  const auto span = possible_errors(logs.client(), kPlace, kNoon, kNoon + 1min, {});
  ASSERT_TRUE(span) << span.error().message;
  EXPECT_EQ(span->until, kNoon + 1min);
  EXPECT_EQ(span->events.size(), static_cast<std::size_t>(kMostLogPages));
}

/// The rule of analysis::read_service_log_line decides; what the filter does not let through it never sees.
TEST(LogEvents, FilterLetsThroughAllThatIsAnError) {
  const std::string pattern(kMayBeError);
  ASSERT_LE(pattern.size(), 1024U);
  const std::regex filter(pattern.substr(1, pattern.size() - 2), std::regex::ECMAScript);
  std::vector<std::string> lines{R"({"level":50,"msg":"x"})", R"({"level": 60})", R"({"msg":"x","level":50.5})",
                                 R"({"level" : 100})",        "panic: x",         "E0102 15:04:05.678901 x",
                                 "F0102 15:04:05.678901 x"};
  for (const std::string level :
       {"error", "err", "critical", "crit", "fatal", "severe", "alert", "emerg", "emergency", "panic", "dpanic"}) {
    std::string other = level;
    for (std::size_t i = 0; i < other.size(); i += 2) other[i] = static_cast<char>(std::toupper(other[i]));
    for (const std::string& word : {level, other}) {
      lines.push_back(fmt::format(R"({{"msg":"x","severity":"{}"}})", word));
      lines.push_back(fmt::format(R"({{"log":{{"level":"{}"}}}})", word));
      lines.push_back(fmt::format(R"(ts=1 level={} msg="x")", word));
    }
  }
  for (const char* word : {"ERROR", "CRITICAL", "FATAL", "SEVERE"}) lines.push_back(fmt::format("12:00 {}: x", word));
  for (const char* word : {"error", "crit", "alert", "emerg"}) lines.push_back(fmt::format("12:00 [{}] x", word));
  for (const std::string& line : lines) {
    ASSERT_TRUE(analysis::read_service_log_line(line).is_error) << line;
    EXPECT_TRUE(std::regex_search(line, filter)) << line;
  }
  for (const char* line : {R"({"level":30,"msg":"order 51"})", "12:00 INFO ready", "GET /orders 200"}) {
    EXPECT_FALSE(std::regex_search(line, filter)) << line;
  }
}

TEST(LogEvents, LastLinesOfSeveralStreamsAreInTheOrderOfTime) {
  Logs logs;
  const auto line = [](TimePoint at, const char* text) {
    return json::object{{"timestamp", milliseconds(at)}, {"message", text}};
  };
  logs.pages = {{{"events", json::array{line(kNoon, "a"), line(kNoon + 2s, "c")}}},
                {{"events", json::array{line(kNoon + 1s, "b"), line(kNoon + 3s, "d")}}}};
  const auto lines = last_lines_of(logs.client(), "/shop/web", {"web/web/1", "web/web/2"}, 3, {});
  ASSERT_TRUE(lines) << lines.error().message;
  EXPECT_EQ(*lines, (std::vector<std::string>{"b", "c", "d"}));
  EXPECT_EQ(
      logs.asked[0],
      (json::object{
          {"logGroupName", "/shop/web"}, {"logStreamName", "web/web/1"}, {"limit", 3}, {"startFromHead", false}}));
}

}  // namespace
}  // namespace sluice::aws
