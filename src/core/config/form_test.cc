#include "core/config/form.h"

#include <gtest/gtest.h>

#include <regex>

namespace sluice::config {
namespace {

struct Sample {
  const Form& form;
  std::vector<const char*> good;
  std::vector<const char*> bad;
};

const std::vector<Sample>& samples() {
  static const std::vector<Sample> kSamples{
      {form::kText, {"a", " "}, {""}},
      {form::kName, {"a", "0-a", "web-2"}, {"", "-a", "A", "a_b", "a b", "é", "a/b"}},
      {form::kAlarmName, {"http_5xx"}, {"", "_a", "A"}},
      {form::kVariable, {"A", "_a1"}, {"", "1A", "A-B", "A B", "A="}},
      {form::kDuration,
       {"0s", "250ms", "1.5m", "2h", "1d"},
       {"", "5", "s", "-5s", ".5s", "5.s", "5 s", "1e3s", "5sec"}},
      {form::kWeight, {"0%", "10%", "0.25%", "100%"}, {"", "10", "%", "101%", "-1%", "0.001%", "+1%", "10 %"}},
      {form::kShare, {"1%", "0.7%", "100%"}, {"", "1", "101%", "-1%", "1e1%", "99999999999999999999999%"}},
      {form::kThreshold,
       {"1%", "0.7%", "100%", "3s", "250ms", "5x blue", "1.5x blue", "2x before"},
       {"", "1", "101%", "-1%", "1e1%", "99999999999999999999999%", "5x", "x blue", "5 x blue", "5x green", "0.9x blue",
        "2x Before", "0.5x before", "1001x blue", "-5x blue", "3", "99999999999999d"}},
      {form::kSize, {"6m", "128m", "0.5g", "8192k"}, {"", "128", "m", "1m", "128mb", "128M", "99999999999999999999g"}},
      {form::kDatapoints,
       {"1 of 1", "2 of 3"},
       {"", "2", "2/3", "3 of 2", "0 of 1", "2 of 101", "2  of 3", "02 of 3", "99999999999 of 99999999999"}},
      {form::kPath, {"/", "/a?b=c&d=%20"}, {"", "a", "/a b", "/\n", "/é"}},
      {form::kRoutePath, {"/", "/api/v1", "/a-b_c.d~"}, {"", "a", "/?", "/#", "/a b", "/\""}},
      {form::kHost, {"a", "chat.example.com", "1.2.3.4"}, {"", ".", "a..b", "-a", "a-", "A.b", "a_b", "a.b."}},
      {form::kUrl, {"http://x", "https://x/y?z"}, {"", "x", "ftp://x", "http://", "http:///x", "http://a b"}},
      {form::kListen,
       {"127.0.0.1:80", "0.0.0.0:65535", "[::1]:80"},
       {"", "80", ":80", "localhost:80", "1.2.3:80", "256.0.0.1:80", "1.2.3.4:0", "1.2.3.4:65536", "::1:80", "[::1]",
        "1.2.3.4:8 0"}},
      {form::kRegistry,
       {"127.0.0.1:5000", "registry.example.com", "host:5000/team/x"},
       {"", ":5000", "host:", "host:0", "host:99999", "http://host", "host/", "ho st"}},
      {form::kImage,
       {"web", "team/chat-bot_2", "a/b/c.d"},
       {"", "Web", "web:1", "web@sha256:0", "h.io/web", "/a", "a/", "a//b", "-a"}},
      {form::kPointer, {"", "/", "/a/0", "/a~0b~1c"}, {"a", "/~", "/~2", "~0"}},
      {form::kHeaderName, {"Accept", "x-a"}, {"", "a b", "a:", "a\n"}},
      {form::kHookFunction,
       {"check", "check:live", "check:7", "check:$LATEST", "arn:aws:lambda:eu-west-1:123456789012:function:check",
        "arn:aws:lambda:eu-west-1:123456789012:function:check:live"},
       {"", "a b", "check:", "check:a b", "check:$HEAD", "a:b:c", "arn:aws:lambda:eu-west-1:123456789012:layer:check",
        "arn:aws:lambda:eu-west-1:123456789012:function:check:live:7"}},
      {form::kSubnet, {"subnet-01234567"}, {"", "subnet-", "subnet-0123456", "subnet-0123456g", "sg-01234567"}},
      {form::kSecurityGroup, {"sg-01234567"}, {"", "sg-012", "subnet-01234567", "default"}},
      {form::kBucket, {"abc", "shop.ci-1"}, {"", "ab", "Shop", "-shop", "shop-", "a..b", "s3://shop", "a_b"}},
      {form::kHeaderValue, {"", "a b"}, {"a\nb", "\x01", "é"}},
      {form::kSecretId,
       {"shop/model_key", "a+b=c.d@e-f", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/key-AbCdEf"},
       {"", "a b", "a:b", "arn:aws:ssm:eu-west-1:123456789012:secret:a", "arn:aws:secretsmanager:eu-west-1:1:secret:a",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a:member::"}},
      {form::kParameter,
       {"/shop/key", "key", "/shop/key:3", "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/shop/key"},
       {"", ":3", "a:", "a:1:2", "a b", "arn:aws:ssm:eu-west-1:123456789012:parameter/"}},
      {form::kTopicArn,
       {"arn:aws:sns:eu-west-1:123456789012:told.fifo"},
       {"", "told", "arn:aws:sqs:eu-west-1:123456789012:told", "arn:aws:sns:eu-west-1:123456789012:told:sub"}},
      {form::kEventBus,
       {"default", "arn:aws:events:eu-west-1:123456789012:event-bus/shop"},
       {"", "a b", "arn:aws:events:eu-west-1:123456789012:rule/shop"}},
      {form::kMetricNamespace, {"Shop/Deployments", "#a.b_c-d:e"}, {"", "AWS/ECS", ":shop", "a b"}},
      {form::kRepository, {"octo-org/shop.web"}, {"", "shop", "/shop", "a/", "a/b/c", "a b/c", "a/..", "o_o/s"}},
  };
  return kSamples;
}

TEST(ConfigurationForms, AcceptTheirOwnExamples) {
  for (const Sample& sample : samples()) EXPECT_FALSE(sample.form.check(sample.form.example)) << sample.form.name;
}

TEST(ConfigurationForms, TellGoodFromBad) {
  for (const Sample& sample : samples()) {
    for (const char* text : sample.good) EXPECT_FALSE(sample.form.check(text)) << sample.form.name << ": " << text;
    for (const char* text : sample.bad) EXPECT_TRUE(sample.form.check(text)) << sample.form.name << ": " << text;
  }
}

// An editor must never underline what the parser takes.
TEST(ConfigurationForms, TheSchemasPatternAcceptsAllThatTheCheckAccepts) {
  for (const Sample& sample : samples()) {
    const std::regex pattern{std::string(sample.form.pattern)};
    for (const char* text : sample.good)
      EXPECT_TRUE(std::regex_search(text, pattern)) << sample.form.name << ": " << text;
  }
}

TEST(ConfigurationForms, AShareIsTheNearestDouble) {
  EXPECT_EQ(parse_share("7%"), 0.07);
  EXPECT_EQ(parse_share("0.7%"), 0.007);
  EXPECT_EQ(parse_share("100%"), 1.0);
}

TEST(ConfigurationForms, SizesCountIn1024) {
  EXPECT_EQ(parse_size("6m"), 6L * 1024 * 1024);
  EXPECT_EQ(parse_size("0.5g"), 512L * 1024 * 1024);
}

}  // namespace
}  // namespace sluice::config
