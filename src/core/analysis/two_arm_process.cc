#include "core/analysis/two_arm_process.h"

namespace sluice::analysis {
namespace {

std::variant<BernoulliBlock, PoissonBlock> evidence_of(const SequentialSettings& settings,
                                                       const SequentialMetric& metric) {
  if (metric.kind == SequentialKind::Count) return PoissonBlock(settings, metric);
  return BernoulliBlock(settings, metric);
}

}  // namespace

TwoArmProcess::TwoArmProcess(const SequentialSettings& settings, const SequentialMetric& metric, double prior)
    : settings_(&settings),
      evidence_(evidence_of(settings, metric)),
      mixture_(settings.cap),
      prior_(prior),
      blue_rate_(prior),
      block_blue_rate_(prior) {}

void TwoArmProcess::open() {
  block_ = {};
  block_blue_rate_ = blue_rate_;
  block_tempering_ = tempering_;
  open_ = 1;
}

void TwoArmProcess::add(const BlockCounts& counts) {
  tick_ += counts.blue;
  if (open_) block_ += counts;
}

void TwoArmProcess::close() {
  if (!open_) return;
  std::visit(
      [&](auto& evidence) {
        evidence.fix(block_blue_rate_);
        if (evidence.usable()) mixture_.add(evidence.log_evidence(block_), block_tempering_);
      },
      evidence_);
  drop();
}

void TwoArmProcess::drop() {
  open_ = 0;
  block_ = {};
}

void TwoArmProcess::end_tick(double fading, bool adjoining) {
  mixture_.fold();
  if (!adjoining) dispersion_.skip();
  dispersion_.add(tick_, std::holds_alternative<BernoulliBlock>(evidence_));
  blue_.add(tick_);
  blue_.fade(fading);
  tick_ = {};
  blue_rate_ = blue_.rate(prior_, settings_->prior_requests);
  tempering_ = dispersion_.tempering(settings_->tempering_prior, settings_->most_tempering);
}

}  // namespace sluice::analysis
