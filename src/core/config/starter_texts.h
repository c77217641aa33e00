// The files below starter/, as they were when the program was built.
#pragma once

#include <map>
#include <string_view>

namespace sluice::config {

using StarterTexts = std::map<std::string_view, std::string_view>;

/// By their names. In them `@NAME@`, `@PORT@` and the like stand for what is seen in a repository.
const StarterTexts& starter_texts();

}  // namespace sluice::config
