// What the tasks of one revision used of their CPU and memory, minute by minute, for the last hour.
#pragma once

#include <map>
#include <vector>

#include "adapters/aws/log_events.h"
#include "ports/service_log.h"

namespace sluice::aws {

class UtilizationMinutes {
 public:
  /// All performance log events of the revision's tasks in whole minutes; what was known of them before is replaced.
  /// What is no such event is not counted. Minutes longer ago than kLogMinutesKept are forgotten.
  void take(TimePoint from, TimePoint until, const std::vector<LogEvent>& events);

  /// As the port has it, of whole minutes: the first slot of one has all samples of it. Nothing of a minute that nobody
  /// has read; nothing reserved in one that no task told of.
  std::vector<ports::UtilizationSlot> slots(TimePoint from) const;
  bool empty() const { return minutes_.empty(); }

 private:
  struct Minute {
    analysis::Utilization cpu;
    analysis::Utilization memory;
  };
  std::map<TimePoint, Minute> minutes_;
};

}  // namespace sluice::aws
