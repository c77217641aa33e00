// Patterns of attributes' values, as far as they can be tried here.
#pragma once

#include <optional>
#include <string_view>

namespace sluice::flags {

/// Whether the pattern is found in the text; nothing where this cannot be said here: a pattern that is no ECMAScript
/// expression, one with back-references, or one that repeats so much that trying it would take long. AppConfig tries
/// those.
std::optional<bool> is_found(std::string_view pattern, std::string_view text);

}  // namespace sluice::flags
