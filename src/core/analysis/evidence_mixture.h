// Evidence mixed over alternatives and over the times at which a fault may have begun. Starts at 1 (log 0); while its
// null hypothesis holds, it stays below 1/alpha for ever with probability 1 - alpha (Ville's inequality).
#pragma once

#include <limits>

#include "core/analysis/block_counts.h"

namespace sluice::analysis {

class EvidenceMixture {
 public:
  /// `cap`: the most nats that what comes between two folds adds.
  explicit EvidenceMixture(double cap);

  /// Lets `amount` of what is not yet invested start now, in each alternative; never more than there is.
  void invest(double amount);
  /// Adds log e / tempering, one for each alternative.
  void add(const PerAlternative& log_evidence, double tempering);
  /// Ends a second (or an aggregate): what was added since the last fold counts up to the cap from now on.
  void fold();
  /// log E.
  double log_evidence() const;
  /// Takes what is not yet invested out of the mixture, for other evidence to begin with; the amount.
  double withdraw();

  template <typename Archive>
  void archive(Archive& archive) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    for (double& value : base_) archive.number(value, -kInfinity, 1e12);
    for (double& value : added_) archive.number(value, -1e15, 1e15);
    archive.number(rest_, 0, 1);
  }

 private:
  double cap_;
  PerAlternative base_;     ///< log of what each alternative has come to by the last fold; minus infinity: nothing yet.
  PerAlternative added_{};  ///< Nats since the last fold.
  double rest_ = 1;         ///< Not yet invested; counts as evidence 1.
};

}  // namespace sluice::analysis
