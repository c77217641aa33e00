// All that a file says of each flag, taken apart so that two files can be held against each other.
#pragma once

#include <map>
#include <string>

#include "core/yaml/document.h"

namespace sluice::flags {

/// As FlagSet::flags has it. The document must have passed the checks.
std::map<std::string, std::map<std::string, std::string>> sayings_of(const yaml::Node& root);

}  // namespace sluice::flags
