#include "core/flags/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::flags {
namespace {

TEST(FlagPattern, IsFoundAnywhereInTheText) {
  EXPECT_EQ(is_found("^[a-z]+$", "abc"), true);
  EXPECT_EQ(is_found("^[a-z]+$", "abC"), false);
  EXPECT_EQ(is_found("b", "abc"), true);
}

TEST(FlagPattern, IsNotTriedWhereThatWouldTakeLongOrCannotBeSaid) {
  EXPECT_EQ(is_found(R"(^(a)\1$)", "aa"), std::nullopt);
  EXPECT_EQ(is_found("(a?){100}", "a"), std::nullopt);
  EXPECT_EQ(is_found("((a{9}){9}){9}", "a"), std::nullopt);
  EXPECT_EQ(is_found("(", "a"), std::nullopt);
  EXPECT_EQ(is_found(std::string(300, 'a'), "a"), std::nullopt);
}

TEST(FlagPattern, IsTriedInNoTimeThoughOthersWouldTakeForEver) {
  EXPECT_EQ(is_found("^(a+)+$", std::string(1'000, 'a') + "b"), false);
}

}  // namespace
}  // namespace sluice::flags
