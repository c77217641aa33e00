// Percent-encoding as RFC 3986 section 2 and AWS's signing documents have it: everything but letters, digits and
// `-._~` becomes `%XY` in upper-case digits.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::aws {

/// Names and values as they are meant, not encoded; a name may occur more than once.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

enum class Slash { Encode, Keep };

/// `Slash::Keep` for a whole path, `Encode` for one part of it (a label) and for queries.
std::string percent_encoded(std::string_view text, Slash slash);
/// The reverse; a `%` that no two digits follow stays as it is.
std::string percent_decoded(std::string_view text);

/// `a=1&b=` with both sides encoded, sorted by encoded name, then by encoded value: the canonical form, and what goes
/// on the wire.
std::string canonical_query(const QueryPairs& pairs);

}  // namespace sluice::aws
