#include "adapters/aws/profile_credentials.h"

#include <gtest/gtest.h>

#include "adapters/aws/process_credentials.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;
using test::contains;
using test::sts_answer;

MaybeCredentials get(AwsSurroundings& around, const std::string& profile = "") {
  if (!profile.empty()) around.variables["AWS_PROFILE"] = profile;
  return profile_credentials(around.get(), {});
}

TEST(ProfileCredentials, AreNoneWithoutAnyFileAndAnErrorForANameThatIsNotThere) {
  AwsSurroundings around;
  const auto none = get(around);
  ASSERT_TRUE(none.has_value()) << none.error().message;
  EXPECT_FALSE(none->has_value());
  around.write("/.aws/config", "[profile staging]\nregion = eu-west-1\n");
  const auto absent = get(around, "stagin");
  EXPECT_EQ(absent.error().kind, ErrorKind::InvalidInput);
  EXPECT_TRUE(contains(absent.error().message, "did you mean 'staging'?")) << absent.error().message;
}

TEST(ProfileCredentials, FollowSourcesFromRoleToRole) {
  AwsSurroundings around([](const std::string& request) {
    if (contains(request, "role%2Fmiddle")) {
      EXPECT_TRUE(contains(request, "Credential=AKIABASE/")) << request;
      return sts_answer("AssumeRole", "ASIAMIDDLE", "2026-01-02T04:04:05Z");
    }
    EXPECT_TRUE(contains(request, "Credential=ASIAMIDDLE/")) << request;
    EXPECT_TRUE(contains(request, "x-amz-security-token: token\r\n")) << request;
    EXPECT_TRUE(contains(request, "RoleSessionName=nightly&ExternalId=x-1&DurationSeconds=900")) << request;
    return sts_answer("AssumeRole", "ASIATOP", "2026-01-02T04:04:05Z");
  });
  around.write("/.aws/config",
               "[profile top]\nrole_arn=arn:aws:iam::1:role/top\nsource_profile=middle\nexternal_id=x-1\n"
               "duration_seconds=900\nrole_session_name=nightly\n"
               "[profile middle]\nrole_arn=arn:aws:iam::1:role/middle\nsource_profile=base\n");
  around.write("/.aws/credentials", "[base]\naws_access_key_id=AKIABASE\naws_secret_access_key=hidden\n");
  const auto found = get(around, "top");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ((*found)->access_key_id, "ASIATOP");
}

TEST(ProfileCredentials, TakeARolesKeysFromTheEnvironmentOrFromItself) {
  AwsSurroundings around([](const std::string& request) {
    return sts_answer("AssumeRole", contains(request, "Credential=AKIAENV/") ? "OF-ENV" : "OF-SELF",
                      "2026-01-02T04:04:05Z");
  });
  around.write("/.aws/config",
               "[profile env]\nrole_arn=arn:aws:iam::1:role/a\ncredential_source=Environment\n"
               "[profile self]\nrole_arn=arn:aws:iam::1:role/a\nsource_profile=self\n"
               "aws_access_key_id=AKIASELF\naws_secret_access_key=x\n");
  around.variables["AWS_ACCESS_KEY_ID"] = "AKIAENV";
  around.variables["AWS_SECRET_ACCESS_KEY"] = "hidden";
  EXPECT_EQ((**get(around, "env")).access_key_id, "OF-ENV");
  EXPECT_EQ((**get(around, "self")).access_key_id, "OF-SELF");
}

TEST(ProfileCredentials, RefuseCirclesHalvesAndWhatNobodyCanAnswer) {
  AwsSurroundings around;
  around.write("/.aws/config",
               "[profile a]\nrole_arn=arn:1\nsource_profile=b\n[profile b]\nrole_arn=arn:2\nsource_profile=a\n"
               "[profile mfa]\nrole_arn=arn:1\nsource_profile=half\nmfa_serial=arn:3\n"
               "[profile half]\naws_access_key_id=AKIA\n[profile both]\nrole_arn=arn:1\n"
               "[profile odd]\nrole_arn=arn:1\ncredential_source=Moon\n");
  for (const char* name : {"a", "mfa", "half", "both", "odd"}) {
    const auto found = get(around, name);
    ASSERT_FALSE(found.has_value()) << name;
    EXPECT_EQ(found.error().kind, ErrorKind::InvalidInput) << found.error().message;
  }
  EXPECT_TRUE(contains(get(around, "mfa").error().message, "MFA"));
  EXPECT_TRUE(around.requests().empty());
}

TEST(ProfileCredentials, RunTheProgramOfCredentialProcess) {
  AwsSurroundings around;
  around.write(
      "/keys.py",
      "import sys\nprint('{\"Version\": 1, \"AccessKeyId\": \"' + sys.argv[1] + '\", \"SecretAccessKey\": \"s\",'\n"
      "      '\"SessionToken\": \"t\", \"Expiration\": \"2026-01-02T04:04:05+00:00\"}')\n");
  around.write("/.aws/config",
               "[profile p]\ncredential_process = python3 \"" + around.home() + "/keys.py\" 'AKIA OF PROCESS'\n" +
                   "[profile bad]\ncredential_process = python3 -c \"print('{}')\"\n" +
                   "[profile dies]\ncredential_process = python3 -c \"import sys; sys.exit('no luck')\"\n");
  const auto found = get(around, "p");
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ((*found)->access_key_id, "AKIA OF PROCESS");
  EXPECT_EQ((*found)->expires, *parse_rfc3339("2026-01-02T04:04:05Z"));
  EXPECT_TRUE(contains(get(around, "bad").error().message, "\"Version\": 1"));
  EXPECT_TRUE(contains(get(around, "dies").error().message, "no luck"));
}

TEST(ProfileCredentials, PartACommandIntoWordsAsAShellWould) {
  const std::vector<std::string> words = {"a b", "c", "d\"e", "", "f g"};
  EXPECT_EQ(*command_words(R"('a b' c  "d\"e" '' f\ g)"), words);
  EXPECT_FALSE(command_words("'open").has_value());
  EXPECT_FALSE(command_words("  ").has_value());
}

}  // namespace
}  // namespace sluice::aws
