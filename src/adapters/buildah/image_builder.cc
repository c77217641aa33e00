#include "adapters/buildah/image_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::buildah {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeptLines = 12;  ///< Of the output, for the message of a failed build.

/// A folder that only this user sees, gone with its owner.
class PrivateFolder {
 public:
  static Result<PrivateFolder> create(const std::string& parent) {
    std::error_code error;
    fs::create_directories(parent, error);
    std::string path = parent + "/build-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      return Error{ErrorKind::Unavailable, fmt::format("making a folder in {}: {}", parent,
                                                       std::error_code(errno, std::generic_category()).message())};
    }
    return PrivateFolder(std::move(path));
  }
  PrivateFolder(PrivateFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit PrivateFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// Cuts output into lines, hands each on and keeps the last ones. Both streams of buildah come through it.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}

  void add(std::string_view piece) {
    for (const char c : piece) {
      if (c == '\n' || c == '\r') {
        finish();
      } else {
        open_ += c;
      }
    }
  }
  void finish() {
    if (open_.empty()) return;
    if (on_line_) on_line_(open_);
    last_.push_back(std::exchange(open_, {}));
    if (last_.size() > kKeptLines) last_.pop_front();
  }
  std::string last() const { return fmt::format("{}", fmt::join(last_, "\n")); }

 private:
  const std::function<void(std::string_view)>& on_line_;
  std::string open_;
  std::deque<std::string> last_;
};

Result<std::string> read_whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Error{ErrorKind::InvalidInput, fmt::format("there is no readable file {}", path)};
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> arguments(const ports::ImageBuildRequest& request, const std::vector<Mount>& mounts,
                                   const std::string& id_file) {
  // Without --format docker the HEALTHCHECK is dropped; with --timestamp 0 an unchanged layer keeps its digest.
  std::vector<std::string> argv = {"buildah",          "bud",    "--isolation", "chroot",    "--layers",
                                   "--format",         "docker", "--timestamp", "0",         "--file",
                                   request.dockerfile, "--tag",  request.name,  "--iidfile", id_file};
  for (const auto& [name, value] : request.args) argv.insert(argv.end(), {"--build-arg", name + "=" + value});
  for (const auto& mount : mounts) argv.insert(argv.end(), {"--volume", mount.source + ":" + mount.target + ":ro"});
  argv.push_back(request.context);
  return argv;
}

Error build_failed(int exit_code, const std::string& output) {
  const bool full = output.find("no space left on device") != std::string::npos;
  return {full ? ErrorKind::Unavailable : ErrorKind::Failed,
          fmt::format("building the image failed{} (buildah exited {}):\n{}", full ? ": the disk is full" : "",
                      exit_code, output)};
}

}  // namespace

Result<std::string> ImageBuilder::build(const ports::ImageBuildRequest& request, std::stop_token stop) {
  std::error_code error;
  if (!fs::is_directory(request.context, error)) {
    return Error{ErrorKind::InvalidInput, fmt::format("the build's context {} is no folder", request.context)};
  }
  TRY_ASSIGN(const auto dockerfile, read_whole(request.dockerfile));
  TRY_ASSIGN(const auto folder, PrivateFolder::create(options_.scratch_directory));
  TRY_ASSIGN(const auto mounts, prepare_mounts(options_.host, dockerfile, folder.path()));
  const std::string id_file = folder.path() + "/id";
  Lines lines(request.on_line);
  auto result = processes_.run({.argv = arguments(request, mounts, id_file),
                                .on_output = [&](ports::Stream, std::string_view piece) { lines.add(piece); }},
                               std::move(stop));
  lines.finish();
  if (!result.has_value()) return with_context(std::move(result), "building the image");
  if (result->exit_code != 0) return build_failed(result->exit_code, lines.last());
  TRY_ASSIGN(auto id, read_whole(id_file));
  if (id.starts_with("sha256:")) id.erase(0, 7);
  while (!id.empty() && id.back() == '\n') id.pop_back();
  if (id.size() != 64) return Error{ErrorKind::Failed, fmt::format("buildah wrote '{}' as the image's id", id)};
  return id;
}

Result<image::ImageConfiguration> ImageBuilder::inspect(const std::string& image) {
  auto result = processes_.run({.argv = {"buildah", "inspect", "--type", "image", image}}, {});
  if (!result.has_value()) return with_context(std::move(result), "inspecting image " + image);
  if (result->exit_code != 0) {
    const bool absent = result->err.find("not known") != std::string::npos;
    return Error{absent ? ErrorKind::NotFound : ErrorKind::Failed,
                 fmt::format("inspecting image {}: {}", image, result->err)};
  }
  return image::parse_image_inspection(result->out);
}

}  // namespace sluice::buildah
