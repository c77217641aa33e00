// Tells cheaply when an alarm cannot breach, so that its evaluation, which visits every slot that it looks back on, is
// made only when it may. Sums of whole seconds are enough for that.
#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/alarm.h"
#include "core/analysis/slot.h"

namespace sluice::analysis {

class AlarmScreen {
 public:
  explicit AlarmScreen(const Alarm& alarm);

  /// The judged colour's next slot, in the order of time.
  void add(const Slot& slot);
  void clear();
  /// False: `evaluate` at this moment, a whole second, does not say Breaching. True: it may or it may not.
  bool may_breach(TimePoint now) const;

 private:
  struct Sums {
    std::int64_t requests = 0;
    std::int64_t bad = 0;  ///< Of a percentile: those that took as long as the threshold, or longer.
  };

  /// All that was counted in seconds before this one.
  Sums before(std::int64_t second) const;
  bool may_breach(const Sums& period) const;

  Alarm alarm_;
  int slow_bucket_ = 0;
  double quantile_ = 0;
  bool knows_ = false;        ///< Else every alarm may breach at any time.
  std::vector<Sums> totals_;  ///< A ring: what had been counted by the end of each second.
  std::int64_t first_ = 0;    ///< The seconds that are known …
  std::int64_t last_ = 0;     ///< … to the one that runs.
  bool begun_ = false;
};

}  // namespace sluice::analysis
