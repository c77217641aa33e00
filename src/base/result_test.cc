#include "base/result.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{ErrorKind::InvalidInput, "odd"};
  return number / 2;
}

Result<std::string> quarter(int number) {
  TRY_ASSIGN(const int once, half(number));
  TRY_ASSIGN(const int twice, half(once));
  return std::to_string(twice);
}

Status check(int number) {
  TRY(half(number));
  return {};
}

TEST(Result, TryPassesTheValueOrTheError) {
  EXPECT_EQ(quarter(8).value(), "2");
  EXPECT_EQ(quarter(6).error(), (Error{ErrorKind::InvalidInput, "odd"}));
  EXPECT_TRUE(check(2).has_value());
  EXPECT_FALSE(check(3).has_value());
}

TEST(Result, ContextStandsInFrontOfTheMessage) {
  EXPECT_EQ(with_context(half(3), "halving 3").message, "halving 3: odd");
}

}  // namespace
}  // namespace sluice
