#include "base/utf8.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(ValidUtf8, ReplacesWhatIsNoneAndLeavesControlCharactersOut) {
  EXPECT_EQ(valid_utf8("a\xff b\xc3", 100), "a\xEF\xBF\xBD b\xEF\xBF\xBD");
  EXPECT_EQ(valid_utf8("\x1b[31mred\x1b[0m\r\n\tx\x7f", 100), "[31mred[0m\n\tx");
  EXPECT_EQ(valid_utf8("\xed\xa0", 100), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(ValidUtf8, CutsBetweenCharacters) {
  EXPECT_EQ(valid_utf8("aé𝄞", 100), "aé𝄞");
  EXPECT_EQ(valid_utf8("aé𝄞", 6), "aé");
  EXPECT_EQ(valid_utf8("aé", 2), "a");
  EXPECT_EQ(valid_utf8("", 2), "");
}

}  // namespace
}  // namespace sluice
