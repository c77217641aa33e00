#include "core/rollout/function_code.h"

#include <gtest/gtest.h>

namespace sluice::rollout {
namespace {

TEST(FunctionCode, IsReadBackAsItIsWritten) {
  const FunctionCode codes[] = {
      ZipFile{"/srv/a b/f.zip", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="},
      S3Object{"code", "a b+c/f.zip", "3HL4kqtJvjVBH40Nrjfkd"},
      S3Object{"code", "odd?versionId=1.zip", "2"},
      ImageUri{"123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/f@sha256:ab"},
      PublishedVersion{"8", ""},
      PublishedVersion{"7", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="},
  };
  for (const FunctionCode& code : codes) EXPECT_EQ(parse_function_code(to_string(code)), code) << to_string(code);
}

TEST(FunctionCode, IsAnImageWhereItIsNothingElse) {
  EXPECT_TRUE(is_image("127.0.0.1:5000/shop/web@sha256:ab"));
  for (const char* other : {"/srv/f.zip CodeSha256=a=", "s3://code/f.zip?versionId=1", "version 7 CodeSha256=a="}) {
    EXPECT_FALSE(is_image(other)) << other;
  }
}

TEST(FunctionCode, TakesAnObjectOfS3WithItsVersionOnly) {
  const auto object = parse_s3_object("s3://code/dist/f.zip?versionId=v1");
  ASSERT_TRUE(object);
  EXPECT_EQ(*object, (S3Object{"code", "dist/f.zip", "v1"}));
  for (const char* wrong :
       {"s3://", "s3://code", "s3://code/", "s3:///f.zip", "s3://code/?versionId=1", "https://x/y"}) {
    const auto refused = parse_s3_object(wrong);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_NE(refused.error().message.find("is no object of S3"), std::string::npos) << refused.error().message;
  }
  const auto unversioned = parse_s3_object("s3://code/f.zip");
  ASSERT_FALSE(unversioned);
  EXPECT_NE(unversioned.error().message.find("--bucket code --key f.zip --query VersionId"), std::string::npos)
      << unversioned.error().message;
}

}  // namespace
}  // namespace sluice::rollout
