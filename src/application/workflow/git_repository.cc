#include "application/workflow/git_repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace sluice::application {
namespace {

constexpr Milliseconds kGitTimeout{120'000};
/// The tree that every repository has: a commit without a parent is compared with it.
constexpr std::string_view kEmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::vector<std::string> split_at_zeros(const std::string& text) {
  std::vector<std::string> pieces;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\0', begin), text.size());
    pieces.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return pieces;
}

}  // namespace

std::map<std::string, std::string> git_environment() {
  std::map<std::string, std::string> environment{{"GIT_TERMINAL_PROMPT", "0"}, {"LC_ALL", "C.UTF-8"}};
  for (const char* name : {"PATH", "HOME", "TMPDIR", "XDG_CONFIG_HOME"}) {
    if (const char* value = std::getenv(name)) environment[name] = value;
  }
  return environment;
}

bool is_no_commit(const std::string& sha) {
  return sha.empty() || std::all_of(sha.begin(), sha.end(), [](char c) { return c == '0'; });
}

Result<std::string> GitRepository::ask(std::vector<std::string> arguments) const {
  std::vector<std::string> argv{"git", "-C", root_};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  ports::ProcessRequest request;
  request.argv = std::move(argv);
  request.env = git_environment();
  request.timeout = kGitTimeout;
  TRY_ASSIGN(ports::ProcessResult result, processes_->run(request, {}));
  if (result.exit_code != 0) {
    return Error{ErrorKind::Failed, fmt::format("git {} in {} exited with {}: {}", arguments.front(), root_,
                                                result.exit_code, trimmed(result.err))};
  }
  return std::move(result.out);
}

Result<GitRepository> GitRepository::open(ports::Processes& processes, const std::string& folder) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(folder, error);
  if (error) return Error{ErrorKind::NotFound, fmt::format("{}: {}", folder, error.message())};
  const GitRepository there(processes, path.string(), false);
  const auto bare = there.ask({"rev-parse", "--is-bare-repository"});
  if (!bare) {
    return Error{ErrorKind::NotFound, fmt::format("{} is in no git repository: {}", folder, bare.error().message)};
  }
  const bool is_bare = trimmed(*bare) == "true";
  TRY_ASSIGN(std::string root, there.ask({"rev-parse", is_bare ? "--absolute-git-dir" : "--show-toplevel"}));
  return GitRepository(processes, trimmed(std::move(root)), is_bare);
}

Result<std::string> GitRepository::commit_of(const std::string& revision) const {
  auto commit = ask({"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
  if (!commit) return Error{ErrorKind::NotFound, fmt::format("'{}' names no commit of {}", revision, root_)};
  return trimmed(*std::move(commit));
}

Result<std::optional<std::string>> GitRepository::head_ref() const {
  auto ref = ask({"symbolic-ref", "--quiet", "HEAD"});
  if (!ref) return std::optional<std::string>();
  return std::optional(trimmed(*std::move(ref)));
}

std::string GitRepository::default_branch() const {
  constexpr std::string_view kOrigin = "refs/remotes/origin/";
  constexpr std::string_view kHeads = "refs/heads/";
  if (auto ref = ask({"symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"}); ref && ref->starts_with(kOrigin)) {
    return trimmed(ref->substr(kOrigin.size()));
  }
  for (const std::string name : {"main", "master"}) {
    if (ask({"show-ref", "--verify", "--quiet", "refs/heads/" + name})) return name;
  }
  const auto head = head_ref();
  return head && *head && (*head)->starts_with(kHeads) ? (*head)->substr(kHeads.size()) : "main";
}

Result<std::string> GitRepository::merge_base(const std::string& one, const std::string& other) const {
  auto base = ask({"merge-base", one, other});
  if (!base) return Error{ErrorKind::NotFound, fmt::format("{} and {} have no commit in common", one, other)};
  return trimmed(*std::move(base));
}

Result<std::vector<std::string>> GitRepository::changed_paths(const std::string& before,
                                                              const std::string& after) const {
  const std::string base = is_no_commit(before) || !commit_of(before) ? std::string(kEmptyTree) : before;
  TRY_ASSIGN(const std::string names, ask({"diff", "--name-only", "--no-renames", "-z", base, after, "--"}));
  return split_at_zeros(names);
}

Result<std::vector<std::string>> GitRepository::files(const std::string& commit) const {
  TRY_ASSIGN(const std::string names, ask({"ls-tree", "-r", "--name-only", "--full-tree", "-z", commit}));
  return split_at_zeros(names);
}

Result<std::string> GitRepository::read(const std::string& commit, const std::string& path) const {
  auto content = ask({"cat-file", "blob", commit + ":" + path});
  if (!content) return Error{ErrorKind::NotFound, fmt::format("the commit {} has no file {}", commit, path)};
  return content;
}

Result<bool> GitRepository::has_changes() const {
  TRY_ASSIGN(const std::string changes, ask({"status", "--porcelain", "--untracked-files=no"}));
  return !changes.empty();
}

Result<GitRepository::Commit> GitRepository::describe(const std::string& commit) const {
  TRY_ASSIGN(const std::string text, ask({"show", "-s", "--format=%H%x00%an%x00%ae%x00%aI%x00%B", commit}));
  std::vector<std::string> parts = split_at_zeros(text);
  parts.resize(5);
  return Commit{parts[0], trimmed(parts[4]), parts[1], parts[2], parts[3]};
}

std::string GitRepository::full_name() const {
  if (const auto url = ask({"config", "--get", "remote.origin.url"})) {
    std::string address = trimmed(*url);
    if (address.ends_with(".git")) address.resize(address.size() - 4);
    // https://host/owner/name or host:owner/name, but no path of this machine.
    const bool remote = address.find("://") != std::string::npos || address.find(':') != std::string::npos;
    const std::size_t slash = address.rfind('/');
    if (remote && !address.starts_with("file:") && slash != std::string::npos && slash > 0) {
      const std::size_t begin = address.find_last_of("/:", slash - 1);
      return address.substr(begin == std::string::npos ? 0 : begin + 1);
    }
  }
  std::filesystem::path folder = root_;
  if (folder.filename() == ".git") folder = folder.parent_path();
  std::string name = folder.filename().string();
  if (name.ends_with(".git")) name.resize(name.size() - 4);
  return "local/" + (name.empty() ? std::string("repository") : name);
}

}  // namespace sluice::application
