#include "application/workflow/file_patterns.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

struct Pattern {
  bool negative = false;
  std::vector<std::string> parts;  ///< Of the absolute path.
};

bool has_wildcard(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

Pattern parse_pattern(const fs::path& base, std::string text) {
  Pattern pattern;
  while (text.starts_with('!')) {
    pattern.negative = !pattern.negative;
    text.erase(0, 1);
  }
  if (text == "~" || text.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    text = (home == nullptr ? std::string("/") : std::string(home)) + text.substr(1);
  }
  const fs::path path = (fs::path(text).is_absolute() ? fs::path(text) : base / text).lexically_normal();
  for (const fs::path& part : path.relative_path()) {
    if (!part.empty()) pattern.parts.push_back(part.string());
  }
  return pattern;
}

std::vector<std::string> parts_of(const fs::path& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : path.relative_path()) parts.push_back(part.string());
  return parts;
}

/// Row by row over both, so that many `**` cost no more than their product.
bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path, Descendants descendants) {
  std::vector<bool> now(pattern.size() + 1);
  now[0] = true;
  const auto spread = [&](std::vector<bool>& states) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (states[i] && pattern[i] == "**") states[i + 1] = true;
    }
  };
  spread(now);
  for (const std::string& name : path) {
    if (now[pattern.size()] && descendants == Descendants::Include) return true;
    std::vector<bool> next(pattern.size() + 1);
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (!now[i]) continue;
      if (pattern[i] == "**") {
        next[i] = true;
      } else if (::fnmatch(pattern[i].c_str(), name.c_str(), FNM_NOESCAPE) == 0) {
        next[i + 1] = true;
      }
    }
    spread(next);
    now = std::move(next);
  }
  return now[pattern.size()];
}

fs::path root_of(const Pattern& pattern) {
  fs::path root = "/";
  for (const std::string& part : pattern.parts) {
    if (has_wildcard(part)) break;
    root /= part;
  }
  return root;
}

fs::path common_root(const std::vector<Pattern>& patterns) {
  std::vector<std::string> common;
  bool first = true;
  for (const Pattern& pattern : patterns) {
    if (pattern.negative) continue;
    fs::path root = root_of(pattern);
    std::error_code error;
    if (!fs::is_directory(root, error)) root = root.parent_path();
    const std::vector<std::string> parts = parts_of(root);
    if (std::exchange(first, false)) {
      common = parts;
    } else {
      const auto [end, other] = std::mismatch(common.begin(), common.end(), parts.begin(), parts.end());
      common.erase(end, common.end());
    }
  }
  fs::path root = "/";
  for (const std::string& part : common) root /= part;
  return root;
}

void collect(const fs::path& folder, std::vector<fs::path>& found) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (const auto& entry : fs::directory_iterator(folder, error)) entries.push_back(entry);
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    if (entry.is_symlink(error)) {
      if (entry.is_regular_file(error)) found.push_back(entry.path());
    } else if (entry.is_directory(error)) {
      collect(entry.path(), found);
    } else if (entry.is_regular_file(error)) {
      found.push_back(entry.path());
    }
  }
}

bool is_below(const fs::path& base, const fs::path& path) {
  const auto [end, other] = std::mismatch(base.begin(), base.end(), path.begin(), path.end());
  return end == base.end();
}

class Sha256 {
 public:
  using Digest = std::array<unsigned char, 32>;
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(const void* data, std::size_t size) { EVP_DigestUpdate(context_.get(), data, size); }
  Digest finish() {
    Digest digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

Result<Sha256::Digest> digest_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  Sha256 hash;
  std::array<char, 65536> piece{};
  while (stream.read(piece.data(), piece.size()) || stream.gcount() > 0) {
    hash.add(piece.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof()) return Error{ErrorKind::Failed, fmt::format("cannot read {} for hashFiles()", path.string())};
  return hash.finish();
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    line.erase(0, line.find_first_not_of(" \t\r"));
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (!line.empty()) lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

Result<FoundFiles> find_files(const fs::path& base, const std::vector<std::string>& texts, Descendants descendants,
                              bool may_leave) {
  std::vector<Pattern> patterns;
  for (const std::string& text : texts) {
    if (text.empty() || text.starts_with('#')) continue;
    patterns.push_back(parse_pattern(base, text));
    if (!may_leave && !is_below(base.lexically_normal(), root_of(patterns.back()))) {
      return Error{ErrorKind::InvalidInput, fmt::format("'{}' leaves the workspace", text)};
    }
  }
  FoundFiles found;
  if (std::all_of(patterns.begin(), patterns.end(), [](const Pattern& each) { return each.negative; })) return found;
  found.root = common_root(patterns);
  std::vector<fs::path> candidates;
  collect(found.root, candidates);
  for (fs::path& candidate : candidates) {
    const std::vector<std::string> parts = parts_of(candidate);
    bool chosen = false;
    for (const Pattern& pattern : patterns) {
      if (chosen == pattern.negative && fits(pattern.parts, parts, descendants)) chosen = !pattern.negative;
    }
    if (chosen) found.files.push_back(std::move(candidate));
  }
  return found;
}

Result<std::string> hash_files(const fs::path& workspace, const std::vector<std::string>& patterns) {
  auto found = find_files(workspace, patterns, Descendants::Exclude, false);
  if (!found) return with_context(std::move(found), "hashFiles()");
  if (found->files.empty()) return std::string();
  Sha256 whole;
  for (const fs::path& file : found->files) {
    TRY_ASSIGN(const Sha256::Digest digest, digest_of(file));
    whole.add(digest.data(), digest.size());
  }
  std::string hex;
  for (const unsigned char byte : whole.finish()) hex += fmt::format("{:02x}", byte);
  return hex;
}

}  // namespace sluice::application
