// The death of the controller: an exception that unwinds out of the production code at the point where `kill -9` would
// have stopped it.
#pragma once

#include <map>
#include <optional>

#include "simulation/faults.h"

namespace sluice::simulation {

/// Not a std::exception: nobody but the simulation shall catch it.
struct ControllerDied {};

/// One crash at an exact place, for tests that try every place.
struct CrashPoint {
  Fault mode = Fault::CrashAfterAppend;  ///< CrashBeforeAppend, CrashAfterAppend or CrashBeforeDone.
  int nth = 1;                           ///< At the n-th pass, from 1.
};

class Crashes {
 public:
  Crashes(Faults& faults, std::optional<CrashPoint> exact) : faults_(faults), exact_(exact) {}

  /// Called by the simulated ports at each place. Throws ControllerDied where the controller is to die.
  void pass(Fault mode);
  /// No crash, whatever strikes: while nobody runs that could die.
  void hold_off(bool off) { off_ = off; }
  bool exact_happened() const { return happened_; }

 private:
  Faults& faults_;
  std::optional<CrashPoint> exact_;
  std::map<Fault, int> passes_;
  bool happened_ = false;
  bool off_ = false;
};

}  // namespace sluice::simulation
