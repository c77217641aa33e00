// What a check answers. Four verdicts, not two: losing telemetry is never health.
#pragma once

#include <optional>
#include <string_view>

namespace sluice::analysis {

enum class Verdict { Ok, Breaching, NoData, Error };

std::string_view to_string(Verdict verdict);
std::optional<Verdict> parse_verdict(std::string_view name);

}  // namespace sluice::analysis
