// Queries as AWS's signing documents have them, percent-encoded as RFC 3986 section 2.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/percent_encoding.h"

namespace sluice::aws {

/// Names and values as they are meant, not encoded; a name may occur more than once.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

/// The reverse of percent_encoded; a `%` that no two digits follow stays as it is.
std::string percent_decoded(std::string_view text);

/// `a=1&b=` with both sides encoded, sorted by encoded name, then by encoded value: the canonical form, and what goes
/// on the wire.
std::string canonical_query(const QueryPairs& pairs);

}  // namespace sluice::aws
