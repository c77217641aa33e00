#include "adapters/openssl/api_definitions.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace sluice::openssl {
namespace {

class ApiDefinitionsOf : public testing::Test {
 protected:
  ApiDefinitionsOf() {
    folder_ = std::filesystem::temp_directory_path() / "sluice-definitions-XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) std::abort();
  }
  ~ApiDefinitionsOf() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return folder_ + "/" + name;
  }
  std::string folder_;
  ApiDefinitions definitions_;
};

TEST_F(ApiDefinitionsOf, HashesWhatIsThere) {
  const auto definition = definitions_.read(write("rest.yaml", "abc"));
  ASSERT_TRUE(definition) << definition.error().message;
  EXPECT_EQ(definition->bytes, "abc");
  EXPECT_EQ(definition->sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, appendix B.1
}

TEST_F(ApiDefinitionsOf, SaysWhatIsNoDefinition) {
  EXPECT_EQ(definitions_.read(folder_ + "/none.yaml").error().kind, ErrorKind::NotFound);
  EXPECT_NE(definitions_.read(folder_).error().message.find("is no file"), std::string::npos);
  EXPECT_NE(definitions_.read(write("empty", "")).error().message.find("is empty"), std::string::npos);
  std::filesystem::resize_file(write("large", "a"), ports::kLargestApiDefinitionBytes + 1);
  EXPECT_NE(definitions_.read(folder_ + "/large").error().message.find("at most"), std::string::npos);
}

}  // namespace
}  // namespace sluice::openssl
