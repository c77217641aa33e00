#include "core/analysis/blue_gate.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/bad_counts.h"
#include "core/analysis/dispersion.h"
#include "core/analysis/evidence_mixture.h"
#include "core/analysis/sequential_settings.h"

namespace sluice::analysis {
namespace {

constexpr Milliseconds kSecond{1000};

bool is_within(const GateSpan& span, const Slot& slot) {
  const TimePoint end = slot.start + kSlotLength;
  return end > span.from && end <= span.until;
}

/// Which stretch of `length` since the span's beginning a slot ends in.
std::size_t stretch_of(const GateSpan& span, const Slot& slot, Milliseconds length) {
  return static_cast<std::size_t>((slot.start + kSlotLength - span.from - Milliseconds{1}) / length);
}

Milliseconds part_length(Milliseconds span) {
  const Milliseconds part = span / kGateParts;
  return std::clamp(part - part % kSlotLength, kSlotLength, kLongestGatePart);
}

/// How much more BLUE's bad requests scatter from second to second than independent ones would.
double tempering_of(const Alarm& alarm, const GateSpan& span) {
  const auto count = static_cast<std::size_t>((span.until - span.from) / kSecond + 1);
  std::vector<ColourCounts> seconds(count);
  for (const Slot& slot : span.blue) {
    if (!is_within(span, slot)) continue;
    seconds[stretch_of(span, slot, kSecond)] += bad_counts(alarm.metric, slow_bucket(alarm), slot);
  }
  Dispersion dispersion;
  const bool yes_no = alarm.metric != Metric::ErrorLogRate;
  for (const ColourCounts& second : seconds) dispersion.add(second, yes_no);
  const SequentialSettings defaults;
  return dispersion.tempering(defaults.tempering_prior, defaults.most_tempering);
}

/// log e of one part, for each alternative: likelihood ratios of whose each bad request is, at GREEN's share of the
/// exposure and the most that it may have.
PerAlternative log_evidence_of(const BlockCounts& part, const PerAlternative& alternatives) {
  const double green = kGateRatio * static_cast<double>(part.green.requests);
  const double share = green / (green + static_cast<double>(part.blue.requests));
  const auto of_green = static_cast<double>(part.green.events);
  const double of_both = of_green + static_cast<double>(part.blue.events);
  PerAlternative logs;
  for (std::size_t i = 0; i < kAlternatives; ++i) {
    logs[i] = of_green * alternatives[i] - of_both * std::log1p(share * std::expm1(alternatives[i]));
  }
  return logs;
}

}  // namespace

std::vector<BlockCounts> gate_parts(const Alarm& alarm, const GateSpan& span) {
  if (span.until <= span.from) return {};
  const Milliseconds length = part_length(span.until - span.from);
  std::vector<BlockCounts> stretches(static_cast<std::size_t>((span.until - span.from) / length + 1));
  const int slow = slow_bucket(alarm);
  for (const Slot& slot : span.green) {
    if (is_within(span, slot)) stretches[stretch_of(span, slot, length)].green += bad_counts(alarm.metric, slow, slot);
  }
  for (const Slot& slot : span.blue) {
    if (is_within(span, slot)) stretches[stretch_of(span, slot, length)].blue += bad_counts(alarm.metric, slow, slot);
  }
  std::vector<BlockCounts> parts;
  BlockCounts part;
  for (const BlockCounts& stretch : stretches) {
    part += stretch;
    if (part.green.requests == 0 || part.blue.requests == 0) continue;
    parts.push_back(part);
    part = {};
  }
  // What is left over at the end had no requests of one colour: it goes with the part before.
  if (!parts.empty()) parts.back() += part;
  return parts;
}

double log_evidence_against_blue(std::span<const BlockCounts> parts, double tempering) {
  const double most_of_one_part = std::log(kGateOdds) / 3;
  const SequentialSettings defaults;
  EvidenceMixture mixture(most_of_one_part);
  mixture.invest(1);
  for (const BlockCounts& part : parts) {
    mixture.add(log_evidence_of(part, defaults.alternatives), tempering);
    mixture.fold();
  }
  return mixture.log_evidence();
}

bool blue_explains(const Alarm& alarm, const GateSpan& span) {
  const std::vector<BlockCounts> parts = gate_parts(alarm, span);
  std::int64_t of_blue = 0;
  for (const BlockCounts& part : parts) of_blue += part.blue.requests;
  if (of_blue < std::max(1L, alarm.minimum_samples)) return false;
  return log_evidence_against_blue(parts, tempering_of(alarm, span)) < std::log(kGateOdds);
}

}  // namespace sluice::analysis
