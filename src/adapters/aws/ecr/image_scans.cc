#include "adapters/aws/ecr/image_scans.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "adapters/aws/json_member.h"

namespace sluice::aws::ecr {
namespace {

namespace json = boost::json;
using rollout::ImageScan;
using rollout::ScanProgress;

constexpr int kFindingsOfAPage = 1'000;  ///< DescribeImageScanFindings gives no more.

Result<json::object> ask_for_page(Client& client, const ImagePlace& place, const std::string& token,
                                  const std::stop_token& stop) {
  const Call call{.service = "ecr", .operation = "DescribeImageScanFindings", .resource = place.to_string()};
  json::object input{{"registryId", place.account},
                     {"repositoryName", place.repository},
                     {"imageId", {{"imageDigest", place.digest}}},
                     {"maxResults", kFindingsOfAPage}};
  if (!token.empty()) input["nextToken"] = token;
  return client.ask(call, input, stop);
}

/// Neither ImageNotFoundException nor RepositoryNotFoundException.
bool is_never_scanned(const Error& error) {
  return error.kind == ErrorKind::NotFound && error.message.find("ScanNotFoundException") != std::string::npos;
}

Error without_image(const json::object& answer, const ImagePlace& place) {
  static const json::object kNone;
  const json::object* const said = first_object_in(answer, "failures");
  const json::object& failure = said == nullptr ? kNone : *said;
  const std::string code = text_member(failure, "failureCode");
  ErrorKind kind = ErrorKind::Failed;
  if (code == "ImageNotFound" || code.empty()) kind = ErrorKind::NotFound;
  if (code == "UpstreamUnavailable" || code == "UpstreamTooManyRequests") kind = ErrorKind::Unavailable;
  return {kind, fmt::format("there is no {} in {}: {} {}", place.to_string(), place.region,
                            code.empty() ? "ECR names no reason" : code + ":", text_member(failure, "failureReason"))};
}

}  // namespace

Result<std::vector<ImageScan>> ImageScans::look(const rollout::Target& place, const std::string& image,
                                                std::stop_token stop) {
  const auto there = image_place_of(image);
  if (!there) {
    return Error{
        ErrorKind::InvalidInput,
        fmt::format("'{}' is not in a private repository of Amazon ECR, so that it has no findings: push it to "
                    "one, or say 'scan_findings: off' for this service",
                    image)};
  }
  const auto access = access_of(place);
  TRY_ASSIGN(Client* const client, clients_.get(there->region, access ? access->role : ""));
  TRY_ASSIGN(const std::vector<PlatformImage> images, images_at(*client, *there, stop));
  std::vector<ImageScan> scans;
  for (const PlatformImage& each : images) {
    ImagePlace own = *there;
    own.digest = each.digest;
    TRY_ASSIGN(ImageScan scan, scan_of(*client, own, stop));
    scan.platform = each.platform;
    scans.push_back(std::move(scan));
  }
  return scans;
}

/// Without acceptedMediaTypes the manifest comes as it was pushed.
Result<std::vector<PlatformImage>> ImageScans::images_at(Client& client, const ImagePlace& place,
                                                         const std::stop_token& stop) {
  const Call call{.service = "ecr", .operation = "BatchGetImage", .resource = place.to_string()};
  const json::object input{{"registryId", place.account},
                           {"repositoryName", place.repository},
                           {"imageIds", json::array{{{"imageDigest", place.digest}}}}};
  TRY_ASSIGN(const json::object answer, client.ask(call, input, stop));
  const json::object* const image = first_object_in(answer, "images");
  if (image == nullptr) return without_image(answer, place);
  return images_under(place.digest, text_member(*image, "imageManifest"));
}

Result<ImageScan> ImageScans::scan_of(Client& client, const ImagePlace& place, const std::stop_token& stop) {
  const auto first = ask_for_page(client, place, "", stop);
  if (!first && is_never_scanned(first.error())) {
    return ImageScan{.platform = "", .progress = ScanProgress::Pending, .reason = never_scanned(place)};
  }
  if (!first) return first.error();
  ImageScan scan = progress_of(*first, place);
  if (scan.progress != ScanProgress::Done) return scan;
  return with_findings(client, place, *first, stop);
}

Result<ImageScan> ImageScans::with_findings(Client& client, const ImagePlace& place, const json::object& first,
                                            const std::stop_token& stop) {
  ImageScan scan{.platform = "", .progress = ScanProgress::Done, .reason = ""};
  TRY_ASSIGN(std::size_t listed, add_findings(first, scan.report));
  std::string token = text_member(first, "nextToken");
  for (int pages = 1; !token.empty(); ++pages) {
    if (pages >= kMostPages) {
      return Error{ErrorKind::Failed,
                   fmt::format("{} has more than {} findings, of which no more are read", place.to_string(), listed)};
    }
    TRY_ASSIGN(const json::object page, ask_for_page(client, place, token, stop));
    TRY_ASSIGN(const std::size_t more, add_findings(page, scan.report));
    listed += more;
    token = text_member(page, "nextToken");
  }
  scan.report.sort();
  const auto doubt = listed == 0 ? doubt_about(first) : std::nullopt;
  if (doubt) return ImageScan{.platform = "", .progress = ScanProgress::Pending, .reason = *doubt};
  return scan;
}

}  // namespace sluice::aws::ecr
