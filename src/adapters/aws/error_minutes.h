// The errors that the log of one revision told of, minute by minute, for the last hour.
#pragma once

#include <map>
#include <vector>

#include "adapters/aws/log_events.h"
#include "ports/service_log.h"

namespace sluice::aws {

/// Of one minute no more are kept; all are counted.
inline constexpr std::size_t kErrorLinesOfMinute = 10;
inline constexpr std::size_t kLongestErrorLine = 500;

class ErrorMinutes {
 public:
  /// All that was logged in whole minutes; what was known of them before is replaced. What is no error by
  /// analysis::read_service_log_line is not counted. Minutes longer ago than kLogMinutesKept are forgotten.
  void take(TimePoint from, TimePoint until, const std::vector<LogEvent>& lines);

  /// As the port has it, of whole minutes: the first slot of one has all that happened in it. Nothing of a minute that
  /// nobody has read.
  std::vector<ports::LogSlot> slots(TimePoint from) const;
  std::vector<ports::ErrorLine> first_lines(TimePoint from, int most) const;
  bool empty() const { return minutes_.empty(); }

 private:
  struct Minute {
    std::int64_t error_lines = 0;
    std::int64_t requests_with_errors = 0;
    std::vector<ports::ErrorLine> lines;
  };
  std::map<TimePoint, Minute> minutes_;
};

}  // namespace sluice::aws
