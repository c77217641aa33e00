// What the sequential test has found, as sentences for people.
#pragma once

#include <string>

#include "core/analysis/sequential_test.h"

namespace sluice::analysis {

/// "GREEN answers 5xx to 5.8% of requests, BLUE to 0.1% (6 of 103 against 1 of 930); were GREEN no worse than allowed,
/// evidence this strong would come in fewer than 1 of 200 deployments".
std::string describe(const MetricEvidence& evidence);

/// "GREEN answers 5xx to at most 0.3 points more of its requests than BLUE, on average over this traffic step (95%
/// sure)"; `bound_alpha` is what the bound was made with.
std::string describe_bound(double at_most_worse, double bound_alpha);

/// The metric that speaks loudest for an action: nearest to what it needs alone, or furthest past it. Null when no
/// metric has that action.
const MetricEvidence* leading(const Assessment& assessment, Action action);

}  // namespace sluice::analysis
