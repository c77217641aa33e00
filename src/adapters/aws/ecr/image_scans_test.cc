#include "adapters/aws/ecr/image_scans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>

#include "support/aws_surroundings.h"

namespace sluice::aws::ecr {
namespace {

using rollout::ImageScan;
using rollout::ScanProgress;
using test::Answer;
using test::AwsSurroundings;
using test::contains;
using testing::HasSubstr;

const std::string kImage = "210987654321.dkr.ecr.eu-north-1.amazonaws.com/shop/web@sha256:ab";
const Answer kOneImage{200, R"({"images":[{"imageManifest":"{\"layers\":[]}"}],"failures":[]})"};
const Answer kIndex{200, R"({"images":[{"imageManifest":"{\"manifests\":[)"
                         R"({\"digest\":\"sha256:a1\",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}},)"
                         R"({\"digest\":\"sha256:a2\",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}})"
                         R"(]}"}]})"};

/// ECR, as it answers the manifest and each request for findings.
struct Region {
  using Findings = std::function<Answer(const std::string& request)>;
  Answer manifest;
  Findings findings;
  AwsSurroundings around{[this](const std::string& request) {
    if (contains(request, "_V20150921.BatchGetImage\r\n")) return manifest;
    return findings(request);
  }};
  ClientPool clients{test::at_once(), around.with_keys()};
  ImageScans scans{clients};
  Region(Answer given, Findings found) : manifest(std::move(given)), findings(std::move(found)) {}
  Region(Answer given, const std::string& found)
      : Region(std::move(given), [found](const std::string&) { return Answer{200, found}; }) {}
  Result<std::vector<ImageScan>> look(const std::string& image = kImage) {
    return scans.look(rollout::EcsTarget{.region = "eu-west-1"}, image, {});
  }
};

std::string one_finding(const std::string& id, const std::string& severity, const std::string& more = "") {
  return R"({"imageScanStatus":{"status":"COMPLETE"},"imageScanFindings":{"findings":[{"name":")" + id +
         R"(","severity":")" + severity + R"("}]})" + more + "}";
}

TEST(EcrImageScans, AreAskedForInTheRegionAndAccountOfTheImagesAddress) {
  Region region(kOneImage, one_finding("CVE-1", "HIGH"));
  const auto scans = region.look();
  ASSERT_TRUE(scans) << scans.error().message;
  ASSERT_EQ(scans->size(), 1u);
  EXPECT_EQ((*scans)[0].platform, "");
  EXPECT_EQ((*scans)[0].progress, ScanProgress::Done);
  EXPECT_EQ((*scans)[0].report.vulnerabilities[0].id, "CVE-1");
  const std::string asked = region.around.requests().at(1);
  EXPECT_THAT(asked, HasSubstr("/eu-north-1/ecr/aws4_request"));
  EXPECT_THAT(asked, HasSubstr(R"("registryId":"210987654321")"));
  EXPECT_THAT(asked, HasSubstr(R"("repositoryName":"shop/web")"));
  EXPECT_THAT(asked, HasSubstr(R"("imageId":{"imageDigest":"sha256:ab"})"));
}

TEST(EcrImageScans, AreReadToTheLastPageWorstFirst) {
  Region region(kOneImage, [](const std::string& request) {
    const bool is_second = contains(request, R"("nextToken":"two")");
    return Answer{200,
                  is_second ? one_finding("CVE-2", "CRITICAL") : one_finding("CVE-1", "LOW", R"(,"nextToken":"two")")};
  });
  const auto scans = region.look();
  ASSERT_TRUE(scans) << scans.error().message;
  const auto& found = (*scans)[0].report.vulnerabilities;
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].id, "CVE-2");
  EXPECT_EQ(found[1].id, "CVE-1");
}

TEST(EcrImageScans, ThatNeverEndAreGivenUp) {
  Region region(kOneImage, one_finding("CVE-1", "LOW", R"(,"nextToken":"again")"));
  const auto scans = region.look();
  ASSERT_FALSE(scans);
  EXPECT_THAT(scans.error().message, HasSubstr("has more than 50 findings, of which no more are read"));
}

TEST(EcrImageScans, OfAnIndexAreThoseOfItsImages) {
  Region region(kIndex, [](const std::string& request) {
    const bool is_arm = contains(request, R"("imageDigest":"sha256:a2")");
    return Answer{200, is_arm ? one_finding("CVE-2", "HIGH") : one_finding("CVE-1", "LOW")};
  });
  const auto scans = region.look();
  ASSERT_TRUE(scans) << scans.error().message;
  ASSERT_EQ(scans->size(), 2u);
  EXPECT_EQ((*scans)[1].platform, "linux/arm64");
  EXPECT_EQ((*scans)[1].report.vulnerabilities[0].id, "CVE-2");
}

TEST(EcrImageScans, ThatWereNeverMadeMayStillCome) {
  Region region(kOneImage, [](const std::string&) {
    return Answer{400, R"({"__type":"ScanNotFoundException","message":"Image scan does not exist"})"};
  });
  const auto scans = region.look();
  ASSERT_TRUE(scans) << scans.error().message;
  EXPECT_EQ((*scans)[0].progress, ScanProgress::Pending);
  EXPECT_THAT((*scans)[0].reason, HasSubstr("ECR has no scan of it"));
}

TEST(EcrImageScans, ThatAreDoneAndSayNothingYetAreWaitedFor) {
  Region region(kOneImage, R"({"imageScanStatus":{"status":"ACTIVE"},"imageScanFindings":{"findings":[]}})");
  const auto scans = region.look();
  ASSERT_TRUE(scans) << scans.error().message;
  EXPECT_EQ((*scans)[0].progress, ScanProgress::Pending);
  EXPECT_THAT((*scans)[0].reason, HasSubstr("before the first scan"));
}

TEST(EcrImageScans, NeedAnImageThatIsThere) {
  Region none({200, R"({"images":[],"failures":[{"failureCode":"ImageNotFound","failureReason":"not found"}]})"}, "{}");
  const auto refused = none.look();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::NotFound);
  EXPECT_THAT(refused.error().message,
              HasSubstr("there is no image shop/web@sha256:ab of registry 210987654321 in eu-north-1: ImageNotFound"));
  Region denied({400, R"({"__type":"AccessDeniedException","message":"no"})"}, "{}");
  EXPECT_EQ(denied.look().error().kind, ErrorKind::Denied);
  const auto elsewhere = denied.look("127.0.0.1:5000/shop/web@sha256:ab");
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(elsewhere.error().message, HasSubstr("is not in a private repository of Amazon ECR"));
}

}  // namespace
}  // namespace sluice::aws::ecr
