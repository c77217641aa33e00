#include "adapters/podman/followed_log.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice::podman {
namespace {

namespace fs = std::filesystem;

class FollowedLogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sluice-log-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    path_ = folder_ / "ctr.log";
    std::ofstream(path_).flush();
  }
  void TearDown() override { fs::remove_all(folder_); }

  void append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }
  void follow(FollowedLog::From from) {
    auto opened = FollowedLog::open(path_.string(), from);
    ASSERT_TRUE(opened.has_value());
    log_ = std::move(*opened);
  }
  std::vector<std::string> lines() {
    std::vector<std::string> result;
    const auto done = log_->read([&](std::string_view time, std::string_view text) {
      result.push_back(std::string(time) + "|" + std::string(text));
    });
    EXPECT_TRUE(done.has_value() && *done);
    return result;
  }
  /// As podman does when the file has become too large.
  void rotate() {
    std::ofstream(folder_ / "next").flush();
    fs::rename(folder_ / "next", path_);
  }
  using Lines = std::vector<std::string>;

  fs::path folder_;
  fs::path path_;
  std::unique_ptr<FollowedLog> log_;
};

TEST_F(FollowedLogTest, GivesEachWholeLineOnce) {
  append("t1 stdout F one\n");
  follow(FollowedLog::From::Beginning);
  append("t2 stderr F two\nt3 stdout F thr");
  EXPECT_EQ(lines(), (Lines{"t1|one", "t2|two"}));
  EXPECT_EQ(lines(), Lines{});
  append("ee\n\nno line of the driver\nt4 stdout F \n");
  EXPECT_EQ(lines(), (Lines{"t3|three", "t4|"}));
}

TEST_F(FollowedLogTest, BeginsAtTheEndWhereAsked) {
  append("t1 stdout F old\n");
  follow(FollowedLog::From::End);
  append("t2 stdout F new\n");
  EXPECT_EQ(lines(), (Lines{"t2|new"}));
}

TEST_F(FollowedLogTest, PutsPartsTogetherOverReads) {
  follow(FollowedLog::From::Beginning);
  append("t1 stdout P one \nt2 stdout P and \n");
  EXPECT_EQ(lines(), Lines{});
  append("t3 stdout F two\n");
  EXPECT_EQ(lines(), (Lines{"t1|one and two"}));
}

TEST_F(FollowedLogTest, ReadsTheOldFileToItsEndWhenItIsReplaced) {
  follow(FollowedLog::From::Beginning);
  append("t1 stdout F one\n");
  EXPECT_EQ(lines(), (Lines{"t1|one"}));
  append("t2 stdout F two\n");
  rotate();
  append("t3 stdout F three\n");
  EXPECT_EQ(lines(), (Lines{"t2|two", "t3|three"}));
  rotate();
  EXPECT_EQ(lines(), Lines{});
  append("t4 stdout F four\n");
  EXPECT_EQ(lines(), (Lines{"t4|four"}));
}

TEST_F(FollowedLogTest, ReadsWhatIsLeftOfALogThatIsRemoved) {
  follow(FollowedLog::From::Beginning);
  append("t1 stdout F last words\n");
  fs::remove(path_);
  EXPECT_EQ(lines(), (Lines{"t1|last words"}));
  EXPECT_EQ(lines(), Lines{});
}

TEST_F(FollowedLogTest, BeginsAgainWhereAFileWasCutShort) {
  follow(FollowedLog::From::Beginning);
  append("t1 stdout F a long line\n");
  EXPECT_EQ(lines().size(), 1u);
  std::ofstream(path_, std::ios::trunc) << "t2 stdout F two\n";
  EXPECT_EQ(lines(), (Lines{"t2|two"}));
}

TEST_F(FollowedLogTest, CutsALineWithoutEndAndStaysBounded) {
  follow(FollowedLog::From::Beginning);
  append("t1 stdout P " + std::string(kLongestLogLine, 'a') + "\nt2 stdout F " + std::string(100, 'b') + "\n");
  const auto cut = lines();
  ASSERT_EQ(cut.size(), 1u);
  EXPECT_EQ(cut[0].size(), 3 + kLongestLogLine);
  append("t3 stdout F " + std::string(5 * kLongestLogLine, 'c'));
  EXPECT_EQ(lines(), Lines{});
  append("\nt4 stdout F four\n");
  const auto after = lines();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_LE(after[0].size(), 3 + kLongestLogLine);
  EXPECT_EQ(after[1], "t4|four");
}

TEST_F(FollowedLogTest, TakesItsShareOfAFloodAndTheRestLater) {
  const std::string line = "t1 stdout F " + std::string(1000, 'x') + "\n";
  std::string flood;
  while (flood.size() <= kMostLogBytesARead) flood += line;
  append(flood);
  follow(FollowedLog::From::Beginning);
  std::size_t count = 0;
  const auto take = [&](std::string_view, std::string_view) { ++count; };
  const auto first = log_->read(take);
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(*first);
  const auto second = log_->read(take);
  ASSERT_TRUE(second.has_value());
  EXPECT_TRUE(*second);
  EXPECT_EQ(count, flood.size() / line.size());
}

TEST_F(FollowedLogTest, SaysThatThereIsNone) {
  EXPECT_EQ(FollowedLog::open("/nonexistent/ctr.log", FollowedLog::From::End).error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace sluice::podman
