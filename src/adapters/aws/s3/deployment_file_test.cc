#include "adapters/aws/s3/deployment_file.h"

#include <gtest/gtest.h>

namespace sluice::aws::s3 {
namespace {

DeploymentFile with_records() {
  DeploymentFile file{.stamp = "s", .holder = "h", .epoch = 2, .progress = std::string("a\0\xff\n", 4), .records = {}};
  file.add(TimePoint(Milliseconds(5)), rollout::GreenLost{"line\nbreak"});
  file.add(TimePoint(Milliseconds(6)), rollout::HoldRequested{"ada"});
  return file;
}

TEST(DeploymentFile, IsTheSameWhenItWasWrittenAndRead) {
  const DeploymentFile file = with_records();
  const auto read = read_deployment_file(to_text(file));
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(to_text(*read), to_text(file));
  EXPECT_EQ(read->progress, file.progress);
  const auto records = records_of(*read);
  ASSERT_TRUE(records.has_value()) << records.error().message;
  ASSERT_EQ(records->size(), 2U);
  EXPECT_EQ(records->at(1).sequence, 1);
  EXPECT_EQ(records->at(1).at, TimePoint(Milliseconds(6)));
  EXPECT_EQ(records->at(0).event, rollout::Event(rollout::GreenLost{"line\nbreak"}));
}

TEST(DeploymentFile, NamesTheRecordThatItDoesNotUnderstand) {
  DeploymentFile file = with_records();
  for (const char* line : {"", "7", "x {}", "7 {\"type\":\"nothing\",\"v\":7}", "9999999999999999999999 {}"}) {
    file.records[1] = line;
    const auto records = records_of(file);
    ASSERT_FALSE(records.has_value()) << line;
    EXPECT_NE(records.error().message.find("record 1"), std::string::npos) << records.error().message;
  }
  std::string text = to_text(with_records());
  text.replace(text.find("\"6100ff0a\""), 10, "\"6100f\"   ");
  EXPECT_FALSE(read_deployment_file(text).has_value());
}

}  // namespace
}  // namespace sluice::aws::s3
