// The last slots of one colour, as far back as the alarms look.
#pragma once

#include <span>
#include <vector>

#include "core/analysis/slot.h"

namespace sluice::analysis {

class SlotWindow {
 public:
  /// `length` 0: keeps nothing.
  explicit SlotWindow(Milliseconds length) : length_(length) {}

  void add(Slot slot);
  void clear();
  std::span<const Slot> slots() const { return std::span(slots_).subspan(first_); }

 private:
  Milliseconds length_;
  std::vector<Slot> slots_;
  std::size_t first_ = 0;  ///< What lies before it is too old.
};

}  // namespace sluice::analysis
