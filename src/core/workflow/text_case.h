// Comparing text without case, as .NET's ordinal comparison does: each character by its simple upper-case form,
// whatever the locale. Covers ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic; other letters compare as they are.
#pragma once

#include <string>
#include <string_view>

namespace sluice::workflow {

bool equal_without_case(std::string_view left, std::string_view right);
/// Below, at or above 0, by the upper-case forms' code points.
int compare_without_case(std::string_view left, std::string_view right);
/// `text` (UTF-8; bytes that are none stay as they are) in upper case.
std::string upper_case(std::string_view text);

}  // namespace sluice::workflow
