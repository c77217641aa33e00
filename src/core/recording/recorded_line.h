// One line of recorded traffic, whatever format it was kept in.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/weight.h"
#include "core/analysis/sequential_settings.h"

namespace sluice::recording {

enum class Arm : std::uint8_t { Blue, Green };

constexpr std::array<double, analysis::kMostSequentialMetrics> silent_metrics() {
  std::array<double, analysis::kMostSequentialMetrics> metrics{};
  metrics.fill(std::numeric_limits<double>::quiet_NaN());
  return metrics;
}

struct RecordedLine {
  enum class Kind : std::uint8_t {
    Request,
    Weight,  ///< GREEN's share changes.
    Other,   ///< Nothing about the two colours: an empty line, a probe, another service.
    Bad,     ///< Cannot be read: see `problem`.
  };
  Kind kind = Kind::Bad;
  Arm arm = Arm::Blue;
  int status = kUnknownStatus;
  std::int64_t milliseconds = 0;  ///< When, since 1970 or since whatever the recording counts from.
  double latency = -1;            ///< Milliseconds; negative or no number: unknown.
  std::int64_t log_errors = 0;
  bool knows_log_errors = false;  ///< The recording tells how many there were.
  Weight weight;
  std::string_view problem;  ///< Why it is bad. Points to a literal.
  /// Of a request, where the recording tells them; else empty. They point into the line's text, or to `texts`.
  std::string_view method;
  std::string_view path;  ///< Or any name of a route.
  std::string_view request_id;
  /// What it says of the user's own metrics, by their place in ArmNames; no number: nothing.
  std::array<double, analysis::kMostSequentialMetrics> metrics = silent_metrics();
  std::shared_ptr<const std::string> texts;  ///< Keeps what the line's own text does not hold.

  static constexpr int kUnknownStatus = -1;

  static RecordedLine bad(std::string_view problem) {
    RecordedLine line;
    line.problem = problem;
    return line;
  }
  static RecordedLine other() {
    RecordedLine line;
    line.kind = Kind::Other;
    return line;
  }
};

/// What the colours are called in a recording, and the user's own metrics (at most kMostSequentialMetrics).
struct ArmNames {
  std::string blue = "blue";
  std::string green = "green";
  std::vector<std::string> metrics = {};
};

/// Seconds as a recording has them: finite, and within 10,000 years of 0.
bool is_time(double seconds);
std::int64_t to_milliseconds(double seconds);
/// 100 to 599, as a whole number; anything else is unknown.
int to_status(double value);
/// Error lines of a request's log; what is no count is none.
std::int64_t to_log_errors(double value);
/// Names a request; `route` is `GET /chat`, or a path or a name alone.
void name_request(RecordedLine& line, std::string_view route, std::string_view request_id);
/// GREEN's share in percent. False when it is none.
bool to_weight(double percent, Weight& weight);

}  // namespace sluice::recording
