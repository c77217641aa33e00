// What looks for known vulnerabilities in an image.
#pragma once

#include <stop_token>
#include <string>

#include "base/result.h"
#include "core/image/scan_report.h"

namespace sluice::ports {

class Scanner {
 public:
  virtual ~Scanner() = default;
  /// Scans an image of the local store, by id. Errors: NotFound (no scanner is installed), Failed (it could not scan:
  /// no database, …), InvalidInput (its report cannot be read), Cancelled.
  virtual Result<image::ScanReport> scan(const std::string& image_id, std::stop_token stop) = 0;
};

}  // namespace sluice::ports
