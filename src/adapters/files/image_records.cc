#include "adapters/files/image_records.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::files {
namespace {

namespace fs = std::filesystem;

Error unavailable(const std::string& path) {
  return {ErrorKind::Unavailable,
          fmt::format("writing {}: {}", path, std::error_code(errno, std::generic_category()).message())};
}

bool is_file_name(const std::string& text) {
  return !text.empty() && text[0] != '.' && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

Status write_durably(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return unavailable(path);
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(file, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    written += static_cast<std::size_t>(count);
  }
  const bool whole = written == text.size() && fsync(file) == 0;
  Error failed = unavailable(path);
  close(file);
  return whole ? Status() : failed;
}

}  // namespace

Result<std::string> ImageRecords::path(const std::string& project, const std::string& service,
                                       const std::string& commit) const {
  if (!is_file_name(project) || !is_file_name(service) || !is_file_name(commit)) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("'{}', '{}' and '{}' do not name a record of an image", project, service, commit)};
  }
  return fmt::format("{}/{}/{}/{}.json", directory_, project, service, commit);
}

Result<std::optional<ports::ImageRecord>> ImageRecords::find(const std::string& project, const std::string& service,
                                                             const std::string& commit) {
  TRY_ASSIGN(const auto file_name, path(project, service, commit));
  std::ifstream file(file_name, std::ios::binary);
  if (!file) return std::optional<ports::ImageRecord>();
  auto record = parse_image_record(std::string(std::istreambuf_iterator<char>(file), {}));
  if (!record.has_value()) return with_context(std::move(record), file_name);
  return std::optional(std::move(*record));
}

Status ImageRecords::save(const ports::ImageRecord& record) {
  TRY_ASSIGN(const auto file_name, path(record.project, record.service, record.commit));
  std::error_code error;
  const auto folder = fs::path(file_name).parent_path();
  fs::create_directories(folder, error);
  if (error) return Error{ErrorKind::Unavailable, fmt::format("making {}: {}", folder.string(), error.message())};
  const std::string fresh = file_name + ".new";
  TRY(write_durably(fresh, to_json(record)));
  if (rename(fresh.c_str(), file_name.c_str()) != 0) return unavailable(file_name);
  // The new name is durable when its folder is.
  const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return unavailable(folder.string());
  const bool synced = fsync(opened) == 0;
  Error failed = unavailable(folder.string());
  close(opened);
  return synced ? Status() : failed;
}

Result<std::vector<ports::ImageRecord>> ImageRecords::all() {
  std::vector<ports::ImageRecord> records;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory_, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() != ".json") continue;
    std::ifstream file(entry->path(), std::ios::binary);
    auto record = parse_image_record(std::string(std::istreambuf_iterator<char>(file), {}));
    if (record.has_value()) records.push_back(std::move(*record));
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Error{ErrorKind::Unavailable, fmt::format("reading {}: {}", directory_, error.message())};
  }
  return records;
}

Status ImageRecords::remove(const std::string& project, const std::string& service, const std::string& commit) {
  TRY_ASSIGN(const auto file_name, path(project, service, commit));
  std::error_code error;
  fs::remove(file_name, error);
  if (error) return Error{ErrorKind::Unavailable, fmt::format("removing {}: {}", file_name, error.message())};
  return {};
}

}  // namespace sluice::files
