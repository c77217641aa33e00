// One comparison of GREEN with BLUE's concurrent traffic: blocks, the mixture that they feed, and what is known of BLUE
// for the next block. What a block is judged with is fixed when it opens, from seconds that have ended.
#pragma once

#include <variant>

#include "core/analysis/bernoulli_block.h"
#include "core/analysis/dispersion.h"
#include "core/analysis/evidence_mixture.h"
#include "core/analysis/poisson_block.h"
#include "core/analysis/running_rate.h"

namespace sluice::analysis {

class TwoArmProcess {
 public:
  /// `prior`: BLUE's rate before BLUE was seen.
  TwoArmProcess(const SequentialSettings& settings, const SequentialMetric& metric, double prior);

  void open();
  /// What came in a slot. Between blocks (before the canary) only BLUE is learnt.
  void add(const BlockCounts& counts);
  /// Both colours' requests of the block count as evidence now.
  void close();
  /// The block says nothing.
  void drop();
  void invest(double amount) { mixture_.invest(amount); }
  double withdraw() { return mixture_.withdraw(); }
  /// A second (or an aggregate) has ended; `fading` is for the time since the last one. `adjoining`: it followed the
  /// one before without a gap, and the events mean the same in both.
  void end_tick(double fading, bool adjoining);

  double log_evidence() const { return mixture_.log_evidence(); }
  const BlockCounts& block() const { return block_; }
  double block_tempering() const { return block_tempering_; }
  /// By the seconds that have ended.
  double tempering() const { return tempering_; }
  /// What is known of BLUE's rate by the seconds that have ended.
  double blue_rate() const { return blue_rate_; }

  template <typename Archive>
  void archive(Archive& archive) {
    mixture_.archive(archive);
    blue_.archive(archive);
    dispersion_.archive(archive);
    archive.integer(tick_.requests, 0, kMostCount);
    archive.integer(tick_.events, 0, kMostCount);
    archive.number(blue_rate_, 0, 1e15);
    archive.number(tempering_, 1, 1000);
    archive.number(block_blue_rate_, 0, 1e15);
    archive.number(block_tempering_, 1, 1000);
    archive.integer(open_, 0, 1);
    archive.integer(block_.green.requests, 0, kMostCount);
    archive.integer(block_.green.events, 0, kMostCount);
    archive.integer(block_.blue.requests, 0, kMostCount);
    archive.integer(block_.blue.events, 0, kMostCount);
  }

 private:
  const SequentialSettings* settings_;
  std::variant<BernoulliBlock, PoissonBlock> evidence_;
  EvidenceMixture mixture_;
  double prior_;
  RunningRate blue_;
  Dispersion dispersion_;
  ColourCounts tick_;  ///< BLUE's in the second that runs.
  double blue_rate_;   ///< As of the last second's end …
  double tempering_ = 1;
  double block_blue_rate_;  ///< … and as of the block's opening.
  double block_tempering_ = 1;
  std::uint8_t open_ = 0;
  BlockCounts block_;
};

}  // namespace sluice::analysis
