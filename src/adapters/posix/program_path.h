// Where a program's file is.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::posix {

/// The path of `name`: itself when it has a slash, else the first executable file of that name in the folders of
/// `path` (colon separated; an empty `path` means the usual system folders). Errors: NotFound; Denied (a file of
/// that name is there, but none that may be executed).
Result<std::string> find_program(std::string_view name, std::string_view path);

}  // namespace sluice::posix
