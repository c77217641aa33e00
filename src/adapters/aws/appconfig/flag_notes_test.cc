#include "adapters/aws/appconfig/flag_notes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace sluice::aws::appconfig {
namespace {

namespace fs = std::filesystem;

const rollout::ServiceKey kFlags{"chat", "staging", "flags"};

class FlagNotesTest : public testing::Test {
 protected:
  FlagNotesTest() : home_(fs::temp_directory_path() / ("sluice-flag-notes-" + std::to_string(::getpid()))) {}
  ~FlagNotesTest() override { fs::remove_all(home_); }

  fs::path home_;
  KeptInFolder files_{home_.string()};
};

TEST_F(FlagNotesTest, AreThereAgainAfterARestart) {
  FlagSlots slots{
      .versions = {SlotVersion{"7", "01A"}, SlotVersion{"8", "01B"}}, .green = rollout::Slot::B, .since = 12};
  {
    FlagNotes notes(files_);
    ASSERT_TRUE(notes.note_slots(kFlags, slots));
    ASSERT_TRUE(notes.note_version(kFlags, "01B", "8"));
  }
  const FlagNotes notes(files_);
  EXPECT_EQ(*notes.slots(kFlags), slots);
  EXPECT_EQ(*notes.version_of(kFlags, "01B"), "8");
  EXPECT_EQ(*notes.version_of(kFlags, "01C"), "");
  EXPECT_EQ(*notes.version_of(kFlags, "version-3"), "3");
}

TEST_F(FlagNotesTest, ForgetTheOldestRevisions) {
  FlagNotes notes(files_);
  for (int i = 10; i < 75; ++i) ASSERT_TRUE(notes.note_version(kFlags, std::to_string(i), std::to_string(i)));
  EXPECT_EQ(*notes.version_of(kFlags, "10"), "");
  EXPECT_EQ(*notes.version_of(kFlags, "74"), "74");
}

TEST_F(FlagNotesTest, SayWhatToDoWhenTheyAreDamaged) {
  FlagNotes notes(files_);
  ASSERT_TRUE(notes.note_version(kFlags, "01A", "1"));
  for (const auto& entry : fs::directory_iterator(home_ / "aws-flags")) std::ofstream(entry.path()) << "no JSON";
  const auto slots = FlagNotes(files_).slots(kFlags);
  ASSERT_FALSE(slots);
  EXPECT_NE(slots.error().message.find("Remove it when no deployment of that is under way"), std::string::npos);
}

}  // namespace
}  // namespace sluice::aws::appconfig
