// What the findings of a registry's own scan must not hold before a deployment may begin: those of Amazon ECR.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/image/scan_report.h"

namespace sluice::rollout {

struct ScanGate {
  std::vector<image::ScanSeverity> block{image::ScanSeverity::Critical, image::ScanSeverity::High};
  std::vector<std::string> allow;                ///< Findings that do not count, by name: `CVE-2024-1234`.
  Milliseconds within{std::chrono::minutes{5}};  ///< How long a scan that is not over is waited for.
  friend bool operator==(const ScanGate&, const ScanGate&) = default;
};

boost::json::value to_json(const ScanGate& gate);
/// `path` is the RFC 6901 pointer of `value` in its record. Error: InvalidInput.
Result<ScanGate> read_scan_gate(const boost::json::value& value, std::string path);

}  // namespace sluice::rollout
