#include "base/position.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

std::string to_string(const Finding& finding) {
  const char* severity = finding.severity == Severity::Error     ? "error"
                         : finding.severity == Severity::Warning ? "warning"
                                                                 : "note";
  if (finding.at.line == 0) return fmt::format("{}: {}: {}", finding.file, severity, finding.message);
  return fmt::format("{}:{}:{}: {}: {}", finding.file, finding.at.line, finding.at.column, severity, finding.message);
}

bool has_errors(const Findings& findings) {
  return std::ranges::any_of(findings, [](const Finding& f) { return f.severity == Severity::Error; });
}

}  // namespace sluice
