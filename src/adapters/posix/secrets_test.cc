#include "adapters/posix/secrets.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/posix/processes.h"

namespace sluice::posix {
namespace {

class SecretsTest : public ::testing::Test {
 protected:
  SecretsTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-secrets-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SecretsTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(std::filesystem::path(folder_) / name, std::ios::binary) << text;
  }

  std::string folder_;
  Processes processes_;
  Secrets secrets_{processes_, [](const std::string& name) -> std::optional<std::string> {
                     return name == "GIVEN" ? std::optional<std::string>("from variable") : std::nullopt;
                   }};
};

TEST_F(SecretsTest, ReadsAFileRelativeToTheBaseAndCutsOneLineEnd) {
  write("key", "two\nlines\r\n");
  const auto value = secrets_.read(rollout::SecretFile{"key"}, folder_);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(value->reveal(), "two\nlines");
}

TEST_F(SecretsTest, NamesAFileThatIsNotThere) {
  const auto value = secrets_.read(rollout::SecretFile{"absent"}, folder_);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().kind, ErrorKind::NotFound);
  EXPECT_NE(value.error().message.find("absent"), std::string::npos);
}

TEST_F(SecretsTest, RefusesAFolder) {
  const auto value = secrets_.read(rollout::SecretFile{"."}, folder_);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().kind, ErrorKind::InvalidInput);
}

TEST_F(SecretsTest, RunsACommandInTheBaseFolder) {
  write("value", "abc\n");
  const auto value = secrets_.read(rollout::SecretCommand{{"cat", "value"}}, folder_);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(value->reveal(), "abc");
}

TEST_F(SecretsTest, TellsTheExitCodeOfAFailedCommandAndNotWhatItWrote) {
  const auto value = secrets_.read(rollout::SecretCommand{{"sh", "-c", "echo part-of-it; exit 3"}}, folder_);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().kind, ErrorKind::Failed);
  EXPECT_NE(value.error().message.find("exited with 3"), std::string::npos);
  EXPECT_EQ(value.error().message.find("part-of-it"), std::string::npos);
}

TEST_F(SecretsTest, ReadsAVariableAndNamesOneThatIsNotSet) {
  EXPECT_EQ(secrets_.read(rollout::SecretVariable{"GIVEN"}, folder_)->reveal(), "from variable");
  const auto absent = secrets_.read(rollout::SecretVariable{"OTHER"}, folder_);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, ErrorKind::NotFound);
  EXPECT_NE(absent.error().message.find("OTHER"), std::string::npos);
}

}  // namespace
}  // namespace sluice::posix
