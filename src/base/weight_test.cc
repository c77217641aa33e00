#include "base/weight.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace sluice {
namespace {

TEST(Weight, ReadsSharesDownToHundredthsOfAPercent) {
  EXPECT_EQ(Weight::parse("10%")->basis_points(), 1000);
  EXPECT_EQ(Weight::parse("0.25%")->basis_points(), 25);
  EXPECT_EQ(Weight::parse("100%")->basis_points(), 10000);
  EXPECT_EQ(Weight::parse("0.07%")->basis_points(), 7);
}

TEST(Weight, RefusesWhatIsNoShare) {
  for (const char* text : {"", "10", "%", "10%%", "-1%", "100.01%", "0.001%", "ten%", "1e1%", "nan%", "inf%"}) {
    EXPECT_FALSE(Weight::parse(text).has_value()) << text;
  }
}

RC_GTEST_PROP(Weight, PrintsWhatItReads, ()) {
  const auto weight = Weight::from_basis_points(*rc::gen::inRange(0, 10'001));
  RC_ASSERT(*Weight::parse(weight->to_string()) == *weight);
}

}  // namespace
}  // namespace sluice
