#include "application/environment_account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::application {
namespace {

using ::testing::HasSubstr;

struct KeysOf final : ports::Permissions {
  Result<std::string> identity(const rollout::AwsAccess& access) override {
    asked_as = access;
    return who;
  }
  Result<std::vector<ports::DeniedAction>> denied(const rollout::AwsAccess&, const std::string&,
                                                  const std::string&) override {
    return std::vector<ports::DeniedAction>{};
  }
  Result<std::string> who{std::string()};
  std::optional<rollout::AwsAccess> asked_as;
};

config::Environment production(const std::string& account) {
  config::Environment environment;
  environment.name = "production";
  environment.is_aws = true;
  environment.access = {"eu-west-1", "arn:aws:iam::123456789012:role/sluice"};
  environment.account = account;
  return environment;
}

TEST(EnvironmentAccount, TakesKeysOfTheAccountThatIsSaid) {
  KeysOf keys;
  keys.who = std::string("arn:aws:iam::123456789012:role/sluice");
  EXPECT_TRUE(check_account(production("123456789012"), keys).has_value());
  EXPECT_EQ(keys.asked_as, (rollout::AwsAccess{"eu-west-1", "arn:aws:iam::123456789012:role/sluice"}));
}

TEST(EnvironmentAccount, RefusesKeysOfAnotherOneAndNamesBoth) {
  KeysOf keys;
  keys.who = std::string("arn:aws-cn:iam::210987654321:user/anna");
  const Status checked = check_account(production("123456789012"), keys);
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().kind, ErrorKind::InvalidInput);
  EXPECT_THAT(checked.error().message, HasSubstr("'production' is in the account 123456789012"));
  EXPECT_THAT(checked.error().message,
              HasSubstr("of the account 210987654321 (arn:aws-cn:iam::210987654321:user/anna)"));
}

TEST(EnvironmentAccount, AsksNobodyWhereNoneIsSaid) {
  KeysOf keys;
  keys.who = std::string("arn:aws:iam::210987654321:root");
  EXPECT_TRUE(check_account(production(""), keys).has_value());
  EXPECT_FALSE(keys.asked_as.has_value());
}

TEST(EnvironmentAccount, DoesNotGoOnWhenNobodyTellsWhoseTheKeysAre) {
  KeysOf keys;
  keys.who = Error{ErrorKind::Denied, "the keys are not valid"};
  EXPECT_EQ(check_account(production("123456789012"), keys).error().message, "the keys are not valid");
}

}  // namespace
}  // namespace sluice::application
