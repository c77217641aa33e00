// What is remembered of one colour's requests so that a decision can name some: how each route did, which requests
// failed first, which were slow.
//
// Bounded whatever the traffic: kMostRoutes routes by the second over kNotesLength, kFailedASecond failed requests and
// the slowest one of each second. That is 1.3 MB a colour at the very most, and 100 KB with ten routes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace sluice::analysis {

inline constexpr Milliseconds kNotesLength{std::chrono::minutes{10}};
/// Routes that are told apart; requests of further ones count together, without a name.
inline constexpr std::size_t kMostRoutes = 64;
inline constexpr std::size_t kFailedASecond = 3;
inline constexpr std::size_t kLongestNotedId = 64;  ///< Bytes.

/// One request as a router's line tells of it.
struct SeenRequest {
  TimePoint at{};
  std::string_view route;  ///< Of `write_route`; empty: unknown.
  std::string_view request_id;
  bool is_error = false;
  bool is_unknown_path = false;  ///< 404: scanners ask for anything; alone it makes no route.
  double latency = -1;           ///< Milliseconds; negative or no number: unknown.
};

struct NotedRequest {
  TimePoint at{};
  std::string request_id;
  double latency = -1;
  friend bool operator==(const NotedRequest&, const NotedRequest&) = default;
};

struct RouteFigures {
  std::string route;  ///< Empty: all that are not told apart.
  std::int64_t requests = 0;
  std::int64_t errors = 0;
  std::int64_t timed = 0;   ///< Requests whose time is known …
  double milliseconds = 0;  ///< … and their sum.
  friend bool operator==(const RouteFigures&, const RouteFigures&) = default;
};

/// One colour's requests in a stretch of time.
struct NotedSpan {
  std::vector<RouteFigures> routes;   ///< Those with requests.
  std::vector<NotedRequest> failed;   ///< By time.
  std::vector<NotedRequest> slowest;  ///< Of each second, by time.
};

class RequestNotes {
 public:
  void add(const SeenRequest& request);
  /// Seconds that lie before are forgotten, and so are routes without requests since.
  void forget_before(TimePoint oldest);
  /// From the beginning of the second that `from` lies in, of which only the first failures are kept; routes to the end
  /// of the one that `to` lies in, single requests before `to`.
  NotedSpan span(TimePoint from, TimePoint to) const;

 private:
  struct RouteCount {
    std::uint8_t route = 0;
    std::uint32_t requests = 0;
    std::uint32_t errors = 0;
    std::uint32_t timed = 0;
    double milliseconds = 0;
  };
  struct Second {
    TimePoint start{};
    std::vector<RouteCount> routes;
    std::vector<NotedRequest> failed;
    NotedRequest slowest;
  };

  Second& second_of(TimePoint at);
  std::uint8_t number_of(std::string_view route, bool may_be_new);

  std::deque<Second> seconds_;                                ///< By start; only those with requests.
  std::map<std::string, std::uint8_t, std::less<>> numbers_;  ///< Of routes.
};

}  // namespace sluice::analysis
