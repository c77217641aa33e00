// Scans of images in memory: each look is answered by the next of what the test says, the last one for ever.
#pragma once

#include <string>
#include <vector>

#include "ports/image_scans.h"

namespace sluice::simulation {

class SimulatedImageScans final : public ports::ImageScans {
 public:
  Result<std::vector<rollout::ImageScan>> look(const rollout::Target&, const std::string& image,
                                               std::stop_token) override {
    asked_for = image;
    const std::size_t next = looks++;
    return answers.at(next < answers.size() ? next : answers.size() - 1);
  }

  std::vector<Result<std::vector<rollout::ImageScan>>> answers{
      std::vector<rollout::ImageScan>{{.platform = "", .progress = rollout::ScanProgress::Done, .reason = ""}}};
  std::string asked_for;  ///< Last.
  std::size_t looks = 0;
};

}  // namespace sluice::simulation
