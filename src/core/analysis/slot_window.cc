#include "core/analysis/slot_window.h"

#include <utility>

namespace sluice::analysis {

void SlotWindow::add(Slot slot, TimePoint oldest) {
  slots_.push_back(std::move(slot));
  while (first_ < slots_.size() && slots_[first_].start < oldest) ++first_;
  // Moved down only when half is old, so that a slot costs the same however long the window is.
  if (first_ * 2 <= slots_.size()) return;
  slots_.erase(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

void SlotWindow::clear() {
  slots_.clear();
  first_ = 0;
}

}  // namespace sluice::analysis
