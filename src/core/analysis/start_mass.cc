#include "core/analysis/start_mass.h"

#include <algorithm>
#include <cmath>

namespace sluice::analysis {

double StartMass::take(double amount, double kept) {
  const double taken = std::clamp(amount, 0.0, std::max(0.0, rest_ - kept));
  rest_ -= taken;
  return taken;
}

double StartMass::over(Milliseconds passed, const SequentialSettings& settings) {
  const double plans = static_cast<double>(passed.count()) / static_cast<double>(settings.planned.count());
  if (rest_ > settings.mass_reserve) return take(settings.mass_over_plan * plans, settings.mass_reserve);
  return take(-rest_ * std::expm1(-plans), 0);
}

}  // namespace sluice::analysis
