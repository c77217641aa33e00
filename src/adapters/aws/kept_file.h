// Small files of sluice's own, for what AWS does not keep for it.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::aws {

/// Puts a line into the place of a whole file, whose folder is made; who reads meanwhile gets the one or the other.
/// `what` for people: `a copy of the listener rule`. Error: Unavailable.
Status keep_file(const std::string& path, const std::string& line, std::string_view what);

/// The object in a file; nothing when there is no such file. `meaning` for people, when it is damaged: what it says,
/// and when it may be removed. Error: Unavailable (damaged).
Result<std::optional<boost::json::object>> read_kept_object(const std::string& path, const std::string& meaning);

}  // namespace sluice::aws
