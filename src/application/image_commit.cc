#include "application/image_commit.h"

#include <utility>

namespace sluice::application {
namespace {

Result<std::string> git(ports::Processes& processes, const std::string& directory, std::vector<std::string> arguments,
                        std::stop_token stop) {
  std::vector<std::string> argv = {"git", "-C", directory};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  auto result = processes.run({.argv = std::move(argv)}, std::move(stop));
  if (!result.has_value()) return with_context(std::move(result), "asking git about " + directory);
  if (result->exit_code != 0) {
    return Error{ErrorKind::InvalidInput,
                 "images are named after commits, and git knows none for " + directory + ": " + result->err};
  }
  return std::move(result->out);
}

}  // namespace

Result<ImageCommit> read_image_commit(ports::Processes& processes, const std::string& directory, std::stop_token stop) {
  ImageCommit commit;
  TRY_ASSIGN(commit.hash, git(processes, directory, {"rev-parse", "--verify", "HEAD"}, stop));
  while (!commit.hash.empty() && commit.hash.back() == '\n') commit.hash.pop_back();
  TRY_ASSIGN(const auto changes, git(processes, directory, {"status", "--porcelain", "--", "."}, stop));
  commit.dirty = !changes.empty();
  return commit;
}

}  // namespace sluice::application
