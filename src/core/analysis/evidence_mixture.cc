#include "core/analysis/evidence_mixture.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/log_sum.h"

namespace sluice::analysis {
EvidenceMixture::EvidenceMixture(double cap) : cap_(cap) { base_.fill(-std::numeric_limits<double>::infinity()); }

void EvidenceMixture::invest(double amount) {
  const double invested = std::min(amount, rest_);
  if (!(invested > 0)) return;
  rest_ -= invested;
  // What starts now must not earn what was added before: that is folded first.
  fold();
  const double log_invested = std::log(invested);
  for (double& base : base_) base = log_sum(base, log_invested);
}

double EvidenceMixture::withdraw() {
  const double amount = rest_;
  rest_ = 0;
  return amount;
}

void EvidenceMixture::add(const PerAlternative& log_evidence, double tempering) {
  for (std::size_t i = 0; i < kAlternatives; ++i) added_[i] += log_evidence[i] / tempering;
}

void EvidenceMixture::fold() {
  for (std::size_t i = 0; i < kAlternatives; ++i) base_[i] += std::min(cap_, added_[i]);
  added_.fill(0);
}

double EvidenceMixture::log_evidence() const {
  PerAlternative logs;
  for (std::size_t i = 0; i < kAlternatives; ++i) logs[i] = base_[i] + std::min(cap_, added_[i]);
  const double log_rest = std::log(rest_);
  const double most = std::max(std::ranges::max(logs), log_rest);
  if (std::isinf(most)) return most;
  double sum = std::exp(log_rest - most);
  for (const double value : logs) sum += std::exp(value - most) / kAlternatives;
  return most + std::log(sum);
}

}  // namespace sluice::analysis
