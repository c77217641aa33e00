// A YAML value as JSON text.
#pragma once

#include <string>

#include "core/yaml/document.h"

namespace sluice::config {

/// Compact; keys in the order of the file. The value must be one that JSON can say (no .inf, no .nan).
std::string json_text(const yaml::Node& node);

}  // namespace sluice::config
