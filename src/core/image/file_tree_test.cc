#include "core/image/file_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::image {
namespace {

using testing::ElementsAre;
using Kind = FileEntry::Kind;

FileTree debian() {
  FileTree tree;
  for (const char* folder : {"/usr", "/usr/bin", "/usr/local", "/usr/local/bin", "/app", "/etc"}) {
    tree.add(folder, {.kind = Kind::Directory});
  }
  tree.add("/bin", {.kind = Kind::Link, .target = "usr/bin"});
  tree.add("/usr/bin/sh", {.kind = Kind::Link, .target = "dash"});
  tree.add("/usr/bin/dash", {.executable = true});
  tree.add("/usr/bin/python", {.kind = Kind::Link, .target = "/usr/bin/python3"});
  tree.add("/usr/bin/python3", {.kind = Kind::Link, .target = "python3.11"});
  tree.add("/usr/bin/python3.11", {.executable = true});
  tree.add("/usr/bin/round", {.kind = Kind::Link, .target = "round"});
  tree.add("/usr/local/bin/python", {.executable = false});
  tree.add("/app/run", {.executable = true});
  tree.add("/app/up", {.kind = Kind::Link, .target = "../../../bin/sh"});
  return tree;
}

TEST(FileTree, FollowsLinksOfFoldersAndFilesInsideTheImage) {
  const auto tree = debian();
  EXPECT_EQ(tree.resolve("/bin/sh"), "/usr/bin/dash");
  EXPECT_EQ(tree.resolve("/bin/python"), "/usr/bin/python3.11");
  EXPECT_EQ(tree.resolve("/app/up"), "/usr/bin/dash") << "`..` above the root stays at the root";
  EXPECT_EQ(tree.resolve("/usr/bin/../local/./bin"), "/usr/local/bin");
  EXPECT_EQ(tree.resolve("/"), "/");
}

TEST(FileTree, FindsNothingBehindDeadEndsAndCircles) {
  const auto tree = debian();
  EXPECT_EQ(tree.resolve("/usr/bin/curl"), std::nullopt);
  EXPECT_EQ(tree.resolve("/usr/bin/round"), std::nullopt);
  EXPECT_EQ(tree.resolve("/app/run/inside-a-file"), std::nullopt);
}

TEST(FileTree, LooksAlongThePathLikeExecvp) {
  const auto tree = debian();
  EXPECT_EQ(tree.find_program("python", "/usr/local/bin:/usr/bin", "/"), "/usr/bin/python")
      << "a file without an execute bit is passed over";
  EXPECT_EQ(tree.find_program("curl", "/usr/local/bin:/usr/bin", "/"), std::nullopt);
  EXPECT_EQ(tree.find_program("run", "/usr/bin::/bin", "/app"), "/app//run")
      << "an empty entry is the working directory";
  EXPECT_EQ(tree.find_program("./run", "/usr/bin", "/app"), "/app//./run");
  EXPECT_EQ(tree.find_program("/bin/sh", "", "/"), "/bin/sh");
  EXPECT_EQ(tree.find_program("", "/usr/bin", "/"), std::nullopt);
  EXPECT_EQ(tree.find_program("app", "/", "/"), std::nullopt) << "a folder is no program";
}

TEST(FileTree, NamesEveryPlaceOfAProgram) {
  EXPECT_THAT(debian().programs_named("python"), ElementsAre("/usr/bin/python"));
  EXPECT_THAT(debian().programs_named("curl"), ElementsAre());
}

}  // namespace
}  // namespace sluice::image
