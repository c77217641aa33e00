// What a flag is: enabled or not with its attributes' values, or that of several variants that a rule chooses.
#pragma once

#include <string_view>
#include <vector>

#include "core/flags/attribute.h"

namespace sluice::flags {

/// A flag as `flags` defines it.
struct Definition {
  std::string_view name;
  std::vector<Attribute> attributes;
};

/// Reports what is wrong with a member of `values`.
void check_flag_value(Checker& checker, const yaml::Node& node, const Definition& definition);

}  // namespace sluice::flags
