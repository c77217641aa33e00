#include "simulation/crash.h"

namespace sluice::simulation {
namespace {

constexpr double kCrashProbability = 0.01;

}  // namespace

void Crashes::pass(Fault mode) {
  if (off_) return;
  const int pass = ++passes_[mode];
  if (exact_ && exact_->mode == mode && exact_->nth == pass) {
    happened_ = true;
    faults_.count(mode);
    throw ControllerDied{};
  }
  if (faults_.strikes(mode, kCrashProbability)) throw ControllerDied{};
}

}  // namespace sluice::simulation
