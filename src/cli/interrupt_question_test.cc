#include "cli/interrupt_question.h"

#include <gtest/gtest.h>

namespace sluice::cli {
namespace {

TEST(InterruptQuestion, TakesTheFirstLetterAsTheAnswer) {
  EXPECT_EQ(parse_answer("h"), InterruptAnswer::Hold);
  EXPECT_EQ(parse_answer(" Roll back"), InterruptAnswer::RollBack);
  EXPECT_EQ(parse_answer("C\r"), InterruptAnswer::Cancel);
  EXPECT_EQ(parse_answer("detach"), InterruptAnswer::Detach);
}

TEST(InterruptQuestion, AnEmptyLineDetachesAndAnotherWordIsAskedAgain) {
  EXPECT_EQ(parse_answer(""), InterruptAnswer::Detach);
  EXPECT_EQ(parse_answer("  "), InterruptAnswer::Detach);
  EXPECT_EQ(parse_answer("stop"), std::nullopt);
  EXPECT_EQ(parse_answer("yes"), std::nullopt);
}

}  // namespace
}  // namespace sluice::cli
