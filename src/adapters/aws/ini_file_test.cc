#include "adapters/aws/ini_file.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

TEST(IniFile, ReadsSectionsKeysCommentsAndNestedValues) {
  const auto parsed = parse_ini(
      "\xEF\xBB\xBF# the file\n[default]\nRegion = eu-west-1 ; near\n\n[profile   "
      "staging]\nrole_arn=arn:aws:iam::1:role/a#b\n"
      "s3 =\n  max_concurrent_requests = 20\n[default]\r\noutput = json\r\n",
      "config");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->at("default"), (IniSection{{"region", "eu-west-1"}, {"output", "json"}}));
  const IniSection staging{{"role_arn", "arn:aws:iam::1:role/a#b"}, {"s3", ""}, {"s3.max_concurrent_requests", "20"}};
  EXPECT_EQ(parsed->at("profile staging"), staging);
}

TEST(IniFile, NamesTheLineOfAMistakeAndNeverItsText) {
  for (const char* text : {"[default\n", "[default]\nSECRET\n", "SECRET = 1\n", "[default]\n= SECRET\n", "[]\n"}) {
    const auto parsed = parse_ini(text, "credentials");
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::InvalidInput);
    EXPECT_TRUE(parsed.error().message.starts_with("credentials:")) << parsed.error().message;
    EXPECT_EQ(parsed.error().message.find("SECRET"), std::string::npos) << parsed.error().message;
  }
}

}  // namespace
}  // namespace sluice::aws
