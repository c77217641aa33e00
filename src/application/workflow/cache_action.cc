#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "application/workflow/builtin_actions.h"
#include "application/workflow/file_patterns.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestKey = 512;  ///< As GitHub's.

/// A key as a folder's name: what is no plain character is written as its number.
std::string folder_name(const std::string& key) {
  std::string name;
  for (const char c : key) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    name += plain && !(name.empty() && c == '.') ? std::string(1, c)
                                                 : fmt::format("_{:02x}", static_cast<unsigned char>(c));
  }
  // A file's name has at most 255 bytes.
  return name.size() <= 200 ? name : name.substr(0, 180) + fmt::format("_{:016x}", std::hash<std::string>{}(key));
}

struct Entry {
  fs::path folder;
  std::string key;
};

/// The entry of exactly this key, else the newest whose key begins with one of the restore keys, in their order.
std::optional<Entry> find_entry(const fs::path& caches, const std::string& key,
                                const std::vector<std::string>& restore_keys) {
  std::error_code error;
  if (fs::exists(caches / folder_name(key) / "key", error)) return Entry{caches / folder_name(key), key};
  for (const std::string& beginning : restore_keys) {
    std::optional<Entry> newest;
    fs::file_time_type newest_time{};
    for (const auto& entry : fs::directory_iterator(caches, error)) {
      std::ifstream stream(entry.path() / "key", std::ios::binary);
      const std::string each{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
      if (each.empty() || !each.starts_with(beginning)) continue;
      const auto time = fs::last_write_time(entry.path() / "key", error);
      if (newest && time <= newest_time) continue;
      newest = Entry{entry.path(), each};
      newest_time = time;
    }
    if (newest) return newest;
  }
  return std::nullopt;
}

Result<std::vector<fs::path>> cached_paths(const ActionContext& action) {
  std::vector<fs::path> paths;
  for (const std::string& line : lines_of(action.input("path"))) {
    if (line.find_first_of("*?[!") != std::string::npos) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("the cache's path '{}' has a pattern in it: only plain paths are "
                               "possible on this machine yet",
                               line)};
    }
    const auto environment = environment_of(action.step());
    const auto home = environment.find("HOME");
    if ((line == "~" || line.starts_with("~/")) && home != environment.end()) {
      paths.push_back(fs::path(home->second + line.substr(1)));
    } else {
      paths.push_back((action.place().workspace / line).lexically_normal());
    }
  }
  if (paths.empty()) return Error{ErrorKind::InvalidInput, "the cache needs a path"};
  return paths;
}

/// Copies with times and links, replacing what is there.
Status copy_whole(const ActionContext& action, const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (fs::is_directory(from, error)) {
    fs::create_directories(to, error);
    return action.run({"cp", "-a", "--reflink=auto", "-T", from.string(), to.string()});
  }
  return action.run({"cp", "-a", "--reflink=auto", from.string(), to.string()});
}

Status save(const ActionContext& action, const fs::path& caches, const std::string& key,
            const std::vector<fs::path>& paths) {
  const fs::path final_folder = caches / folder_name(key);
  std::error_code error;
  if (fs::exists(final_folder, error)) return {};
  const fs::path folder = caches / fmt::format(".new-{}-{}", action.place().run.run, action.place().key);
  fs::remove_all(folder, error);
  fs::create_directories(folder, error);
  if (error) return Error{ErrorKind::Failed, fmt::format("cannot make {}: {}", folder.string(), error.message())};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (fs::exists(paths[i], error)) TRY(copy_whole(action, paths[i], folder / std::to_string(i)));
  }
  std::ofstream(folder / "key", std::ios::binary) << key;
  // Whole or not at all: another job may look for it now.
  fs::rename(folder, final_folder, error);
  if (error) fs::remove_all(folder, error);
  action.output().line(fmt::format("kept under the key {}", key));
  return {};
}

Status restore(const ActionContext& action, const Entry& entry, const std::vector<fs::path>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::error_code error;
    const fs::path kept = entry.folder / std::to_string(i);
    if (fs::exists(kept, error)) TRY(copy_whole(action, kept, paths[i]));
  }
  return {};
}

}  // namespace

Result<workflow::StepResult> run_cache(const ActionContext& action) {
  action.warn_of_others({"path", "key", "restore-keys", "fail-on-cache-miss", "lookup-only", "enableCrossOsArchive",
                         "upload-chunk-size", "save-always"});
  const std::string key = action.input("key");
  if (key.empty() || key.size() > kLongestKey || key.find(',') != std::string::npos) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("a cache's key has 1 to {} characters and no comma", kLongestKey)};
  }
  TRY_ASSIGN(const std::vector<fs::path> paths, cached_paths(action));
  const fs::path caches = action.place().run.caches / "entries";
  std::error_code error;
  fs::create_directories(caches, error);
  workflow::StepResult result;
  if (action.step().step.post) {
    if (action.step().step.status == workflow::Outcome::Success) TRY(save(action, caches, key, paths));
    return result;
  }
  const auto entry = find_entry(caches, key, lines_of(action.input("restore-keys")));
  if (!entry && action.input("fail-on-cache-miss") == "true") {
    return Error{ErrorKind::NotFound, fmt::format("there is no cache with the key {}", key)};
  }
  const bool exact = entry && entry->key == key;
  if (entry && action.input("lookup-only") != "true") TRY(restore(action, *entry, paths));
  action.output().line(entry ? fmt::format("restored from the key {}", entry->key)
                             : fmt::format("nothing is kept under {}", key));
  result.outputs = {{"cache-hit", exact ? "true" : "false"},
                    {"cache-primary-key", key},
                    {"cache-matched-key", entry ? entry->key : ""}};
  result.wants_post = !exact;
  return result;
}

}  // namespace sluice::application
