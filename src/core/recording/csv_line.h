// Recorded traffic as comma-separated values (RFC 4180, one record a line), with the names of the columns in the first
// line: t, arm, status, latency_ms, log_errors, weight, route, request_id, in any order; others are passed over.
#pragma once

#include <array>
#include <string_view>

#include "base/result.h"
#include "core/recording/recorded_line.h"

namespace sluice::recording {

class CsvColumns {
 public:
  /// From the first line. Error: InvalidInput, when `t` is missing, or both `arm` and `weight`, or a name comes twice.
  static Result<CsvColumns> create(std::string_view header);

  /// A line with a weight is a change of weight; one without, a request.
  RecordedLine parse(std::string_view text, const ArmNames& arms) const;

 private:
  enum Column { T, ArmName, Status, Latency, LogErrors, Share, Route, RequestId };
  static constexpr std::size_t kColumns = 8;
  static constexpr std::array<std::string_view, kColumns> kNames{"t",          "arm",    "status", "latency_ms",
                                                                 "log_errors", "weight", "route",  "request_id"};
  static constexpr int kAbsent = -1;

  std::array<int, kColumns> place_{kAbsent, kAbsent, kAbsent, kAbsent, kAbsent, kAbsent, kAbsent, kAbsent};
};

}  // namespace sluice::recording
