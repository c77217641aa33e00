// The five fields of `on.schedule.cron` (POSIX cron, with names of months and days).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::workflow {

/// What is wrong with the line, or nothing. At most one moment every five minutes is allowed.
std::optional<std::string> cron_mistake(std::string_view line);

}  // namespace sluice::workflow
