#include "core/analysis/request_notes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace sluice::analysis {
namespace {

constexpr TimePoint kStart{Milliseconds{1'795'450'685'000}};

SeenRequest request(std::string_view route, Milliseconds after, bool is_error = false, double latency = 10) {
  return {.at = kStart + after, .route = route, .request_id = "id", .is_error = is_error, .latency = latency};
}

TEST(RequestNotes, AddsUpRoutesOverTheSecondsOfASpan) {
  RequestNotes notes;
  notes.add(request("GET /a", Milliseconds{100}));
  notes.add(request("GET /a", Milliseconds{1500}, true, 30));
  notes.add(request("GET /b", Milliseconds{1600}));
  notes.add(request("GET /a", Milliseconds{2500}));
  const NotedSpan all = notes.span(kStart, kStart + Milliseconds{10'000});
  ASSERT_EQ(all.routes.size(), 2U);
  EXPECT_EQ(all.routes[0],
            (RouteFigures{.route = "GET /a", .requests = 3, .errors = 1, .timed = 3, .milliseconds = 50}));
  const NotedSpan middle = notes.span(kStart + Milliseconds{1000}, kStart + Milliseconds{2000});
  ASSERT_EQ(middle.routes.size(), 2U);
  EXPECT_EQ(middle.routes[0].requests, 1);
}

TEST(RequestNotes, NamesTheFirstFailuresOfASecondAndItsSlowestRequest) {
  RequestNotes notes;
  for (int i = 0; i < 5; ++i) {
    const std::string id = fmt::format("r{}", i);
    SeenRequest failed = request("GET /a", Milliseconds{i * 10}, true, 10.0 * i);
    failed.request_id = id;
    notes.add(failed);
  }
  const NotedSpan span = notes.span(kStart, kStart + Milliseconds{1000});
  ASSERT_EQ(span.failed.size(), kFailedASecond);
  EXPECT_EQ(span.failed[0].request_id, "r0");
  ASSERT_EQ(span.slowest.size(), 1U);
  EXPECT_EQ(span.slowest[0].request_id, "r4");
  EXPECT_TRUE(notes.span(kStart, kStart + Milliseconds{5}).slowest.empty()) << "it came later than that";
  EXPECT_EQ(notes.span(kStart + Milliseconds{500}, kStart + Milliseconds{1000}).failed.size(), kFailedASecond)
      << "more failed later in the second, which are not kept";
}

TEST(RequestNotes, TakesLinesOutOfOrder) {
  RequestNotes notes;
  notes.add(request("GET /a", Milliseconds{5000}));
  notes.add(request("GET /a", Milliseconds{1000}, true));
  notes.add(request("GET /a", Milliseconds{3000}));
  EXPECT_EQ(notes.span(kStart, kStart + Milliseconds{2000}).routes.at(0).errors, 1);
}

TEST(RequestNotes, TellsABoundedNumberOfRoutesApartAndForgetsOldOnes) {
  RequestNotes notes;
  for (std::size_t i = 0; i < 2 * kMostRoutes; ++i) notes.add(request(fmt::format("GET /r{}", i), Milliseconds{0}));
  NotedSpan span = notes.span(kStart, kStart + Milliseconds{1000});
  ASSERT_EQ(span.routes.size(), kMostRoutes + 1);
  EXPECT_EQ(span.routes.back().route, "");
  EXPECT_EQ(span.routes.back().requests, static_cast<std::int64_t>(kMostRoutes));
  notes.add(request("GET /r1", Milliseconds{60'000}));
  notes.forget_before(kStart + Milliseconds{30'000});
  notes.add(request("GET /new", Milliseconds{60'000}));
  span = notes.span(kStart, kStart + Milliseconds{100'000});
  ASSERT_EQ(span.routes.size(), 2U);
  EXPECT_EQ(span.routes[0].route, "GET /new");
  EXPECT_EQ(span.routes[1].route, "GET /r1");
}

TEST(RequestNotes, GivesNoRouteToPathsThatNobodyServes) {
  RequestNotes notes;
  SeenRequest scan = request("GET /wp-login.php", Milliseconds{0});
  scan.is_unknown_path = true;
  notes.add(scan);
  EXPECT_EQ(notes.span(kStart, kStart + Milliseconds{1000}).routes.at(0).route, "");
}

}  // namespace
}  // namespace sluice::analysis
