// Evidence that GREEN's rate is above a fixed one, without BLUE: the floor under a comparison, and the test after 100%.
#pragma once

#include "core/analysis/evidence_mixture.h"

namespace sluice::analysis {

class OneArmProcess {
 public:
  /// `allowed`: the rate up to which GREEN is not worse, above 0; below 1 unless the kind is Count.
  OneArmProcess(const SequentialSettings& settings, SequentialKind kind, double allowed);

  /// `tempering` was known before these requests.
  void add(const ColourCounts& green, double tempering);
  void invest(double amount) { mixture_.invest(amount); }
  double withdraw() { return mixture_.withdraw(); }
  void end_tick() { mixture_.fold(); }
  double log_evidence() const { return mixture_.log_evidence(); }
  double allowed() const { return allowed_; }

  template <typename Archive>
  void archive(Archive& archive) {
    mixture_.archive(archive);
  }

 private:
  double allowed_;
  PerAlternative an_event_{};   ///< What one event adds …
  PerAlternative a_request_{};  ///< … what one request without adds (Count: one unit of exposure) …
  bool counts_;                 ///< … and whether a request with an event counts as both.
  EvidenceMixture mixture_;
};

}  // namespace sluice::analysis
