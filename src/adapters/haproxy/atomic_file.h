// A file that is either the old one or the new one, whatever happens in between.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::haproxy {

/// Writes `text` beside `path` (mode 600), makes it durable and puts it in place. Error: Failed, with the reason.
Status write_atomically(const std::string& path, std::string_view text);

/// Errors: NotFound, Failed.
Result<std::string> read_file(const std::string& path);

}  // namespace sluice::haproxy
