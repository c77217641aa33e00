#include "adapters/aws/gateway/stage_slots.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace sluice::aws::gateway {
namespace {

const rollout::ServiceKey kService{"chat", "staging", "api"};

class StageSlotsOf : public testing::Test {
 protected:
  StageSlotsOf() {
    home_ = std::filesystem::temp_directory_path() / "sluice-slots-XXXXXX";
    if (mkdtemp(home_.data()) == nullptr) std::abort();
    files_.emplace(home_);
  }
  ~StageSlotsOf() override { std::filesystem::remove_all(home_); }
  std::string home_;
  std::optional<KeptInFolder> files_;
};

TEST_F(StageSlotsOf, AreThereAfterARestart) {
  {
    StageSlots slots(*files_);
    EXPECT_EQ(*slots.read(kService), Slots{});
    ASSERT_TRUE(slots.note(kService, rollout::Slot::A, "one"));
    ASSERT_TRUE(slots.note(kService, rollout::Slot::B, "two"));
    ASSERT_TRUE(slots.note(kService, rollout::Slot::A, ""));
  }
  EXPECT_EQ(*StageSlots(*files_).read(kService), (Slots{"", "two"}));
  EXPECT_EQ(*StageSlots(*files_).read({"chat", "staging", "socket"}), Slots{});
}

TEST_F(StageSlotsOf, SaysWhichFileIsDamaged) {
  ASSERT_TRUE(StageSlots(*files_).note(kService, rollout::Slot::A, "one"));
  for (const auto& file : std::filesystem::directory_iterator(home_ + "/aws-stages")) std::ofstream(file.path()) << "{";
  const auto read = StageSlots(*files_).read(kService);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::Unavailable);
  EXPECT_NE(read.error().message.find("chat/staging/api"), std::string::npos);
}

}  // namespace
}  // namespace sluice::aws::gateway
