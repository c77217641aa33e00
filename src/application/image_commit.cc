#include "application/image_commit.h"

#include <algorithm>
#include <charconv>
#include <string_view>
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

std::optional<TimePoint> commit_time(ports::Processes& processes, const std::string& directory,
                                     const std::string& image, std::stop_token stop) {
  constexpr std::string_view kPrefix = "sha-";
  constexpr std::size_t kFewestDigits = 7;  // fewer may name several commits
  const std::string tag = image.substr(image.rfind(':') + 1);
  if (!tag.starts_with(kPrefix)) return std::nullopt;
  const std::string hash = tag.substr(kPrefix.size());
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (hash.size() < kFewestDigits || !std::ranges::all_of(hash, is_digit)) return std::nullopt;
  const auto shown = git(processes, directory,
                         {"show", "--no-patch", "--no-show-signature", "--format=%ct", hash + "^{commit}"}, stop);
  if (!shown) return std::nullopt;
  long seconds = 0;
  const char* const end = shown->data() + shown->size();
  const auto [rest, error] = std::from_chars(shown->data(), end, seconds);
  if (error != std::errc{} || (rest != end && *rest != '\n')) return std::nullopt;
  return TimePoint{std::chrono::seconds{seconds}};
}

}  // namespace sluice::application
