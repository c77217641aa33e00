// The last slots of one colour, as far back as the alarms look.
#pragma once

#include <span>
#include <vector>

#include "core/analysis/slot.h"

namespace sluice::analysis {

class SlotWindow {
 public:
  /// What starts before `oldest` is forgotten.
  void add(Slot slot, TimePoint oldest);
  void clear();
  std::span<const Slot> slots() const { return std::span(slots_).subspan(first_); }

 private:
  std::vector<Slot> slots_;
  std::size_t first_ = 0;  ///< What lies before it is too old.
};

}  // namespace sluice::analysis
