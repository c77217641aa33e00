#include "adapters/files/image_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>

namespace sluice::files {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

ports::ImageRecord record() {
  return {.project = "shop",
          .service = "web",
          .commit = "0123abcd",
          .image_id = "140f",
          .dockerfile = "Dockerfile",
          .args = {{"BASE", "python:3.11-slim"}},
          .built_at = TimePoint(Milliseconds(1'700'000'000'123)),
          .used_at = TimePoint(Milliseconds(1'700'000'999'456)),
          .check = ports::ImageVerdict::Passed,
          .scan = ports::ImageVerdict::Off,
          .rebuilt = true,
          .check_findings = {"the image has no HEALTHCHECK"},
          .scan_findings = {"CVE-2099-1"},
          .digests = {{"127.0.0.1:5000/web", "sha256:aa"}}};
}

class ImageRecordsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "sluice-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string folder_;
};

TEST_F(ImageRecordsTest, ARecordIsFoundAsItWasSaved) {
  ImageRecords records(folder_ + "/images");
  EXPECT_EQ(records.find("shop", "web", "0123abcd").value(), std::nullopt);
  ASSERT_TRUE(records.save(record()).has_value());
  EXPECT_EQ(ImageRecords(folder_ + "/images").find("shop", "web", "0123abcd").value(), record());
  EXPECT_EQ(records.find("shop", "api", "0123abcd").value(), std::nullopt);
}

TEST_F(ImageRecordsTest, SavingAgainReplacesTheRecord) {
  ImageRecords records(folder_);
  auto changed = record();
  ASSERT_TRUE(records.save(changed).has_value());
  changed.check = ports::ImageVerdict::Refused;
  ASSERT_TRUE(records.save(changed).has_value());
  EXPECT_EQ(records.find("shop", "web", "0123abcd").value(), changed);
}

TEST_F(ImageRecordsTest, AllOfThemAreListedAndOneCanBeRemoved) {
  ImageRecords records(folder_ + "/images");
  EXPECT_TRUE(records.all()->empty());
  auto other = record();
  other.project = "blog";
  ASSERT_TRUE(records.save(record()).has_value());
  ASSERT_TRUE(records.save(other).has_value());
  std::ofstream(folder_ + "/images/shop/web/broken.json") << "{";
  EXPECT_THAT(records.all().value(), testing::UnorderedElementsAre(record(), other));
  ASSERT_TRUE(records.remove("shop", "web", "0123abcd").has_value());
  EXPECT_TRUE(records.remove("shop", "web", "0123abcd").has_value());
  EXPECT_THAT(records.all().value(), testing::UnorderedElementsAre(other));
}

TEST_F(ImageRecordsTest, ARecordOfAFormerSluiceWasLastUsedWhenItWasBuilt) {
  std::string text = to_json(record());
  const auto begin = text.find("\"used_at\"");
  text.erase(begin, text.find(',', begin) + 1 - begin);
  const auto parsed = parse_image_record(text);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->used_at, record().built_at);
}

TEST_F(ImageRecordsTest, ABrokenFileIsAnErrorThatNamesIt) {
  ImageRecords records(folder_);
  ASSERT_TRUE(records.save(record()).has_value());
  for (const char* text : {"", "{}", R"({"schema_version": 2})", R"({"schema_version": 1, "project": 3})"}) {
    std::ofstream(folder_ + "/shop/web/0123abcd.json") << text;
    const auto found = records.find("shop", "web", "0123abcd");
    ASSERT_FALSE(found.has_value()) << text;
    EXPECT_THAT(found.error().message, HasSubstr("0123abcd.json"));
  }
}

TEST_F(ImageRecordsTest, NamesThatWouldLeaveTheFolderAreRefused) {
  ImageRecords records(folder_);
  for (const char* name : {"../x", "a/b", "", ".."}) {
    EXPECT_EQ(records.find("shop", "web", name).error().kind, ErrorKind::InvalidInput) << name;
  }
}

TEST_F(ImageRecordsTest, AFullDiskIsSaidAndTheOldRecordStays) {
  fs::create_directories(folder_ + "/small");
  if (mount("tmpfs", (folder_ + "/small").c_str(), "tmpfs", 0, "size=64k") != 0) {
    ASSERT_EQ(getenv("CI"), nullptr) << "this test mounts a small file system and needs root";
    GTEST_SKIP() << "this test mounts a small file system and needs root";
  }
  ImageRecords records(folder_ + "/small");
  EXPECT_TRUE(records.save(record()).has_value());
  std::ofstream(folder_ + "/small/filler") << std::string(1u << 20, 'x');
  auto larger = record();
  larger.scan_findings.assign(1000, "a finding");
  const auto saved = records.save(larger);
  const auto found = records.find("shop", "web", "0123abcd");
  umount2((folder_ + "/small").c_str(), MNT_DETACH);
  ASSERT_FALSE(saved.has_value());
  EXPECT_EQ(saved.error().kind, ErrorKind::Unavailable);
  EXPECT_THAT(saved.error().message, HasSubstr("No space left on device"));
  EXPECT_EQ(found.value(), record());
}

}  // namespace
}  // namespace sluice::files
