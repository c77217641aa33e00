// Simulated time of a program that asks the simulated AWS, whose clock must stand (scale 0): each request says this
// program's moment, and itself takes kCallTime.
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "adapters/aws/client_pool.h"
#include "adapters/curl/http_client.h"
#include "adapters/posix/clock.h"
#include "adapters/posix/files.h"
#include "adapters/posix/processes.h"
#include "adapters/posix/secrets.h"
#include "simulation/simulated_executor.h"

namespace sluice {

inline constexpr Milliseconds kCallTime{20};

/// Requests to the simulated AWS, at this program's time.
class TimedHttp final : public ports::HttpClient {
 public:
  enum class Takes {
    Time,
    NoTime,  ///< For callers who are no work of the executor: none of them could wait.
  };

  TimedHttp(simulation::SimulatedExecutor& executor, Takes takes) : executor_(executor), takes_(takes) {}

  Result<ports::HttpResponse> send(const ports::HttpRequest& request, std::stop_token stop) override {
    // Whoever renews keys lets all others wait for them, who have this one thread: that takes no time here.
    const bool is_for_keys = request.body.find("Action=AssumeRole") != std::string::npos;
    if (takes_ == Takes::Time && !is_for_keys) executor_.pause(kCallTime);
    ports::HttpRequest timed = request;
    timed.headers["x-simulator-now"] =
        fmt::format("{:.3f}", static_cast<double>(executor_.now().time_since_epoch().count()) / 1000);
    auto response = http_.send(timed, stop);
    if (response) response->latency = kCallTime;
    return response;
  }

  Result<TimePoint> clock_at(const std::string& simulator) {
    ports::HttpRequest request{.method = "POST", .url = simulator + "/_simulator/clock", .body = "{}"};
    request.headers["Content-Type"] = "application/json";
    TRY_ASSIGN(const ports::HttpResponse response, http_.send(request, {}));
    const double seconds = boost::json::parse(response.body).at("now").to_number<double>();
    return TimePoint{Milliseconds{static_cast<std::int64_t>(seconds * 1000)}};
  }

 private:
  simulation::SimulatedExecutor& executor_;
  const Takes takes_;
  curl::HttpClient http_;
};

/// Time, and what clients of AWS need in it.
struct SimulatedTime {
  using Pause = std::function<Status(Milliseconds, const std::stop_token&)>;

  /// Goes on to the simulator's moment. Error: Unavailable (there is no simulator).
  Status begin(const std::string& simulator) {
    TRY_ASSIGN(const TimePoint there, untimed_http.clock_at(simulator));
    executor.in_world(there, [] {});
    while (executor.now() < there) executor.step();
    return {};
  }

  /// For work of the executor.
  Pause pause() {
    return [this](Milliseconds span, const std::stop_token& stop) -> Status {
      executor.pause(span);
      if (stop.stop_requested()) return Error{ErrorKind::Cancelled, "asked to stop"};
      return {};
    };
  }
  /// For those whom nobody could go on beside.
  static Status no_pause(Milliseconds, const std::stop_token&) { return {}; }

  /// `real_clock`, since signatures are checked against this machine's.
  aws::Surroundings around(TimedHttp& client) {
    return {.http = client,
            .files = files,
            .processes = processes,
            .clock = real_clock,
            .variables = posix::variable_of_this_process,
            .region = {},
            .pause = no_pause};  // as of requests for keys
  }
  double spread() { return static_cast<double>(chance.between(0, 999)) / 1000; }

  simulation::Faults faults{1, {}};
  simulation::Crashes crashes{faults, std::nullopt};
  simulation::SimulatedExecutor executor{simulation::Chance(1, "time"), faults, crashes};
  simulation::Chance chance{1, "spread"};
  TimedHttp http{executor, TimedHttp::Takes::Time};
  TimedHttp untimed_http{executor, TimedHttp::Takes::NoTime};
  posix::Clock real_clock;
  posix::Files files;
  posix::Processes processes;
};

}  // namespace sluice
