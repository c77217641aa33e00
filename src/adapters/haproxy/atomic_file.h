// A file that is either the old one or the new one, whatever happens in between.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::haproxy {

/// What a file must survive.
enum class Survives {
  PowerLoss,  ///< Takes a write to the disk: some milliseconds, many more when the disk is busy.
  Crash,      ///< Of any process; after a loss of power it may be the old file.
};

/// Writes `text` beside `path` (mode 600) and puts it in place. Error: Failed, with the reason.
Status write_atomically(const std::string& path, std::string_view text, Survives survives = Survives::PowerLoss);

/// Errors: NotFound, Failed.
Result<std::string> read_file(const std::string& path);

}  // namespace sluice::haproxy
