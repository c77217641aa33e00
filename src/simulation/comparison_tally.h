// What the comparison of both colours did in many deployments, by what the world knew of GREEN.
#pragma once

namespace sluice::simulation {

struct ComparisonTally {
  int fair = 0;             ///< Deployments with a comparison whose GREEN was never worse than BLUE …
  int fair_rollbacks = 0;   ///< … and which the comparison took back all the same.
  int worse = 0;            ///< Those whose GREEN was worse at some moment …
  int worse_rollbacks = 0;  ///< … and which the comparison took back.
  ComparisonTally& operator+=(const ComparisonTally& other) {
    fair += other.fair;
    fair_rollbacks += other.fair_rollbacks;
    worse += other.worse;
    worse_rollbacks += other.worse_rollbacks;
    return *this;
  }
};

}  // namespace sluice::simulation
