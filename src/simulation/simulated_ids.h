// Ids in order: as long as the real ones, and sorted by time like them.
#pragma once

#include <fmt/format.h>

#include "ports/ids.h"

namespace sluice::simulation {

class SimulatedIds final : public ports::Ids {
 public:
  std::string next() override { return fmt::format("01ks{:022}", ++count_); }

 private:
  long count_ = 0;
};

}  // namespace sluice::simulation
