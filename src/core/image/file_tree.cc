#include "core/image/file_tree.h"

#include <deque>

namespace sluice::image {
namespace {

/// Linux gives up after this many links (path_resolution(7)).
constexpr int kMostLinks = 40;

/// Puts the parts of `path` in front of those that are still to walk.
void prepend(std::string_view path, std::deque<std::string>& parts) {
  std::vector<std::string> found;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (!part.empty() && part != ".") found.emplace_back(part);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  parts.insert(parts.begin(), found.begin(), found.end());
}

}  // namespace

std::optional<std::string> FileTree::resolve(std::string_view path) const {
  std::deque<std::string> parts;
  prepend(path, parts);
  std::string at;  // Without a slash at its end; empty is the root.
  int links = 0;
  while (!parts.empty()) {
    const std::string part = std::move(parts.front());
    parts.pop_front();
    if (part == "..") {
      at.erase(std::min(at.rfind('/'), at.size()));
      continue;
    }
    const std::string next = at + "/" + part;
    const auto found = entries_.find(next);
    if (found == entries_.end()) return std::nullopt;
    if (found->second.kind != FileEntry::Kind::Link) {
      if (found->second.kind == FileEntry::Kind::File && !parts.empty()) return std::nullopt;
      at = next;
      continue;
    }
    if (++links > kMostLinks) return std::nullopt;
    if (found->second.target.starts_with('/')) at.clear();
    prepend(found->second.target, parts);
  }
  return at.empty() ? "/" : at;
}

const FileEntry* FileTree::find(std::string_view path) const {
  const auto resolved = resolve(path);
  if (!resolved) return nullptr;
  const auto found = entries_.find(*resolved);
  return found == entries_.end() ? nullptr : &found->second;
}

bool FileTree::is_program(std::string_view path) const {
  const auto* entry = find(path);
  return entry != nullptr && entry->kind == FileEntry::Kind::File && entry->executable;
}

std::optional<std::string> FileTree::find_program(std::string_view name, std::string_view search_path,
                                                  std::string_view working_directory) const {
  const auto within = [&](std::string_view folder) {
    // An empty entry of PATH, or a relative one, counts from the working directory.
    std::string path = folder.starts_with('/') ? std::string() : std::string(working_directory) + "/";
    return path.append(folder).append("/").append(name);
  };
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string_view::npos) {
    const std::string path = name.starts_with('/') ? std::string(name) : within("");
    return is_program(path) ? std::optional(path) : std::nullopt;
  }
  for (std::string_view rest = search_path;;) {
    const auto colon = rest.find(':');
    const std::string path = within(rest.substr(0, colon));
    if (is_program(path)) return path;
    if (colon == std::string_view::npos) return std::nullopt;
    rest = rest.substr(colon + 1);
  }
}

std::vector<std::string> FileTree::programs_named(std::string_view name) const {
  std::vector<std::string> paths;
  for (const auto& [path, entry] : entries_) {
    if (std::string_view(path).substr(path.rfind('/') + 1) == name && is_program(path)) paths.push_back(path);
  }
  return paths;
}

}  // namespace sluice::image
