// The files of an image, as far as the question "does this program exist, and where?" needs them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::image {

struct FileEntry {
  enum class Kind { File, Directory, Link } kind = Kind::File;
  bool executable = false;  ///< Some execute bit is set (files only).
  std::string target;       ///< What a link points to, as written.
  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

class FileTree {
 public:
  /// `path` is absolute in the image, without `.`, `..` or a slash at its end. A path that comes twice keeps the last.
  void add(std::string path, FileEntry entry) { entries_.insert_or_assign(std::move(path), std::move(entry)); }
  std::size_t size() const { return entries_.size(); }

  /// The path after all links are followed, inside the image (`..` above the root stays at the root). Nothing when it
  /// leads nowhere or in a circle.
  std::optional<std::string> resolve(std::string_view path) const;
  /// What is at the path after all links.
  const FileEntry* find(std::string_view path) const;
  bool is_program(std::string_view path) const;

  /// Where execvp(3) finds the program `name` with this PATH: a name with a slash is a path of its own, relative to
  /// `working_directory`. Nothing when it finds none.
  std::optional<std::string> find_program(std::string_view name, std::string_view search_path,
                                          std::string_view working_directory) const;
  /// Every place in the image, links unresolved, that has a program of this file name, sorted.
  std::vector<std::string> programs_named(std::string_view name) const;

 private:
  std::map<std::string, FileEntry, std::less<>> entries_;
};

}  // namespace sluice::image
