#include "simulation/world.h"

namespace sluice::simulation {

Milliseconds call_time(World& world) {
  if (world.faults.strikes(Fault::SlowCall, 0.01)) {
    return world.chance.between(Milliseconds{500}, kLongestSlowCall / 2);
  }
  return world.chance.between(Milliseconds{0}, Milliseconds{4});
}

}  // namespace sluice::simulation
