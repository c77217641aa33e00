#include "core/analysis/one_arm_process.h"

#include <cmath>

namespace sluice::analysis {

OneArmProcess::OneArmProcess(const SequentialSettings& settings, SequentialKind kind, double allowed)
    : allowed_(allowed), counts_(kind == SequentialKind::Count), mixture_(settings.cap) {
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    const double times = std::exp(settings.alternatives[i]);
    if (counts_) {
      an_event_[i] = settings.alternatives[i];
      a_request_[i] = -allowed * (times - 1);
    } else {
      const double odds = allowed / (1 - allowed) * times;
      an_event_[i] = std::log(odds / (1 + odds)) - std::log(allowed);
      a_request_[i] = -std::log1p(odds) - std::log1p(-allowed);
    }
  }
}

void OneArmProcess::add(const ColourCounts& green, double tempering) {
  const auto events = static_cast<double>(green.events);
  const auto without = static_cast<double>(counts_ ? green.requests : green.requests - green.events);
  PerAlternative log_evidence;
  for (std::size_t i = 0; i < kAlternatives; ++i) log_evidence[i] = events * an_event_[i] + without * a_request_[i];
  mixture_.add(log_evidence, tempering);
}

}  // namespace sluice::analysis
