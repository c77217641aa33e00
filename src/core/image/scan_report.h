// What a vulnerability scanner found in an image.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::image {

/// Rising; the names are Trivy's (`CRITICAL`). Informational is Amazon ECR's, and Trivy has none.
enum class ScanSeverity { Unknown, Informational, Low, Medium, High, Critical };
std::string_view to_string(ScanSeverity severity);
std::optional<ScanSeverity> parse_severity(std::string_view name);

struct Vulnerability {
  std::string id;  ///< `CVE-2024-1234`
  ScanSeverity severity = ScanSeverity::Unknown;
  std::string package;
  std::string installed_version;
  std::string fixed_version;  ///< Empty: no fix is known.
  std::string target;         ///< Where: `debian 12.5`, `usr/lib/python3/…`.
  friend bool operator==(const Vulnerability&, const Vulnerability&) = default;
};

struct ScanReport {
  std::vector<Vulnerability> vulnerabilities;  ///< Worst first; of equal ones by id, package, target.

  /// Brings them into that order.
  void sort();
  std::map<ScanSeverity, int> counts() const;
  /// Those whose severity is one of `severities`, in the report's order.
  std::vector<Vulnerability> of(const std::vector<ScanSeverity>& severities) const;
  friend bool operator==(const ScanReport&, const ScanReport&) = default;
};

/// Reads a report of `trivy image --format json` (schema version 2). Error: InvalidInput for anything that is not
/// wholly such a report: a gate must not pass what it could not read.
Result<ScanReport> parse_trivy_report(std::string_view json);

/// `CVE-2024-1234 CRITICAL openssl 3.0.11-1 (fixed in 3.0.14-1)`.
std::string describe(const Vulnerability& vulnerability);

}  // namespace sluice::image
