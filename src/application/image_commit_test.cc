#include "application/image_commit.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "adapters/posix/processes.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;

/// A repository with one commit, by real git.
class CommitTime : public testing::Test {
 protected:
  CommitTime() {
    std::string name = (fs::temp_directory_path() / "sluice-commit-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    git({"init", "-q"});
    git({"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "m"});
    hash_ = git({"rev-parse", "HEAD"});
    hash_.pop_back();
  }
  ~CommitTime() override { fs::remove_all(folder_); }

  std::string git(std::vector<std::string> words) {
    words.insert(words.begin(), {"env", "GIT_COMMITTER_DATE=1767323045 +0200", "git", "-C", folder_.string()});
    const auto done = processes_.run({.argv = std::move(words)}, {});
    if (done && done->exit_code == 0) return done->out;
    ADD_FAILURE() << (done ? done->err : done.error().message);
    return "?";
  }
  std::optional<TimePoint> of(const std::string& image) { return commit_time(processes_, folder_.string(), image, {}); }

  posix::Processes processes_;
  fs::path folder_;
  std::string hash_;
};

TEST_F(CommitTime, IsThatOfTheCommitThatTheTagNames) {
  const TimePoint committed = *parse_rfc3339("2026-01-02T03:04:05Z");
  EXPECT_EQ(of("sha-" + hash_), committed);
  EXPECT_EQ(of("registry.example.com:5000/shop/web:sha-" + hash_), committed);
  EXPECT_EQ(of("sha-" + hash_.substr(0, 7)), committed);
}

TEST_F(CommitTime, IsNotKnownOfAnythingElse) {
  const std::string digits(64, '0');
  for (const std::string& image : {std::string(), std::string("v1.2"), std::string("sha-"), "sha-" + hash_.substr(0, 6),
                                   "sha256:" + digits, "shop/web@sha256:" + digits, "sha-" + digits.substr(0, 40),
                                   std::string("sha---output=x"), "sha-" + hash_ + "-dirty"}) {
    EXPECT_EQ(of(image), std::nullopt) << image;
  }
  fs::remove_all(folder_ / ".git");
  EXPECT_EQ(of("sha-" + hash_), std::nullopt) << "it is no repository";
}

}  // namespace
}  // namespace sluice::application
