#include "adapters/aws/lambda/function_notes.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace sluice::aws::lambda {
namespace {

const rollout::ServiceKey kService{"shop", "staging", "overflow"};

class Noted : public testing::Test {
 protected:
  Noted() {
    home_ = std::filesystem::temp_directory_path() / "sluice-notes-XXXXXX";
    if (mkdtemp(home_.data()) == nullptr) std::abort();
    files_.emplace(home_);
  }
  ~Noted() override { std::filesystem::remove_all(home_); }
  std::string home_;
  std::optional<KeptInFolder> files_;
};

TEST_F(Noted, AreThereAfterARestart) {
  Notes before;
  {
    FunctionNotes notes(*files_);
    EXPECT_EQ(*notes.read(kService), Notes{});
    ASSERT_TRUE(notes.note_version(kService, "01a", "7"));
    ASSERT_TRUE(notes.note_slot(kService, rollout::Slot::B, "7"));
    ASSERT_TRUE(notes.note_provisioned(kService, "7", true));
    ASSERT_TRUE(notes.note_provisioned(kService, "6", true));
    ASSERT_TRUE(notes.note_provisioned(kService, "6", false));
    const rollout::TrafficSplit split{.open = true, .slot_b = *Weight::parse("0.25%")};
    ASSERT_TRUE(notes.note_shift(kService, {TimePoint(Milliseconds(1'700'000'000'123)), split}));
    ASSERT_TRUE(notes.note_shift(kService, {TimePoint(Milliseconds(1'700'000'009'000)), split})) << "nothing new";
    before = *notes.read(kService);
  }
  EXPECT_EQ(before.slots[1], "7");
  EXPECT_EQ(before.provisioned, std::set<std::string>{"7"});
  EXPECT_EQ(before.shifts.size(), 1U);
  EXPECT_EQ(*FunctionNotes(*files_).read(kService), before);
  EXPECT_EQ(*FunctionNotes(*files_).read({"shop", "staging", "other"}), Notes{});
}

TEST_F(Noted, ForgetTheOldestRevisions) {
  FunctionNotes notes(*files_);
  for (std::size_t i = 0; i <= FunctionNotes::kMostVersions; ++i) {
    ASSERT_TRUE(notes.note_version(kService, "r" + std::to_string(1000 + i), std::to_string(i)));
  }
  const auto versions = notes.read(kService)->versions;
  EXPECT_EQ(versions.size(), FunctionNotes::kMostVersions);
  EXPECT_FALSE(versions.contains("r1000"));
}

TEST_F(Noted, SayWhatToDoWhenTheyAreDamaged) {
  ASSERT_TRUE(FunctionNotes(*files_).note_version(kService, "01a", "7"));
  for (const auto& file : std::filesystem::directory_iterator(home_ + "/aws-functions"))
    std::ofstream(file.path()) << "{";
  const auto read = FunctionNotes(*files_).read(kService);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message.find("is damaged"), std::string::npos);
}

}  // namespace
}  // namespace sluice::aws::lambda
