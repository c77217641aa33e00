#include "adapters/aws/credential_chain.h"

#include <gtest/gtest.h>

#include <latch>
#include <thread>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;
using test::contains;
using test::sts_answer;
using namespace std::chrono_literals;

constexpr const char* kRole = "arn:aws:iam::123456789012:role/deploy";
constexpr const char* kKeys =
    R"({"AccessKeyId":"ASIACONTAINER","SecretAccessKey":"hidden","Token":"t","Expiration":"2026-01-02T04:04:05Z"})";

Result<Credentials> get(AwsSurroundings& around, const std::string& role = "") {
  return CredentialChain(around.get(), role).get({});
}

TEST(CredentialChain, TakesTheEnvironmentFirst) {
  AwsSurroundings around;
  around.variables["AWS_ACCESS_KEY_ID"] = "AKIAENV";
  around.variables["AWS_SECRET_ACCESS_KEY"] = "hidden";
  around.write("/.aws/credentials", "[default]\naws_access_key_id=AKIAFILE\naws_secret_access_key=x\n");
  EXPECT_EQ(get(around)->access_key_id, "AKIAENV");
  around.variables.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(get(around).error().kind, ErrorKind::InvalidInput);
  around.variables.erase("AWS_ACCESS_KEY_ID");
  EXPECT_EQ(get(around)->access_key_id, "AKIAFILE");
}

TEST(CredentialChain, TakesOnTheRoleWithGithubsTokenInAJobOfGithub) {
  AwsSurroundings around([](const std::string& request) {
    if (request.starts_with("GET /oidc?api-version=2&audience=sts.amazonaws.com ")) {
      return contains(request, "authorization: Bearer asked\r\n") ? Answer{200, R"({"value":"jwt.of.github"})"}
                                                                  : Answer{401};
    }
    EXPECT_TRUE(contains(request, "Action=AssumeRoleWithWebIdentity")) << request;
    EXPECT_TRUE(contains(request, "WebIdentityToken=jwt.of.github")) << request;
    EXPECT_TRUE(contains(request, "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdeploy")) << request;
    EXPECT_FALSE(contains(request, "authorization: AWS4")) << request;
    return sts_answer("AssumeRoleWithWebIdentity", "ASIAGITHUB", "2026-01-02T04:04:05Z");
  });
  around.variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = around.url() + "/oidc?api-version=2";
  around.variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "asked";
  const auto credentials = get(around, kRole);
  ASSERT_TRUE(credentials.has_value()) << credentials.error().message;
  EXPECT_EQ(credentials->access_key_id, "ASIAGITHUB");
  around.variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = "wrong";
  const auto refused = get(around, kRole);
  EXPECT_EQ(refused.error().kind, ErrorKind::Denied);
  EXPECT_TRUE(contains(refused.error().message, "id-token: write")) << refused.error().message;
}

TEST(CredentialChain, TakesAWebIdentityTokenFromItsFileEachTime) {
  AwsSurroundings around([](const std::string& request) {
    return sts_answer("AssumeRoleWithWebIdentity", contains(request, "WebIdentityToken=second") ? "ASIA2" : "ASIA1",
                      "2026-01-02T04:04:05Z");
  });
  around.write("/token", "first\n");
  around.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = around.home() + "/token";
  EXPECT_EQ(get(around).error().kind, ErrorKind::InvalidInput);  // and no role
  around.variables["AWS_ROLE_ARN"] = kRole;
  CredentialChain chain(around.get(), "");
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA1");
  around.write("/token", "second\n");
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA1");
  around.clock.move(56min);
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA2");
}

TEST(CredentialChain, AsksTheContainersAddressWithItsToken) {
  AwsSurroundings around([](const std::string& request) {
    return contains(request, "authorization: secret\r\n") ? Answer{200, kKeys} : Answer{401};
  });
  around.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = around.url() + "/creds";
  EXPECT_EQ(get(around).error().kind, ErrorKind::Denied);
  around.write("/token", "secret\n");
  around.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = around.home() + "/token";
  const auto credentials = get(around);
  ASSERT_TRUE(credentials.has_value()) << credentials.error().message;
  EXPECT_EQ(credentials->access_key_id, "ASIACONTAINER");
  EXPECT_EQ(credentials->expires, *parse_rfc3339("2026-01-02T04:04:05Z"));
}

TEST(CredentialChain, AsksNoStrangersAddressForAContainersKeys) {
  AwsSurroundings around;
  for (const char* url :
       {"http://example.com/", "http://127.0.0.1.example.com/", "http://127.0.0.1@example.com/", "ftp://x"}) {
    around.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_EQ(get(around).error().kind, ErrorKind::InvalidInput) << url;
  }
}

TEST(CredentialChain, AsksInstanceMetadataInItsSecondVersionOnly) {
  AwsSurroundings around([](const std::string& request) {
    if (request.starts_with("PUT /latest/api/token ")) {
      EXPECT_TRUE(contains(request, "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"));
      return Answer{200, "session"};
    }
    if (!contains(request, "x-aws-ec2-metadata-token: session\r\n")) return Answer{401};
    if (request.starts_with("GET /latest/meta-data/iam/security-credentials/ ")) return Answer{200, "role-name\n"};
    if (request.starts_with("GET /latest/meta-data/iam/security-credentials/role-name ")) return Answer{200, kKeys};
    return Answer{404};
  });
  around.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = around.url() + "/";
  const auto disabled = get(around);
  EXPECT_EQ(disabled.error().kind, ErrorKind::NotFound);
  EXPECT_TRUE(contains(disabled.error().message, "aws sso login")) << disabled.error().message;
  EXPECT_TRUE(around.requests().empty());
  around.variables.erase("AWS_EC2_METADATA_DISABLED");
  const auto credentials = get(around);
  ASSERT_TRUE(credentials.has_value()) << credentials.error().message;
  EXPECT_EQ(credentials->source, "instance metadata (role role-name)");
}

TEST(CredentialChain, TakesOnTheEnvironmentsRoleWithWhateverKeysThereAre) {
  AwsSurroundings around([](const std::string& request) {
    EXPECT_TRUE(contains(request, "Action=AssumeRole&")) << request;
    EXPECT_TRUE(contains(request, "Credential=AKIAENV/20260102/eu-west-1/sts/aws4_request")) << request;
    return sts_answer("AssumeRole", "ASIAROLE", "2026-01-02T04:04:05Z");
  });
  around.variables["AWS_ACCESS_KEY_ID"] = "AKIAENV";
  around.variables["AWS_SECRET_ACCESS_KEY"] = "hidden";
  const auto credentials = get(around, kRole);
  ASSERT_TRUE(credentials.has_value()) << credentials.error().message;
  EXPECT_EQ(credentials->access_key_id, "ASIAROLE");
}

/// A chain whose source gives keys for an hour, and counts.
struct HourlyKeys {
  int asked = 0;
  bool fails = false;
  AwsSurroundings around{[this](const std::string&) {
    ++asked;
    if (fails) return Answer{500, "{}"};
    const std::string until = format_rfc3339(around.clock.now() + 1h);
    return Answer{200, R"({"AccessKeyId":"ASIA)" + std::to_string(asked) +
                           R"(","SecretAccessKey":"s","Token":"t","Expiration":")" + until + "\"}"};
  }};
  HourlyKeys() { around.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = around.url(); }
};

TEST(CredentialChain, RenewsFiveMinutesAheadAndKeepsWhatHoldsWhenThatFails) {
  HourlyKeys keys;
  CredentialChain chain(keys.around.get(), "");
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA1");
  keys.around.clock.move(54min);
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA1");
  EXPECT_EQ(keys.asked, 1);
  keys.around.clock.move(2min);
  keys.fails = true;
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA1");
  const int after_failure = keys.asked;
  EXPECT_GT(after_failure, 1);
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA1");
  EXPECT_EQ(keys.asked, after_failure);  // not again at once
  keys.around.clock.move(5min);
  EXPECT_FALSE(chain.get({}).has_value());  // they have ended
  keys.fails = false;
  EXPECT_TRUE(chain.get({}).has_value());
}

TEST(CredentialChain, RenewsOnceForAllWhoAsk) {
  HourlyKeys keys;
  CredentialChain chain(keys.around.get(), "");
  std::latch start(8);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        EXPECT_EQ(chain.get({})->access_key_id, "ASIA1");
      });
    }
  }
  EXPECT_EQ(keys.asked, 1);
  const Credentials first = *chain.get({});
  chain.expired(first);
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA2");
  chain.expired(first);  // others are here by now
  EXPECT_EQ(chain.get({})->access_key_id, "ASIA2");
}

}  // namespace
}  // namespace sluice::aws
