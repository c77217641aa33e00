// What a count of trials says about a chance.
#pragma once

#include <cstdint>

namespace sluice::rehearsal {

/// The chance that at least `count` of `trials` happen, each with this chance.
double chance_of_at_least(std::int64_t count, std::int64_t trials, double chance);

/// The chance is below this with the stated confidence, when `count` of `trials` happened (Clopper and Pearson, 1934;
/// one-sided).
double upper_bound_of_chance(std::int64_t count, std::int64_t trials, double confidence);

/// The fewest of `trials` that happen with less than `at_most` probability, when each has this chance; `trials` + 1
/// when even all of them would not be so unlikely.
std::int64_t improbable_count(std::int64_t trials, double chance, double at_most);

}  // namespace sluice::rehearsal
