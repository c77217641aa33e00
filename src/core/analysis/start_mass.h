// How much evidence starts when. A fault may begin at any time; what was invested long ago has learnt to trust GREEN.
// The amounts depend on the clock and on changes of weight alone, never on what was answered.
#pragma once

#include "core/analysis/sequential_settings.h"

namespace sluice::analysis {

class StartMass {
 public:
  double at_start(const SequentialSettings& settings) { return take(settings.mass_at_start, 0); }
  double at_weight_change(const SequentialSettings& settings) {
    return take(settings.mass_at_weight_change, settings.mass_reserve);
  }
  /// The share of `passed`. Once the reserve is reached, that is paid out slowly for as long as the deployment lasts.
  double over(Milliseconds passed, const SequentialSettings& settings);

  template <typename Archive>
  void archive(Archive& archive) {
    archive.number(rest_, 0, 1);
  }

 private:
  double take(double amount, double kept);
  double rest_ = 1;
};

}  // namespace sluice::analysis
