#include "adapters/aws/lambda/log_stream_name.h"

#include <gtest/gtest.h>

namespace sluice::aws::lambda {
namespace {

using namespace std::chrono_literals;

TEST(LogStreamName, SaysTheVersion) {
  EXPECT_EQ(version_of_stream("2026/11/26/[7]0f1e2d3c", "overflow"), "7");
  EXPECT_EQ(version_of_stream("2026/11/26/overflow[42][0f1e2d3c]", "overflow"), "42");
}

TEST(LogStreamName, SaysNoneOfWhatIsNoVersionsOfTheFunction) {
  EXPECT_EQ(version_of_stream("2026/11/26/[$LATEST]0f1e2d3c", "overflow"), "");
  EXPECT_EQ(version_of_stream("2026/11/26/another[7][0f1e2d3c]", "overflow"), "");
  EXPECT_EQ(version_of_stream("web/chatbot/0f1e2d3c", "overflow"), "");
  EXPECT_EQ(version_of_stream("2026/11/26/]7[", "overflow"), "");
  EXPECT_EQ(version_of_stream("2026/11/26/", "overflow"), "");
  EXPECT_EQ(version_of_stream("", "overflow"), "");
}

TEST(LogStreamName, IsFoundByItsBeginning) {
  const TimePoint at = TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 11 / 6)) + 23h;
  EXPECT_EQ(stream_prefix(at, "overflow", "7", false), "2026/11/06/[7]");
  EXPECT_EQ(stream_prefix(at, "overflow", "7", true), "2026/11/06/overflow[7]");
  EXPECT_EQ(version_of_stream(stream_prefix(at, "overflow", "7", true) + "[0f]", "overflow"), "7");
}

}  // namespace
}  // namespace sluice::aws::lambda
