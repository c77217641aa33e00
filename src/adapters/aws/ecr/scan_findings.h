// Reads what Amazon ECR answers about an image's manifest and its scans.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/rollout/image_scan.h"

namespace sluice::aws::ecr {

/// An image in a repository of ECR.
struct ImagePlace {
  std::string account;  ///< Of the registry: twelve digits.
  std::string region;
  std::string repository;
  std::string digest;  ///< `sha256:…`

  /// `image shop/web@sha256:… of registry 123456789012`
  std::string to_string() const;
  friend bool operator==(const ImagePlace&, const ImagePlace&) = default;
};

/// Nothing for a reference that is not `ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:…` (or the like, see
/// `address_of`).
std::optional<ImagePlace> image_place_of(const std::string& reference);

struct PlatformImage {
  std::string platform;  ///< `linux/arm64`; empty: the image is no index.
  std::string digest;
  friend bool operator==(const PlatformImage&, const PlatformImage&) = default;
};

/// The images under a digest, by its manifest: those of an index (OCI's image index, Docker's manifest list), or the
/// one. What buildkit adds for its attestations, whose platform is `unknown/unknown`, is no image. Error: InvalidInput
/// (no manifest; an index of no image, or of another index).
Result<std::vector<PlatformImage>> images_under(const std::string& digest, const std::string& manifest);

/// Adds the findings of a page of DescribeImageScanFindings, of basic scanning (`findings`) and of enhanced scanning
/// (`enhancedFindings`, without those that a rule of Amazon Inspector suppresses or that are closed). How many the page
/// lists, those included. Error: InvalidInput (a finding of a severity that is not known).
Result<std::size_t> add_findings(const boost::json::object& page, image::ScanReport& report);

/// Where a scan stands, by the first page of an answer of DescribeImageScanFindings. The findings are not read.
/// (https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageScanStatus.html)
rollout::ImageScan progress_of(const boost::json::object& page, const ImagePlace& place);

/// Why nothing can be taken from an answer that says the scan is done and lists no finding: it counts some, or it does
/// not say when the scan was over. Nothing when it can be believed.
std::optional<std::string> doubt_about(const boost::json::object& page);

/// Of ScanNotFoundException.
std::string never_scanned(const ImagePlace& place);

}  // namespace sluice::aws::ecr
