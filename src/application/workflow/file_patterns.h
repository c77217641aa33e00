// Files by the patterns of GitHub's own actions (`@actions/glob`): `*` and `?` within a folder's name, `**` for any
// number of folders, `!` takes out what came before.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::application {

struct FoundFiles {
  std::vector<std::filesystem::path> files;  ///< Absolute, in depth-first order by name; each once.
  std::filesystem::path root;                ///< The deepest folder that all patterns begin with.
};

enum class Descendants { Include, Exclude };

/// Regular files below `base` that `patterns` name (relative ones start there; lines that begin with `#` and empty ones
/// are skipped). A pattern that names a folder means all that is in it with `Descendants::Include`. Links to folders
/// are not followed. Error: InvalidInput for a pattern that leaves `base`, when `may_leave` is false.
Result<FoundFiles> find_files(const std::filesystem::path& base, const std::vector<std::string>& patterns,
                              Descendants descendants, bool may_leave);

/// hashFiles(): SHA-256 over the binary SHA-256 of every file that the patterns name below `workspace`, in hex; '' when
/// there is none. Error: InvalidInput (a pattern outside), Failed (a file cannot be read).
Result<std::string> hash_files(const std::filesystem::path& workspace, const std::vector<std::string>& patterns);

/// Lines of a multi-line input, trimmed, without empty ones.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace sluice::application
