#include "base/json_text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace sluice {
namespace {

namespace json = boost::json;

TEST(JsonText, WritesNumbersAsOrdinaryDecimals) {
  EXPECT_EQ(to_json_text(100.4), "100.4");
  EXPECT_EQ(to_json_text(0.05), "0.05");
  EXPECT_EQ(to_json_text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(to_json_text(100.0), "100");
  EXPECT_EQ(to_json_text(-0.5), "-0.5");
  EXPECT_EQ(to_json_text(0.0), "0");
  EXPECT_EQ(to_json_text(7), "7");
  EXPECT_EQ(to_json_text(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
}

TEST(JsonText, LeavesAnExponentToWhatWouldBeLong) {
  EXPECT_EQ(to_json_text(1e300), "1e+300");
  EXPECT_EQ(to_json_text(5e-7), "5e-07");
}

TEST(JsonText, HasNullForWhatJsonCannotSay) {
  EXPECT_EQ(to_json_text(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(to_json_text(std::nan("")), "null");
}

TEST(JsonText, KeepsEverythingElseAsItIs) {
  const json::value value = {{"type", "figures"},
                             {"empty", json::object()},
                             {"list", {nullptr, true, "a \"quoted\"\nline {[", 1.5, json::array()}},
                             {"rate", 33.3}};
  EXPECT_EQ(to_json_text(value),
            "{\"type\":\"figures\",\"empty\":{},\"list\":[null,true,\"a \\\"quoted\\\"\\nline {[\",1.5,[]],"
            "\"rate\":33.3}");
  EXPECT_EQ(json::parse(to_json_text(value)), value);
}

RC_GTEST_PROP(JsonText, ReadsBackAsTheSameNumber, (double number)) {
  RC_PRE(std::isfinite(number));
  // Boost.JSON's own reader may be off by the last bit.
  RC_ASSERT(std::strtod(to_json_text(number).c_str(), nullptr) == number);
}

}  // namespace
}  // namespace sluice
