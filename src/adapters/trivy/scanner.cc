#include "adapters/trivy/scanner.h"

#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::trivy {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kTimeout{std::chrono::minutes{15}};
constexpr std::size_t kKeptMessage = 1000;

/// A file that goes with its owner.
class ScratchFile {
 public:
  explicit ScratchFile(std::string path) : path_(std::move(path)) { remove(); }
  ~ScratchFile() { remove(); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  std::string path_;
};

std::string end_of(const std::string& text) {
  return text.size() > kKeptMessage ? text.substr(text.size() - kKeptMessage) : text;
}

}  // namespace

Result<image::ScanReport> Scanner::scan(const std::string& image_id, std::stop_token stop) {
  auto version = processes_.run({.argv = {"trivy", "--version"}}, stop);
  if (!version.has_value()) {
    if (version.error().kind == ErrorKind::NotFound) {
      return Error{ErrorKind::NotFound, "no scanner is installed: there is no program `trivy` on PATH"};
    }
    return with_context(std::move(version), "asking trivy for its version");
  }
  static std::atomic<int> count = 0;
  std::error_code error;
  fs::create_directories(scratch_directory_, error);
  const std::string name = fmt::format("{}/scan-{}-{}", scratch_directory_, image_id.substr(0, 12), ++count);
  const ScratchFile archive(name + ".tar");
  const ScratchFile report(name + ".json");
  auto saved = processes_.run({.argv = {"skopeo", "--insecure-policy", "copy", "--quiet",
                                        "containers-storage:" + image_id, "docker-archive:" + archive.path()},
                               .timeout = kTimeout},
                              stop);
  if (!saved.has_value()) return with_context(std::move(saved), "saving the image for the scanner");
  if (saved->exit_code != 0) {
    return Error{ErrorKind::Failed, fmt::format("saving the image for the scanner: {}", end_of(saved->err))};
  }
  auto scanned = processes_.run({.argv = {"trivy", "image", "--input", archive.path(), "--output", report.path(),
                                          "--format", "json", "--scanners", "vuln", "--quiet"},
                                 .timeout = kTimeout},
                                stop);
  if (!scanned.has_value()) return with_context(std::move(scanned), "scanning the image");
  if (scanned->exit_code != 0) {
    return Error{ErrorKind::Failed, fmt::format("trivy could not scan the image (it exited {}): {}", scanned->exit_code,
                                                end_of(scanned->err))};
  }
  std::ifstream file(report.path(), std::ios::binary);
  return image::parse_trivy_report(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace sluice::trivy
