#include "adapters/trivy/scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace sluice::trivy {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

/// Programs that behave as skopeo and trivy do: skopeo writes the archive, trivy wants to find it.
class Programs final : public ports::Processes {
 public:
  Result<ports::ProcessResult> run(const ports::ProcessRequest& request, std::stop_token) override {
    const auto& argv = request.argv;
    called.push_back(argv[0] + " " + argv[1]);
    if (argv[0] == "skopeo") return save(argv.back());
    if (!installed) return Error{ErrorKind::NotFound, "no such program"};
    if (argv[1] == "--version") return ports::ProcessResult{.out = "Version: 0.50.0\n"};
    const std::string archive = argv.at(3);
    if (!fs::exists(archive)) return ports::ProcessResult{.exit_code = 1, .err = "no such archive"};
    archives.push_back(archive);
    std::ofstream(argv.at(5)) << report;
    return answer;
  }

  bool installed = true;
  int skopeo_exit = 0;
  ports::ProcessResult answer;
  std::string report = R"({"SchemaVersion": 2, "Results": [{"Target": "x", "Vulnerabilities": [
      {"VulnerabilityID": "CVE-2099-1", "PkgName": "p", "InstalledVersion": "1", "Severity": "HIGH"}]}]})";
  std::vector<std::string> called;
  std::vector<std::string> archives;

 private:
  Result<ports::ProcessResult> save(const std::string& target) const {
    constexpr std::string_view kPrefix = "docker-archive:";
    EXPECT_TRUE(target.starts_with(kPrefix));
    std::ofstream(target.substr(kPrefix.size())) << "tar";
    return ports::ProcessResult{.exit_code = skopeo_exit, .err = "no space left on device"};
  }
};

class TrivyScanner : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    EXPECT_TRUE(!fs::exists(folder_ + "/scratch") || fs::is_empty(folder_ + "/scratch")) << "an archive was left";
    fs::remove_all(folder_);
  }
  Result<image::ScanReport> scan() { return Scanner(folder_ + "/scratch", programs_).scan(std::string(64, 'a'), {}); }

  std::string folder_;
  Programs programs_;
};

TEST_F(TrivyScanner, ReadsTheReportOfTheSavedImage) {
  const auto report = scan();
  ASSERT_TRUE(report.has_value()) << report.error().message;
  ASSERT_EQ(report->vulnerabilities.size(), 1U);
  EXPECT_EQ(report->vulnerabilities[0].id, "CVE-2099-1");
  EXPECT_EQ(programs_.archives.size(), 1U);
}

TEST_F(TrivyScanner, SaysThatNoScannerIsInstalledBeforeAnyWork) {
  programs_.installed = false;
  const auto report = scan();
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ErrorKind::NotFound);
  EXPECT_THAT(report.error().message, HasSubstr("no scanner is installed"));
  EXPECT_THAT(programs_.called, ElementsAre("trivy --version"));
}

TEST_F(TrivyScanner, AScanThatDidNotRunIsNoPass) {
  programs_.answer = {.exit_code = 1, .err = "FATAL: database download failed"};
  auto report = scan();
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ErrorKind::Failed);
  EXPECT_THAT(report.error().message, HasSubstr("database download failed"));

  programs_.answer = {};
  programs_.report = "not a report";
  report = scan();
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().kind, ErrorKind::InvalidInput);

  programs_.skopeo_exit = 1;
  report = scan();
  ASSERT_FALSE(report.has_value());
  EXPECT_THAT(report.error().message, HasSubstr("no space left on device"));
}

}  // namespace
}  // namespace sluice::trivy
