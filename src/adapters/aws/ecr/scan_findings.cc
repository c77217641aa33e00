#include "adapters/aws/ecr/scan_findings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <boost/json.hpp>
#include <string_view>
#include <utility>

#include "adapters/aws/ecr/registries.h"
#include "adapters/aws/json_member.h"

namespace sluice::aws::ecr {
namespace {

namespace json = boost::json;
using image::ScanSeverity;
using image::Vulnerability;
using rollout::ImageScan;
using rollout::ScanProgress;

constexpr std::string_view kNoPlatform = "unknown/unknown";
/// What Amazon Inspector writes for a version that mends nothing.
constexpr std::string_view kNoFix = "NotAvailable";

Error unreadable(const std::string& what) {
  return {ErrorKind::InvalidInput, "ecr DescribeImageScanFindings: " + what};
}

/// UNDEFINED is basic scanning's word for what has no severity, UNTRIAGED enhanced scanning's.
Result<ScanSeverity> severity_of(const std::string& name, const std::string& id) {
  if (name == "UNDEFINED" || name == "UNTRIAGED") return ScanSeverity::Unknown;
  if (const auto severity = image::parse_severity(name)) return *severity;
  return unreadable(fmt::format("the finding {} has the severity '{}', which this sluice does not know", id, name));
}

std::string attribute(const json::object& finding, std::string_view key) {
  for (const json::object* each : objects_in(finding, "attributes")) {
    if (text_member(*each, "key") == key) return text_member(*each, "value");
  }
  return {};
}

Result<Vulnerability> read_basic(const json::object& finding) {
  Vulnerability found{.id = text_member(finding, "name"),
                      .severity = ScanSeverity::Unknown,
                      .package = attribute(finding, "package_name"),
                      .installed_version = attribute(finding, "package_version"),
                      .fixed_version = {},
                      .target = {}};
  TRY_ASSIGN(found.severity, severity_of(text_member(finding, "severity"), found.id));
  return found;
}

/// Of several packages the first is named.
Result<Vulnerability> read_enhanced(const json::object& finding) {
  static const json::object kNone;
  const json::object* const details = object_member(finding, "packageVulnerabilityDetails");
  const json::object* const package = details == nullptr ? nullptr : first_object_in(*details, "vulnerablePackages");
  const json::object& of = package == nullptr ? kNone : *package;
  Vulnerability found{.id = details == nullptr ? "" : text_member(*details, "vulnerabilityId"),
                      .severity = ScanSeverity::Unknown,
                      .package = text_member(of, "name"),
                      .installed_version = text_member(of, "version"),
                      .fixed_version = text_member(of, "fixedInVersion"),
                      .target = text_member(of, "filePath")};
  if (found.id.empty()) found.id = text_member(finding, "title");
  if (const std::string release = text_member(of, "release"); !release.empty())
    found.installed_version += "-" + release;
  if (found.fixed_version == kNoFix) found.fixed_version.clear();
  TRY_ASSIGN(found.severity, severity_of(text_member(finding, "severity"), found.id));
  return found;
}

bool counts(const json::object& finding) {
  const std::string status = text_member(finding, "status");
  return status != "SUPPRESSED" && status != "CLOSED";
}

bool is_index(const json::object& manifest) { return array_member(manifest, "manifests") != nullptr; }

bool is_done(std::string_view status) { return status == "COMPLETE" || status == "ACTIVE"; }
bool is_pending(std::string_view status) { return status == "IN_PROGRESS" || status == "PENDING"; }

std::string command(std::string_view name, const ImagePlace& place, std::string_view more = "") {
  return fmt::format("`aws ecr {} --region {} --registry-id {} --repository-name {} --image-id imageDigest={}{}`", name,
                     place.region, place.account, place.repository, place.digest, more);
}

/// What a status means from which no findings come, and what to do about it.
std::string meaning_of(const std::string& status, const ImagePlace& place) {
  if (status == "FAILED") {
    return fmt::format(
        "its scan failed; scan it again with {}, which ECR does once a day for each image, or push it anew",
        command("start-image-scan", place));
  }
  if (status == "UNSUPPORTED_IMAGE") {
    return "ECR cannot scan what it is made of; make it of an operating system that is scanned, or say 'scan_findings: "
           "off' for this service and have 'build.scan' look at it before the push";
  }
  if (status == "SCAN_ELIGIBILITY_EXPIRED") {
    return "Amazon Inspector scans it no more, since its re-scan duration is over; lengthen that duration in "
           "Inspector's "
           "settings for ECR, or push the image anew";
  }
  if (status == "FINDINGS_UNAVAILABLE") {
    return fmt::format(
        "ECR has no findings to tell; see whether Amazon Inspector scans in the account {} and region {}",
        place.account, place.region);
  }
  if (status == "LIMIT_EXCEEDED")
    return "its scan is beyond a limit of ECR's; raise the quota, or make the image smaller";
  if (status == "IMAGE_ARCHIVED") {
    return fmt::format("it is archived, and scanned and pulled no more; restore it with {}",
                       command("update-image-storage-class", place, " --target-storage-class STANDARD"));
  }
  return fmt::format("its scan has the status '{}', which this sluice does not know", status);
}

}  // namespace

std::string ImagePlace::to_string() const {
  return fmt::format("image {}@{} of registry {}", repository, digest, account);
}

std::optional<ImagePlace> image_place_of(const std::string& reference) {
  const std::size_t at = reference.find('@');
  if (at == std::string::npos) return std::nullopt;
  const auto address = address_of(reference.substr(0, at));
  if (!address || address->prefix.empty()) return std::nullopt;
  return ImagePlace{.account = address->account,
                    .region = address->region,
                    .repository = address->prefix.substr(0, address->prefix.size() - 1),
                    .digest = reference.substr(at + 1)};
}

Result<std::vector<PlatformImage>> images_under(const std::string& digest, const std::string& manifest) {
  const auto wrong = [&](std::string_view why) {
    return Error{ErrorKind::InvalidInput, fmt::format("the manifest {} {}", digest, why)};
  };
  json::error_code failed;
  const json::value document = json::parse(manifest, failed);
  if (failed || !document.is_object()) return wrong("is no JSON object");
  if (!is_index(document.get_object())) return std::vector<PlatformImage>{{.platform = "", .digest = digest}};
  std::vector<PlatformImage> images;
  for (const json::object* each : objects_in(document.get_object(), "manifests")) {
    const std::string type = text_member(*each, "mediaType");
    if (type.find("index") != std::string::npos || type.find("manifest.list") != std::string::npos) {
      return wrong("is an index of indexes, whose images sluice does not look up: deploy the digest of one of them");
    }
    const json::object* const platform = object_member(*each, "platform");
    PlatformImage image{.platform = "", .digest = text_member(*each, "digest")};
    image.platform = platform == nullptr
                         ? image.digest
                         : fmt::format("{}/{}", text_member(*platform, "os"), text_member(*platform, "architecture"));
    if (platform != nullptr && !text_member(*platform, "variant").empty()) {
      image.platform += "/" + text_member(*platform, "variant");
    }
    if (image.platform != kNoPlatform) images.push_back(std::move(image));
  }
  if (images.empty()) return wrong("is an index of no image");
  return images;
}

Result<std::size_t> add_findings(const json::object& page, image::ScanReport& report) {
  const json::object* const findings = object_member(page, "imageScanFindings");
  if (findings == nullptr) return 0;
  std::size_t listed = 0;
  for (const json::object* finding : objects_in(*findings, "findings")) {
    TRY_ASSIGN(Vulnerability found, read_basic(*finding));
    report.vulnerabilities.push_back(std::move(found));
    ++listed;
  }
  for (const json::object* finding : objects_in(*findings, "enhancedFindings")) {
    ++listed;
    if (!counts(*finding)) continue;
    TRY_ASSIGN(Vulnerability found, read_enhanced(*finding));
    report.vulnerabilities.push_back(std::move(found));
  }
  return listed;
}

ImageScan progress_of(const json::object& page, const ImagePlace& place) {
  static const json::object kNone;
  const json::object* const said = object_member(page, "imageScanStatus");
  const json::object& status = said == nullptr ? kNone : *said;
  const std::string name = text_member(status, "status");
  const std::string description = text_member(status, "description");
  const std::string in_words = description.empty() ? "" : fmt::format(" ({})", description);
  ImageScan scan;
  if (is_done(name)) {
    scan.progress = ScanProgress::Done;
  } else if (is_pending(name)) {
    scan.reason = fmt::format("ECR says {} of its scan{}", name, in_words);
  } else {
    scan.progress = ScanProgress::Useless;
    scan.reason = meaning_of(name, place) + (description.empty() ? "" : fmt::format(". ECR says: {}", description));
  }
  return scan;
}

std::optional<std::string> doubt_about(const json::object& page) {
  const json::object* const findings = object_member(page, "imageScanFindings");
  if (findings == nullptr) return "ECR says that its scan is over, and nothing of what it found";
  std::vector<std::string> counted;
  if (const json::object* const counts = object_member(*findings, "findingSeverityCounts")) {
    for (const auto& [severity, count] : *counts) {
      if (const int number = number_member(*counts, severity); number > 0) {
        counted.push_back(fmt::format("{} {}", number, std::string_view(severity)));
      }
    }
  }
  if (!counted.empty()) return fmt::format("ECR counts findings ({}) and lists none", fmt::join(counted, ", "));
  const json::value* const completed = findings->if_contains("imageScanCompletedAt");
  if (completed != nullptr && !completed->is_null()) return std::nullopt;
  return "ECR says neither that anything was found nor when its last scan was over, as it does before the first scan "
         "of "
         "Amazon Inspector";
}

std::string never_scanned(const ImagePlace& place) {
  return fmt::format(
      "ECR has no scan of it. Have the repository scanned on push (or by Amazon Inspector), and this image scanned now "
      "with {}",
      command("start-image-scan", place));
}

}  // namespace sluice::aws::ecr
