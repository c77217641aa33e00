#include "adapters/aws/ecr/scan_findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::aws::ecr {
namespace {

namespace json = boost::json;
using image::ScanSeverity;
using image::Vulnerability;
using rollout::ScanProgress;
using testing::ElementsAre;
using testing::HasSubstr;

const ImagePlace kPlace{"123456789012", "eu-west-1", "shop/web", "sha256:ab"};

json::object object(const char* text) { return json::parse(text).as_object(); }

std::vector<Vulnerability> findings_of(const char* page) {
  image::ScanReport report;
  const auto listed = add_findings(object(page), report);
  EXPECT_TRUE(listed) << listed.error().message;
  return report.vulnerabilities;
}

rollout::ImageScan scan_with(const std::string& status, const std::string& description = "") {
  return progress_of({{"imageScanStatus", {{"status", status}, {"description", description}}}}, kPlace);
}

TEST(EcrImage, IsTakenFromItsAddress) {
  EXPECT_EQ(image_place_of("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web@sha256:ab"), kPlace);
  for (const char* other :
       {"127.0.0.1:5000/shop/web@sha256:ab", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:latest",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com@sha256:ab", "public.ecr.aws/x/y@sha256:ab", "version 7"}) {
    EXPECT_FALSE(image_place_of(other)) << other;
  }
}

TEST(EcrManifest, OfOneImageIsThatImage) {
  const auto images = images_under("sha256:ab", R"({"schemaVersion":2,"config":{},"layers":[]})");
  ASSERT_TRUE(images);
  EXPECT_THAT(*images, ElementsAre(PlatformImage{"", "sha256:ab"}));
}

TEST(EcrManifest, OfAnIndexIsTheImagesOfItsPlatforms) {
  const auto images = images_under("sha256:ab", R"({"schemaVersion":2,"manifests":[
      {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:1",
       "platform":{"os":"linux","architecture":"amd64"}},
      {"mediaType":"application/vnd.docker.distribution.manifest.v2+json","digest":"sha256:2",
       "platform":{"os":"linux","architecture":"arm","variant":"v7"}},
      {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:3"},
      {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:4",
       "platform":{"os":"unknown","architecture":"unknown"}}]})");
  ASSERT_TRUE(images) << images.error().message;
  EXPECT_THAT(*images, ElementsAre(PlatformImage{"linux/amd64", "sha256:1"}, PlatformImage{"linux/arm/v7", "sha256:2"},
                                   PlatformImage{"sha256:3", "sha256:3"}));
}

TEST(EcrManifest, ThatNamesNoImageIsRefused) {
  for (const char* manifest :
       {"", "[]", R"({"manifests":[]})", R"({"manifests":[{"platform":{"os":"unknown","architecture":"unknown"}}]})",
        R"({"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json"}]})"}) {
    const auto images = images_under("sha256:ab", manifest);
    ASSERT_FALSE(images) << manifest;
    EXPECT_EQ(images.error().kind, ErrorKind::InvalidInput);
    EXPECT_THAT(images.error().message, HasSubstr("sha256:ab"));
  }
}

// The members of ImageScanFinding and its attributes as the AWS CLI's reference shows them.
TEST(EcrFindings, OfBasicScanningHaveThePackageInTheirAttributes) {
  EXPECT_THAT(findings_of(R"({"imageScanFindings":{"findings":[
      {"name":"CVE-2019-5188","description":"A code execution vulnerability","uri":"http://people.ubuntu.com",
       "severity":"MEDIUM","attributes":[{"key":"package_version","value":"1.44.1-1ubuntu1.1"},
       {"key":"package_name","value":"e2fsprogs"},{"key":"CVSS2_SCORE","value":"4.6"}]},
      {"name":"CVE-2","severity":"UNDEFINED"},{"name":"CVE-3","severity":"INFORMATIONAL"}]}})"),
              ElementsAre(Vulnerability{.id = "CVE-2019-5188",
                                        .severity = ScanSeverity::Medium,
                                        .package = "e2fsprogs",
                                        .installed_version = "1.44.1-1ubuntu1.1",
                                        .fixed_version = "",
                                        .target = ""},
                          Vulnerability{.id = "CVE-2",
                                        .severity = ScanSeverity::Unknown,
                                        .package = "",
                                        .installed_version = "",
                                        .fixed_version = "",
                                        .target = ""},
                          Vulnerability{.id = "CVE-3",
                                        .severity = ScanSeverity::Informational,
                                        .package = "",
                                        .installed_version = "",
                                        .fixed_version = "",
                                        .target = ""}));
}

TEST(EcrFindings, OfEnhancedScanningNameTheirPackagesAndFixes) {
  EXPECT_THAT(findings_of(R"({"imageScanFindings":{"enhancedFindings":[
      {"title":"CVE-2022-49043 - libxml2","severity":"HIGH","status":"ACTIVE","type":"PACKAGE_VULNERABILITY",
       "packageVulnerabilityDetails":{"vulnerabilityId":"CVE-2022-49043","vulnerablePackages":[
         {"name":"libxml2","version":"2.9.14+dfsg","release":"1.3~deb12u1","fixedInVersion":"0:2.9.14+dfsg-1.3~deb12u2"},
         {"name":"libxml2-dev"}]}},
      {"title":"IN1 - something","severity":"UNTRIAGED","packageVulnerabilityDetails":{"vulnerablePackages":[
         {"name":"requests","version":"2.0","filePath":"app/lib","fixedInVersion":"NotAvailable"}]}}]}})"),
              ElementsAre(Vulnerability{.id = "CVE-2022-49043",
                                        .severity = ScanSeverity::High,
                                        .package = "libxml2",
                                        .installed_version = "2.9.14+dfsg-1.3~deb12u1",
                                        .fixed_version = "0:2.9.14+dfsg-1.3~deb12u2",
                                        .target = ""},
                          Vulnerability{.id = "IN1 - something",
                                        .severity = ScanSeverity::Unknown,
                                        .package = "requests",
                                        .installed_version = "2.0",
                                        .fixed_version = "",
                                        .target = "app/lib"}));
}

TEST(EcrFindings, ThatAreSuppressedOrClosedAreListedAndDoNotCount) {
  image::ScanReport report;
  const auto listed = add_findings(object(R"({"imageScanFindings":{"enhancedFindings":[
      {"title":"a","severity":"CRITICAL","status":"SUPPRESSED"},{"title":"b","severity":"CRITICAL","status":"CLOSED"},
      {"title":"c","severity":"LOW"}]}})"),
                                   report);
  ASSERT_TRUE(listed);
  EXPECT_EQ(*listed, 3u);
  EXPECT_EQ(report.vulnerabilities.size(), 1u);
}

TEST(EcrFindings, OfASeverityThatNobodyKnowsAreNotPassed) {
  image::ScanReport report;
  for (const char* page : {R"({"imageScanFindings":{"findings":[{"name":"CVE-1","severity":"GRAVE"}]}})",
                           R"({"imageScanFindings":{"enhancedFindings":[{"title":"CVE-1"}]}})"}) {
    const auto listed = add_findings(object(page), report);
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().kind, ErrorKind::InvalidInput);
    EXPECT_THAT(listed.error().message, HasSubstr("CVE-1"));
  }
}

TEST(EcrScan, IsDoneWithBothKindsOfScanning) {
  EXPECT_EQ(scan_with("COMPLETE").progress, ScanProgress::Done);
  EXPECT_EQ(scan_with("ACTIVE").progress, ScanProgress::Done);
}

TEST(EcrScan, IsWaitedForWhileItRuns) {
  EXPECT_EQ(scan_with("IN_PROGRESS").progress, ScanProgress::Pending);
  const rollout::ImageScan pending = scan_with("PENDING", "Pending start of the image scan.");
  EXPECT_EQ(pending.progress, ScanProgress::Pending);
  EXPECT_EQ(pending.reason, "ECR says PENDING of its scan (Pending start of the image scan.)");
}

TEST(EcrScan, WithoutFindingsSaysWhyAndWhatToDo) {
  const auto reason = [](const char* status) {
    const rollout::ImageScan scan = scan_with(status, "in ECR's words");
    EXPECT_EQ(scan.progress, ScanProgress::Useless) << status;
    EXPECT_THAT(scan.reason, HasSubstr("ECR says: in ECR's words"));
    return scan.reason;
  };
  EXPECT_THAT(reason("FAILED"), HasSubstr("`aws ecr start-image-scan --region eu-west-1 --registry-id 123456789012 "
                                          "--repository-name shop/web --image-id imageDigest=sha256:ab`"));
  EXPECT_THAT(reason("UNSUPPORTED_IMAGE"), HasSubstr("'build.scan'"));
  EXPECT_THAT(reason("SCAN_ELIGIBILITY_EXPIRED"), HasSubstr("re-scan duration"));
  EXPECT_THAT(reason("FINDINGS_UNAVAILABLE"), HasSubstr("Amazon Inspector scans in the account 123456789012"));
  EXPECT_THAT(reason("LIMIT_EXCEEDED"), HasSubstr("quota"));
  EXPECT_THAT(reason("IMAGE_ARCHIVED"), HasSubstr("--target-storage-class STANDARD`"));
  EXPECT_THAT(reason("ELSE"), HasSubstr("the status 'ELSE', which this sluice does not know"));
}

TEST(EcrScan, ThatListsNothingIsBelievedWhenItSaysWhenItWasOver) {
  const auto doubt = [](const char* page) { return doubt_about(object(page)).value_or(""); };
  EXPECT_EQ(doubt(R"({"imageScanFindings":{"findings":[],"imageScanCompletedAt":1.7e9,"findingSeverityCounts":{}}})"),
            "");
  // As enhanced scanning answers before its first scan: https://github.com/aws/aws-sdk/issues/289
  EXPECT_THAT(doubt(R"({"imageScanFindings":{"findings":[]}})"), HasSubstr("before the first scan"));
  EXPECT_THAT(doubt("{}"), HasSubstr("nothing of what it found"));
  EXPECT_EQ(
      doubt(R"({"imageScanFindings":{"imageScanCompletedAt":1.7e9,"findingSeverityCounts":{"CRITICAL":2,"LOW":0}}})"),
      "ECR counts findings (2 CRITICAL) and lists none");
}

}  // namespace
}  // namespace sluice::aws::ecr
