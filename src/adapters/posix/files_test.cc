#include "adapters/posix/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace sluice::posix {
namespace {

namespace fs = std::filesystem;

class PosixFiles : public testing::Test {
 protected:
  PosixFiles() {
    std::string name = (fs::temp_directory_path() / "sluice-files-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~PosixFiles() override { fs::remove_all(folder_); }
  std::string path(const char* name) const { return (folder_ / name).string(); }

  fs::path folder_;
  Files files_;
};

TEST_F(PosixFiles, CreatesAndReads) {
  ASSERT_TRUE(files_.create(path("a/b/c"), "text\n", Files::Mode::Plain).has_value());
  EXPECT_EQ(files_.read(path("a/b/c")).value(), "text\n");
  EXPECT_EQ(files_.read(path("a/nowhere")).value(), std::nullopt);
  EXPECT_EQ(files_.read(path("a/b/c/d")).value(), std::nullopt);
  EXPECT_TRUE(files_.is_folder(path("a")));
  EXPECT_FALSE(files_.is_folder(path("a/b/c")));
  EXPECT_EQ(fs::status(path("a/b/c")).permissions() & fs::perms::owner_exec, fs::perms::none);
}

TEST_F(PosixFiles, AProgramCanBeRun) {
  ASSERT_TRUE(files_.create(path("hook"), "#!/bin/sh\n", Files::Mode::Executable).has_value());
  EXPECT_NE(fs::status(path("hook")).permissions() & fs::perms::owner_exec, fs::perms::none);
}

TEST_F(PosixFiles, NeverWritesOverAFile) {
  ASSERT_TRUE(files_.create(path("a"), "mine", Files::Mode::Plain).has_value());
  const Status again = files_.create(path("a"), "yours", Files::Mode::Plain);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind, ErrorKind::Conflict);
  EXPECT_EQ(files_.read(path("a")).value(), "mine");
  fs::create_symlink("nowhere", path("link"));
  EXPECT_EQ(files_.create(path("link"), "yours", Files::Mode::Plain).error().kind, ErrorKind::Conflict);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2) << "no draft is left";
}

TEST_F(PosixFiles, RefusesWhatIsNoOrdinaryFileOrTooLarge) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(files_.read(path("pipe")).error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(files_.read(folder_.string()).error().kind, ErrorKind::InvalidInput);
  std::ofstream(path("large")) << std::string(ports::kLargestFileBytes + 1, 'x');
  EXPECT_EQ(files_.read(path("large")).error().kind, ErrorKind::InvalidInput);
  std::ofstream(path("file")) << "x";
  EXPECT_EQ(files_.create(path("file/below"), "x", Files::Mode::Plain).error().kind, ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace sluice::posix
