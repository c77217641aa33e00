#include "core/workflow/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::workflow {
namespace {

struct Case {
  std::string_view pattern;
  std::string_view name;
  bool matches;
};
class GlobTest : public ::testing::TestWithParam<Case> {};
TEST_P(GlobTest, Decides) {
  const auto glob = Glob::parse(GetParam().pattern);
  ASSERT_TRUE(glob) << glob.error().message;
  EXPECT_EQ(glob->matches(GetParam().name), GetParam().matches) << GetParam().pattern << " on " << GetParam().name;
}

// The rows of GitHub's cheat sheet, each with a neighbour that does not fit.
INSTANTIATE_TEST_SUITE_P(
    CheatSheet, GlobTest,
    ::testing::Values(
        Case{"feature/*", "feature/my-branch", true}, Case{"feature/*", "feature/beta-a/my", false},
        Case{"feature/**", "feature/beta-a/my-branch", true}, Case{"feature/**", "feature", false},
        Case{"main", "main", true}, Case{"main", "Main", false}, Case{"*", "releases", true},
        Case{"*", "all/the", false}, Case{"**", "all/the/branches", true}, Case{"*feature", "mona-feature", true},
        Case{"*feature", "a/feature", false}, Case{"v2*", "v2.9", true}, Case{"v2*", "v1", false},
        Case{"v[12].[0-9]+.[0-9]+", "v1.10.1", true}, Case{"v[12].[0-9]+.[0-9]+", "v3.1.1", false},
        Case{"v[12].[0-9]+.[0-9]+", "v1.10.", false}, Case{"*.jsx?", "page.js", true}, Case{"*.jsx?", "page.jsx", true},
        Case{"*.jsx?", "page.jsxx", false}, Case{"**.js", "src/js/app.js", true}, Case{"**.js", "index.js", true},
        Case{"docs/*", "docs/a/b.md", false}, Case{"docs/**", "docs/mona/hello-world.md", true},
        Case{"docs/**/*.md", "docs/README.md", true}, Case{"docs/**/*.md", "docs/mona/octocat.md", true},
        Case{"docs/**/*.md", "docs/a/markdown/file.md", true}, Case{"**/docs/**", "docs/hello.md", true},
        Case{"**/docs/**", "dir/docs/my-file.txt", true}, Case{"**/docs/**", "mydocs/x", false},
        Case{"**/README.md", "README.md", true}, Case{"**/README.md", "js/README.md", true},
        Case{"**/*src/**", "a/src/app.js", true}, Case{"**/*src/**", "my-src/code/js/app.js", true},
        Case{"**/*-post.md", "path/their-post.md", true}, Case{"**/migrate-*.sql", "db/sept/migrate-v1.sql", true},
        Case{"**/migrate-*.sql", "db/migrate.sql", false}));

INSTANTIATE_TEST_SUITE_P(Corners, GlobTest,
                         ::testing::Values(Case{"a\\*b", "a*b", true}, Case{"a\\*b", "axb", false},
                                           Case{"[a-c\\]]x", "]x", true}, Case{"x+y", "xxxy", true},
                                           Case{"x+y", "y", false}, Case{"ü?x", "x", true}, Case{"ü+", "üü", true},
                                           Case{"*", "", true}, Case{"**/", "a/b/", true}, Case{"**/", "a/b", false},
                                           Case{"a**/b", "a/b", true}, Case{"a**/b", "ax/y/b", true},
                                           Case{"src/**", "src/a", true}, Case{"Dockerfile", "a/Dockerfile", false}));

struct Wrong {
  std::string_view pattern;
  std::size_t offset;
};
class GlobMistakeTest : public ::testing::TestWithParam<Wrong> {};
TEST_P(GlobMistakeTest, IsPlaced) {
  const auto glob = Glob::parse(GetParam().pattern);
  ASSERT_FALSE(glob);
  EXPECT_EQ(glob.error().offset, GetParam().offset) << glob.error().message;
}
INSTANTIATE_TEST_SUITE_P(All, GlobMistakeTest,
                         ::testing::Values(Wrong{"", 0}, Wrong{"?a", 0}, Wrong{"a*+", 2}, Wrong{"a[bc", 1},
                                           Wrong{"[]", 0}, Wrong{"a\\", 1}, Wrong{"[z-a]", 1}, Wrong{"a??", 2}));

TEST(GlobList, LetsTheLastFittingPatternDecide) {
  GlobList list;
  for (const std::string_view pattern : {"releases/**", "!releases/**-alpha", "releases/x-alpha"})
    ASSERT_TRUE(list.add(pattern));
  EXPECT_TRUE(list.matches("releases/10"));
  EXPECT_FALSE(list.matches("releases/beta/3-alpha"));
  EXPECT_TRUE(list.matches("releases/x-alpha"));
  EXPECT_FALSE(list.matches("main"));
}

TEST(GlobList, PlacesAMistakeBehindTheExclamationMark) {
  GlobList list;
  EXPECT_EQ(list.add("!a[").error().offset, 2u);
}

TEST(Glob, TakesNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "**a*";
  const auto glob = Glob::parse(pattern + "b");
  EXPECT_FALSE(glob->matches(std::string(5'000, 'a')));
}

}  // namespace
}  // namespace sluice::workflow
