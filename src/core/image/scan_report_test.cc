#include "core/image/scan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::image {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

// In the format that Trivy publishes (schema version 2); the findings are invented.
constexpr const char* kReport = R"json({
  "SchemaVersion": 2, "CreatedAt": "2026-01-02T03:04:05Z", "ArtifactName": "image.tar", "ArtifactType": "container_image",
  "Metadata": {"OS": {"Family": "debian", "Name": "12.5"}, "ImageID": "sha256:140f"},
  "Results": [
    {"Target": "image.tar (debian 12.5)", "Class": "os-pkgs", "Type": "debian", "Vulnerabilities": [
      {"VulnerabilityID": "CVE-2099-0002", "PkgID": "zlib1g@1.2.13", "PkgName": "zlib1g", "InstalledVersion": "1.2.13",
       "Status": "affected", "Severity": "HIGH", "Title": "invented", "CVSS": {"nvd": {"V3Score": 7.5}}},
      {"VulnerabilityID": "CVE-2099-0003", "PkgName": "bash", "InstalledVersion": "5.2", "FixedVersion": "5.3",
       "Severity": "LOW"}]},
    {"Target": "Python", "Class": "lang-pkgs", "Type": "python-pkg", "Vulnerabilities": [
      {"VulnerabilityID": "CVE-2099-0001", "PkgName": "fastapi", "InstalledVersion": "0.1", "FixedVersion": "0.2, 0.1.9",
       "Severity": "CRITICAL"}]},
    {"Target": "app/package-lock.json", "Class": "lang-pkgs", "Type": "npm", "Vulnerabilities": null},
    {"Target": "usr/lib", "Class": "license"}]})json";

TEST(TrivyReport, ListsVulnerabilitiesWorstFirst) {
  const auto report = parse_trivy_report(kReport);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  ASSERT_EQ(report->vulnerabilities.size(), 3U);
  EXPECT_EQ(describe(report->vulnerabilities[0]), "CVE-2099-0001 CRITICAL fastapi 0.1 (fixed in 0.2, 0.1.9)");
  EXPECT_EQ(report->vulnerabilities[0].target, "Python");
  EXPECT_EQ(describe(report->vulnerabilities[1]), "CVE-2099-0002 HIGH zlib1g 1.2.13 (no fix is known)");
  EXPECT_THAT(report->counts(),
              ElementsAre(Pair(ScanSeverity::Low, 1), Pair(ScanSeverity::High, 1), Pair(ScanSeverity::Critical, 1)));
}

TEST(TrivyReport, ChoosesThoseOfTheSeveritiesThatBlock) {
  const auto report = parse_trivy_report(kReport);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->of({ScanSeverity::Critical, ScanSeverity::High}).size(), 2U);
  EXPECT_EQ(report->of({ScanSeverity::Low})[0].package, "bash");
  EXPECT_THAT(report->of({ScanSeverity::Medium}), IsEmpty());
  EXPECT_THAT(report->of({}), IsEmpty());
}

TEST(TrivyReport, OfAnImageWithoutPackagesHasNoResults) {
  for (const char* text : {R"({"SchemaVersion": 2})", R"({"SchemaVersion": 2, "Results": null})"}) {
    const auto report = parse_trivy_report(text);
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_THAT(report->vulnerabilities, IsEmpty());
  }
}

TEST(TrivyReport, ThatCannotBeReadWhollyIsAnError) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "not JSON"},
      {"[]", "not an object"},
      {"{}", "no SchemaVersion"},
      {R"({"SchemaVersion": 1})", "only 2 is known"},
      {R"({"SchemaVersion": 2, "Results": {}})", "Results is not a list"},
      {R"({"SchemaVersion": 2, "Results": [1]})", "Results[0] is not an object"},
      {R"({"SchemaVersion": 2, "Results": [{}]})", "Results[0].Target"},
      {R"({"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": 3}]})", "Vulnerabilities is not a list"},
      {R"({"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": [{"VulnerabilityID": "C"}]}]})",
       "Results[0].Vulnerabilities[0].PkgName"},
      {R"({"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": [
          {"VulnerabilityID": "C", "PkgName": "p", "Severity": "BAD"}]}]})",
       "'BAD', which is no severity"},
      {R"({"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": [
          {"VulnerabilityID": "C", "PkgName": "p"}]}]})",
       "Vulnerabilities[0].Severity"},
  };
  for (const auto& [text, message] : cases) {
    const auto report = parse_trivy_report(text);
    ASSERT_FALSE(report.has_value()) << text;
    EXPECT_EQ(report.error().kind, ErrorKind::InvalidInput);
    EXPECT_THAT(report.error().message, HasSubstr(message)) << text;
  }
}

TEST(ScanSeverity, HasANameBothWays) {
  for (const auto severity :
       {ScanSeverity::Unknown, ScanSeverity::Low, ScanSeverity::Medium, ScanSeverity::High, ScanSeverity::Critical}) {
    EXPECT_EQ(parse_severity(to_string(severity)), severity);
  }
  EXPECT_EQ(parse_severity("critical"), std::nullopt);
}

}  // namespace
}  // namespace sluice::image
