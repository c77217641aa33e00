#include "adapters/aws/sso_token.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "adapters/aws/digest.h"
#include "adapters/aws/profile_credentials.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;
using test::contains;

constexpr const char* kConfig =
    "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Deploy\n"
    "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n";

/// An identity centre that takes one access token.
struct IdentityCenter {
  std::string good_token = "first";
  AwsSurroundings around{[this](const std::string& request) {
    if (request.starts_with("POST /token ")) {
      EXPECT_TRUE(contains(request, R"("grantType":"refresh_token")")) << request;
      EXPECT_TRUE(contains(request, R"("refreshToken":"again")")) << request;
      good_token = "second";
      return Answer{200,
                    R"({"accessToken":"second","tokenType":"Bearer","expiresIn":28800,"refreshToken":"once more"})"};
    }
    if (!contains(request, "x-amz-sso_bearer_token: " + good_token + "\r\n")) {
      return Answer{
          401, R"({"message":"Session token not found or invalid"})", {{"x-amzn-ErrorType", "UnauthorizedException"}}};
    }
    EXPECT_TRUE(request.starts_with("GET /federation/credentials?account_id=123456789012&role_name=Deploy "))
        << request;
    return Answer{200, R"({"roleCredentials":{"accessKeyId":"ASIASSO","secretAccessKey":"s","sessionToken":"t",)"
                       R"("expiration":1767326645000}})"};
  }};
  const std::string cache = "/.aws/sso/cache/" + sha1_hex("corp") + ".json";

  IdentityCenter() {
    around.write("/.aws/config", kConfig);
    around.variables["AWS_PROFILE"] = "dev";
  }
  void token_until(const std::string& expires, const std::string& more = "") {
    around.write(cache, R"({"accessToken":"first","expiresAt":")" + expires + "\"" + more + "}");
  }
  MaybeCredentials get() { return profile_credentials(around.get(), {}); }
};

TEST(SsoToken, IsTakenFromTheCacheOfTheSession) {
  IdentityCenter center;
  EXPECT_EQ(center.get().error().kind, ErrorKind::Denied);
  center.token_until("2026-01-02T05:04:05Z");
  const auto found = center.get();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  EXPECT_EQ((*found)->access_key_id, "ASIASSO");
  EXPECT_EQ((*found)->expires, *parse_rfc3339("2026-01-02T04:04:05Z"));
}

TEST(SsoToken, IsRenewedNearItsEndAndWrittenBack) {
  IdentityCenter center;
  center.token_until(
      "2026-01-02T03:10:00Z",
      R"(,"refreshToken":"again","clientId":"c","clientSecret":"s","registrationExpiresAt":"2026-03-01T00:00:00Z",)"
      R"("kept":"as it was")");
  const auto found = center.get();
  ASSERT_TRUE(found.has_value()) << found.error().message;
  const std::string written = center.around.read(center.cache);
  EXPECT_TRUE(contains(written, R"("accessToken":"second")")) << written;
  EXPECT_TRUE(contains(written, R"("refreshToken":"once more")")) << written;
  EXPECT_TRUE(contains(written, R"("expiresAt":"2026-01-02T11:04:05Z")")) << written;
  EXPECT_TRUE(contains(written, R"("kept":"as it was")")) << written;
  struct stat facts{};
  ASSERT_EQ(stat((center.around.home() + center.cache).c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
}

TEST(SsoToken, AsksToLogInWhenItHasEndedAndCannotBeRenewed) {
  IdentityCenter center;
  center.token_until("2026-01-02T03:00:00Z");
  const auto found = center.get();
  EXPECT_EQ(found.error().kind, ErrorKind::Denied);
  EXPECT_TRUE(contains(found.error().message, "aws sso login --sso-session corp")) << found.error().message;
  center.token_until("2026-01-02T03:10:00Z");  // near its end, but good
  EXPECT_TRUE(center.get().has_value());
}

}  // namespace
}  // namespace sluice::aws
