// Where the journal is, by the variable SLUICE_JOURNAL.
#pragma once

#include <optional>

#include "base/result.h"
#include "core/rollout/journal_place.h"

namespace sluice::cli {

/// Nothing when it is not set or empty: the journal is in the home. Error: InvalidInput.
Result<std::optional<rollout::JournalPlace>> journal_place_of_environment();

}  // namespace sluice::cli
