#include "adapters/openssl/packages.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace sluice::openssl {
namespace {

class PackagesOf : public testing::Test {
 protected:
  PackagesOf() {
    folder_ = std::filesystem::temp_directory_path() / "sluice-packages-XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
  }
  ~PackagesOf() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return folder_ + "/" + name;
  }
  std::string folder_;
  Packages packages_;
};

TEST_F(PackagesOf, HashesAsAwsDoes) {
  const auto package = packages_.read(write("f.zip", "PK\x03\x04 and so on"));
  ASSERT_TRUE(package) << package.error().message;
  EXPECT_EQ(package->bytes, "PK\x03\x04 and so on");
  EXPECT_EQ(package->code_sha256,
            "B8ke83E2nX95ZsidKs4Kn7HEVhTVtZC8pYEV2Sn0m/0=");  // openssl dgst -sha256 -binary | base64
}

TEST_F(PackagesOf, SaysWhatIsNoPackage) {
  EXPECT_EQ(packages_.read(folder_ + "/none.zip").error().kind, ErrorKind::NotFound);
  EXPECT_NE(packages_.read(folder_).error().message.find("is no file"), std::string::npos);
  EXPECT_NE(packages_.read(write("text", "hello")).error().message.find("is no zip"), std::string::npos);
  std::filesystem::resize_file(write("large.zip", "PK\x03\x04"), ports::kLargestPackageBytes + 1);
  const auto large = packages_.read(folder_ + "/large.zip");
  EXPECT_NE(large.error().message.find("s3://BUCKET/KEY?versionId=ID"), std::string::npos) << large.error().message;
}

}  // namespace
}  // namespace sluice::openssl
