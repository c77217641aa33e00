// Holds a YAML document against the shape that it should have.
#pragma once

#include <set>
#include <string_view>

#include "base/position.h"
#include "core/config/shape.h"
#include "core/yaml/document.h"

namespace sluice::config {

struct Checked {
  Findings findings;
  /// Nodes that a finding is about: their values mean nothing. Later rules pass them over, so that one mistake is
  /// told once.
  std::set<const yaml::Node*> bad;
};

/// Every unknown key (with the nearest valid one), wrong type, value that is not of its form, out of its range or
/// unknown, missing key, and key that this version cannot carry out. Keys that may come from an environment's override
/// are not required here.
Checked check(const yaml::Node& root, const Shape& shape, std::string_view file);

}  // namespace sluice::config
