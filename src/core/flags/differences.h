// What becomes of each flag when one set of them takes the place of another.
#pragma once

#include <string>
#include <vector>

#include "core/flags/flag_set.h"

namespace sluice::flags {

/// A line a change, sorted by flag: `flag dark_mode, enabled: false → true`, `flag burst: (none) → new`.
/// Empty: the same for every client.
std::vector<std::string> differences(const FlagSet& from, const FlagSet& to);

}  // namespace sluice::flags
