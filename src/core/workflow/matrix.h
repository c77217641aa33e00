// The combinations that a job runs in.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "core/workflow/value.h"

namespace sluice::workflow {

inline constexpr std::size_t kMostLegs = 256;  ///< As GitHub's limit for a job.

/// One object of values a combination, for an evaluated `strategy.matrix`: the product of its lists in the order of
/// their keys, the last one changing fastest; without those that `exclude` describes (a part of the values is
/// enough); then each entry of `include` is merged into every combination of which it changes no value of the lists,
/// else it is one more combination. Errors: InvalidInput (no object, a key that is no list, no or too many legs).
Result<std::vector<Object>> expand_matrix(const Value& matrix);

/// Only the combinations that have all of these values (as text).
std::vector<Object> keep_matching(std::vector<Object> legs,
                                  const std::vector<std::pair<std::string, std::string>>& wanted);

/// `3.11, linux`: the values for people, in their order; objects and arrays as JSON.
std::string describe_leg(const Object& leg);

}  // namespace sluice::workflow
