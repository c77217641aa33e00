// Lays an environment's overrides over the file's values.
#pragma once

#include "core/config/shape.h"
#include "core/yaml/document.h"

namespace sluice::config {

/// Mappings merge key by key, lists and scalars replace, and so does every mapping of which exactly one of several keys
/// is used. Each value keeps the place where it was written. Either side may be null: then the other is the answer.
yaml::NodePointer merge(const yaml::NodePointer& below, const yaml::NodePointer& above, const Shape& shape);

}  // namespace sluice::config
