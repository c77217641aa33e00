#include "adapters/aws/secrets.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;
using rollout::AwsParameter;
using rollout::AwsSecret;
using test::Answer;
using test::AwsSurroundings;
using test::contains;

/// AWS, as it answers every request.
struct Vault {
  Answer answer;
  AwsSurroundings around{[this](const std::string&) { return answer; }};
  ClientPool clients{test::at_once(), around.with_keys()};
  Secrets secrets{clients};

  explicit Vault(Answer given) : answer(std::move(given)) {}
  std::string asked() {
    const auto requests = around.requests();
    return requests.empty() ? "" : requests.back();
  }
};

const AwsSecret kSecret{.id = "shop/key", .key = "", .access = {"eu-west-1", ""}};

TEST(AwsSecrets, ReadsTheWholeValueOrOneMember) {
  Vault vault({200, R"({"Name":"shop/key","SecretString":"{\"user\":\"ana\",\"port\":5432}\n"})"});
  EXPECT_EQ(vault.secrets.read(kSecret, "")->reveal(), R"({"user":"ana","port":5432})");
  EXPECT_TRUE(contains(vault.asked(), "secretsmanager.GetSecretValue")) << vault.asked();
  EXPECT_TRUE(contains(vault.asked(), R"({"SecretId":"shop/key"})"));
  AwsSecret member = kSecret;
  member.key = "port";
  EXPECT_EQ(vault.secrets.read(member, "")->reveal(), "5432");
}

TEST(AwsSecrets, ReadsAParameterDecrypted) {
  Vault vault({200, R"({"Parameter":{"Name":"/shop/key","Value":"v4lue","Version":3,"ARN":"arn:p"}})"});
  const auto value = vault.secrets.read(AwsParameter{"/shop/key", {"eu-west-1", ""}}, "");
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(value->reveal(), "v4lue");
  EXPECT_TRUE(contains(vault.asked(), R"({"Name":"/shop/key","WithDecryption":true})")) << vault.asked();
}

TEST(AwsSecrets, RefersToAParameterWithoutReadingIt) {
  Vault vault({200, R"({"Parameter":{"Name":"/k","Value":"AQICAH","Version":3,"ARN":"arn:p"}})"});
  const auto reference = vault.secrets.refer(AwsParameter{"/k", {"eu-west-1", ""}});
  ASSERT_TRUE(reference) << reference.error().message;
  EXPECT_EQ(reference->value_from, "arn:p");
  EXPECT_EQ(reference->fingerprint, "version 3");
  EXPECT_TRUE(contains(vault.asked(), R"("WithDecryption":false)"));
}

TEST(AwsSecrets, ShowNothingOfAValueInAnError) {
  for (const char* text : {R"({\"user\":{\"s3cr3t\":1}})", R"([\"s3cr3t\"])", "s3cr3t", R"({\"s3cr3t\":1})"}) {
    Vault vault({200, std::string(R"({"SecretString":")") + text + "\"}"});
    AwsSecret member = kSecret;
    member.key = "user";
    const auto value = vault.secrets.read(member, "");
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().kind, ErrorKind::InvalidInput);
    EXPECT_FALSE(contains(value.error().message, "s3cr3t")) << value.error().message;
  }
  Vault garbled({200, R"({"SecretString":"s3cr3t)"});
  const auto value = garbled.secrets.read(kSecret, "");
  ASSERT_FALSE(value);
  EXPECT_FALSE(contains(value.error().message, "s3cr3t")) << value.error().message;
}

TEST(AwsSecrets, TellWhatIsMissingOrNotAllowed) {
  Vault absent({400, R"({"__type":"ResourceNotFoundException","message":"Secrets Manager can't find it."})"});
  EXPECT_EQ(absent.secrets.read(kSecret, "").error().kind, ErrorKind::NotFound);
  Vault denied({400, R"({"__type":"AccessDeniedException","message":"not authorized"})"});
  const auto refused = denied.secrets.read(kSecret, "");
  EXPECT_EQ(refused.error().kind, ErrorKind::Denied);
  EXPECT_TRUE(contains(refused.error().message, "allow secretsmanager:GetSecretValue")) << refused.error().message;
  Vault binary({200, R"({"SecretBinary":"AAEC"})"});
  EXPECT_TRUE(contains(binary.secrets.read(kSecret, "").error().message, "is binary"));
  EXPECT_EQ(binary.secrets.read(rollout::SecretFile{"key"}, "").error().kind, ErrorKind::InvalidInput);
}

TEST(AwsSecrets, AreAskedForInTheRegionOfTheProgramWhereNoneIsSaid) {
  Vault vault({200, R"({"SecretString":"v"})"});
  const AwsSecret anywhere{.id = "shop/key", .key = "", .access = {}};
  const auto unknown = vault.secrets.read(anywhere, "");
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(contains(unknown.error().message, "set AWS_REGION")) << unknown.error().message;
  vault.around.variables["AWS_REGION"] = "eu-north-1";
  ASSERT_TRUE(vault.secrets.read(anywhere, ""));
  EXPECT_TRUE(contains(vault.asked(), "/eu-north-1/secretsmanager/aws4_request")) << vault.asked();
}

json::object described(const char* more) {
  return json::parse(
             std::string(
                 R"({"ARN":"arn:s-AbCdEf","VersionIdsToStages":{"v1":["AWSPREVIOUS"],"v2":["x","AWSCURRENT"]})") +
             more + "}")
      .as_object();
}

TEST(AwsSecrets, AReferenceIsFixedToItsVersionUnlessTheSecretRotates) {
  AwsSecret secret = kSecret;
  EXPECT_EQ(reference_of(described(""), secret)->value_from, "arn:s-AbCdEf:::v2");
  EXPECT_EQ(reference_of(described(""), secret)->fingerprint, "version v2");
  EXPECT_EQ(reference_of(described(R"(,"RotationEnabled":true)"), secret)->value_from, "arn:s-AbCdEf");
  secret.key = "user";
  EXPECT_EQ(reference_of(described(""), secret)->value_from, "arn:s-AbCdEf:user::v2");
  EXPECT_EQ(reference_of(described(R"(,"RotationEnabled":true)"), secret)->value_from, "arn:s-AbCdEf:user::");
}

TEST(AwsSecrets, AReferenceNeedsAValueThatStays) {
  EXPECT_EQ(reference_of(described(R"(,"DeletedDate":1.5)"), kSecret).error().kind, ErrorKind::NotFound);
  EXPECT_EQ(reference_of(json::object{{"ARN", "arn:s"}}, kSecret).error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace sluice::aws
