// Questions to a git repository of this machine, a work tree or a bare one.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "ports/processes.h"

namespace sluice::application {

/// `after` or `before` of a push that made or deleted a branch.
bool is_no_commit(const std::string& sha);

class GitRepository {
 public:
  /// `folder`: anywhere in a work tree, or a bare repository. Errors: NotFound (no repository there), Failed.
  static Result<GitRepository> open(ports::Processes& processes, const std::string& folder);

  /// Root of the work tree; the repository itself when it is bare.
  const std::string& root() const { return root_; }
  bool is_bare() const { return bare_; }

  /// Full hash of what `revision` names. Error: NotFound.
  Result<std::string> commit_of(const std::string& revision) const;
  /// `refs/heads/main` of HEAD; nothing when HEAD is detached.
  Result<std::optional<std::string>> head_ref() const;
  /// `main`, `master`, …: what origin's HEAD names, else the HEAD of this repository, else main or master if there.
  std::string default_branch() const;

  /// Where two lines of history parted. Error: NotFound.
  Result<std::string> merge_base(const std::string& one, const std::string& other) const;
  /// Files that differ between two commits, or all files of `after` without a usable `before`.
  Result<std::vector<std::string>> changed_paths(const std::string& before, const std::string& after) const;
  /// Tracked files of a commit.
  Result<std::vector<std::string>> files(const std::string& commit) const;
  /// Content of a file of a commit. Error: NotFound.
  Result<std::string> read(const std::string& commit, const std::string& path) const;
  /// True when the work tree differs from HEAD in tracked files.
  Result<bool> has_changes() const;

  struct Commit {
    std::string sha;
    std::string message;
    std::string author_name;
    std::string author_email;
    std::string time;  ///< As git gives it in strict ISO 8601.
  };
  Result<Commit> describe(const std::string& commit) const;

  /// `owner/name`, from the address of origin; else `local/` and the folder's name.
  std::string full_name() const;

 private:
  GitRepository(ports::Processes& processes, std::string root, bool bare)
      : processes_(&processes), root_(std::move(root)), bare_(bare) {}
  Result<std::string> ask(std::vector<std::string> arguments) const;

  ports::Processes* processes_;
  std::string root_;
  bool bare_;
};

/// Environment for git as a program: no prompts, no variables that point it elsewhere (a hook sets GIT_DIR).
std::map<std::string, std::string> git_environment();

}  // namespace sluice::application
