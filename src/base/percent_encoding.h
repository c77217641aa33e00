// Text as a part of an address.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

enum class Slash { Encode, Keep };

/// All but the unreserved characters of RFC 3986 becomes `%XX`: for a part of a path, of a query or of a form.
std::string percent_encoded(std::string_view text, Slash slash = Slash::Encode);

}  // namespace sluice
