// ports::ImageScans by the scans of Amazon ECR, basic ones and those of Amazon Inspector.
#pragma once

#include <boost/json/fwd.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/client_pool.h"
#include "adapters/aws/ecr/scan_findings.h"
#include "ports/image_scans.h"

namespace sluice::aws::ecr {

/// Asks in the region and the account that the image's address names, with the role of the place where it is deployed:
/// of another account's repository its policy must allow that. May be used from any number of threads at once.
class ImageScans final : public ports::ImageScans {
 public:
  /// Pages of a thousand findings each; an image with more is refused.
  static constexpr int kMostPages = 50;

  /// `clients` must outlive this.
  explicit ImageScans(ClientPool& clients) : clients_(clients) {}

  /// An index has no scan of its own: its images are looked at. (UnsupportedImageTypeException of StartImageScan)
  Result<std::vector<rollout::ImageScan>> look(const rollout::Target& place, const std::string& image,
                                               std::stop_token stop) override;

 private:
  static Result<std::vector<PlatformImage>> images_at(Client& client, const ImagePlace& place,
                                                      const std::stop_token& stop);
  static Result<rollout::ImageScan> scan_of(Client& client, const ImagePlace& place, const std::stop_token& stop);
  static Result<rollout::ImageScan> with_findings(Client& client, const ImagePlace& place,
                                                  const boost::json::object& first, const std::stop_token& stop);

  ClientPool& clients_;
};

}  // namespace sluice::aws::ecr
