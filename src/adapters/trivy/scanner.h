// ports::Scanner with Trivy, where it is installed.
#pragma once

#include <string>

#include "ports/processes.h"
#include "ports/scanner.h"

namespace sluice::trivy {

class Scanner final : public ports::Scanner {
 public:
  /// `scratch_directory` takes the image as an archive while it is scanned. `processes` must outlive this.
  Scanner(std::string scratch_directory, ports::Processes& processes)
      : scratch_directory_(std::move(scratch_directory)), processes_(processes) {}

  Result<image::ScanReport> scan(const std::string& image_id, std::stop_token stop) override;

 private:
  std::string scratch_directory_;
  ports::Processes& processes_;
};

}  // namespace sluice::trivy
