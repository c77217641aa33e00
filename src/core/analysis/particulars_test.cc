#include "core/analysis/particulars.h"

#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

constexpr Question kErrors{Concern::Errors, Milliseconds{10'000}};

TEST(Particulars, NameTheRouteWithMostErrorsBeyondBluesRate) {
  const NotedSpan green{
      .routes = {{.route = "GET /a", .requests = 100, .errors = 5},
                 {.route = "POST /chat", .requests = 41, .errors = 4},
                 {.route = "", .requests = 9}},
      .failed = {
          {.request_id = "7A"}, {.request_id = "-"}, {.request_id = "7C"}, {.request_id = "7D"}, {.request_id = "7E"}}};
  const NotedSpan blue{.routes = {{.route = "GET /a", .requests = 900, .errors = 45},
                                  {.route = "POST /chat", .requests = 371, .errors = 1}}};
  const Particulars particulars = answer(kErrors, green, blue);
  ASSERT_TRUE(particulars.worst_route);
  EXPECT_EQ(particulars.worst_route->green.route, "POST /chat") << "/a fails as often on BLUE";
  EXPECT_EQ(particulars.request_ids, (std::vector<std::string>{"7A", "7C", "7D"}));
  EXPECT_EQ(describe(particulars),
            "; worst route: POST /chat (4 of 41 on GREEN, 1 of 371 on BLUE); first failed requests: 7A, 7C, 7D");
}

TEST(Particulars, NameTheRouteThatBecameSlowestAndItsSlowRequests) {
  const NotedSpan green{.routes = {{.route = "GET /report", .requests = 10, .timed = 10, .milliseconds = 30'000},
                                   {.route = "POST /chat", .requests = 40, .timed = 40, .milliseconds = 32'000}},
                        .slowest = {{.request_id = "1", .latency = 90}, {.request_id = "2", .latency = 4100}}};
  const NotedSpan blue{.routes = {{.route = "GET /report", .requests = 90, .timed = 90, .milliseconds = 270'000},
                                  {.route = "POST /chat", .requests = 400, .timed = 400, .milliseconds = 8000}}};
  const Particulars particulars = answer({Concern::Latency, Milliseconds{10'000}, 100}, green, blue);
  EXPECT_EQ(describe(particulars),
            "; worst route: POST /chat (800ms on average on GREEN, 20ms on BLUE); slow requests: 2");
}

TEST(Particulars, SayNothingWhereNothingIsWorse) {
  const NotedSpan green{.routes = {{.route = "GET /a", .requests = 100, .errors = 1}}};
  const NotedSpan blue{.routes = {{.route = "GET /a", .requests = 900, .errors = 90}}};
  EXPECT_TRUE(answer(kErrors, green, blue).empty());
  EXPECT_EQ(describe(Particulars{}), "");
  const NotedSpan many{.routes = {{.route = "", .requests = 100, .errors = 50}}};
  EXPECT_TRUE(answer(kErrors, many, {}).empty()) << "routes that are not told apart have no name";
}

TEST(Particulars, ShowALineShortenedAndWithoutSecrets) {
  EXPECT_EQ(shown_line("ERROR \x1b[31m token=abc\n"), "ERROR  [31m token=*** ");
  EXPECT_EQ(shown_line(R"({"level":"error","msg":"no login","password":"hunter2"})"), "no login (password=***)");
  const std::string shown = shown_line(std::string(kLongestNamedLine - 1, 'x') + "ééé");
  EXPECT_EQ(shown, std::string(kLongestNamedLine - 1, 'x') + "…");
}

TEST(Particulars, AreAskedForByWhatTheDecisionIsAbout) {
  EXPECT_EQ(question_of(Alarm{.metric = Metric::ErrorRate, .out_of = 3}).span, Milliseconds{180'000});
  const Question slow = question_of(Alarm{.metric = Metric::LatencyP95, .above = 3000});
  EXPECT_EQ(slow.concern, Concern::Latency);
  EXPECT_EQ(slow.slower_than, 3000);
  EXPECT_EQ(question_of(Alarm{.metric = Metric::FailedHealthChecks}).concern, Concern::Log);
  EXPECT_EQ(question_of(MetricEvidence{.name = "errors", .window_length = std::chrono::hours{1}}).span, kNotesLength);
}

}  // namespace
}  // namespace sluice::analysis
