// The gate of an alarm (`gate_on_blue: hold`): whether BLUE's traffic of the same time explains a breach of GREEN's.
// docs/analysis.md says how, and what that guarantees.
#pragma once

#include <span>
#include <vector>

#include "core/analysis/alarm.h"
#include "core/analysis/block_counts.h"
#include "core/analysis/slot.h"

namespace sluice::analysis {

/// A GREEN whose requests are bad so many times as often as BLUE's is explained by BLUE.
inline constexpr double kGateRatio = 1.5;
/// BLUE explains a breach until evidence speaks against it that would come in fewer than one of so many spans.
inline constexpr double kGateOdds = 10'000;
/// A span is compared in this many parts or more: one burst of bad luck is not the whole of the evidence.
inline constexpr int kGateParts = 12;
/// … each no longer than this.
inline constexpr Milliseconds kLongestGatePart{10'000};

/// What is compared: the slots of both colours that end in (from, until].
struct GateSpan {
  std::span<const Slot> green;
  std::span<const Slot> blue;
  TimePoint from{};
  TimePoint until{};
};

/// Both colours' requests and bad ones, part by part; a stretch in which one colour had none is part of its neighbour.
std::vector<BlockCounts> gate_parts(const Alarm& alarm, const GateSpan& span);

/// The evidence in nats against "GREEN's requests are bad at most kGateRatio times as often as BLUE's, in each part".
/// While that is so, its exponential exceeds x in fewer than one of x spans. `tempering`, 1 or more, divides it.
double log_evidence_against_blue(std::span<const BlockCounts> parts, double tempering);

/// For ratios, and for percentiles with a threshold of their own: whether BLUE had the alarm's least number of requests
/// in the span and the evidence against it stays below kGateOdds.
bool blue_explains(const Alarm& alarm, const GateSpan& span);

}  // namespace sluice::analysis
