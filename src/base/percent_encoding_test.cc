#include "base/percent_encoding.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(PercentEncoding, EscapesWhatAPathCannotHold) {
  EXPECT_EQ(percent_encoded("a b/ü:@"), "a%20b%2F%C3%BC%3A%40");
  EXPECT_EQ(percent_encoded("a b/c", Slash::Keep), "a%20b/c");
  EXPECT_EQ(percent_encoded("Az09-._~"), "Az09-._~");
}

}  // namespace
}  // namespace sluice
