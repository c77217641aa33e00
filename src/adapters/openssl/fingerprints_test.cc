#include "adapters/openssl/fingerprints.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

namespace sluice::openssl {
namespace {

std::string new_folder() {
  std::string path = std::filesystem::temp_directory_path() / "fingerprints-XXXXXX";
  return ::mkdtemp(path.data());
}

TEST(Fingerprints, AreTheSameForTheSameValueUnderTheSameKeyOnly) {
  const std::string folder = new_folder();
  const auto first = Fingerprints::create(folder + "/key");
  const auto again = Fingerprints::create(folder + "/key");
  const auto other = Fingerprints::create(folder + "/other");
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->of(Secret("a")), again->of(Secret("a")));
  EXPECT_NE(first->of(Secret("a")), first->of(Secret("b")));
  EXPECT_NE(first->of(Secret("a")), other->of(Secret("a")));
  EXPECT_EQ(first->of(Secret("a")).size(), 32u);
  struct stat info{};
  ASSERT_EQ(::stat((folder + "/key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  std::filesystem::remove_all(folder);
}

TEST(Fingerprints, AKeyThatIsCutShortIsAnError) {
  const std::string folder = new_folder();
  std::filesystem::create_directories(folder);
  ASSERT_EQ(std::fclose(std::fopen((folder + "/key").c_str(), "w")), 0);
  EXPECT_FALSE(Fingerprints::create(folder + "/key").has_value());
  EXPECT_FALSE(Fingerprints::create(folder + "/absent/key").has_value());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace sluice::openssl
