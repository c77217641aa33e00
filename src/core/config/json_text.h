// A YAML value as JSON text.
#pragma once

#include <string>

#include "core/yaml/document.h"

namespace sluice::config {

/// Compact; keys in the order of the file. Numbers that JSON cannot say (.inf, .nan) become null.
std::string json_text(const yaml::Node& node);

}  // namespace sluice::config
