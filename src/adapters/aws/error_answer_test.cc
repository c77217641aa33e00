#include "adapters/aws/error_answer.h"

#include <gtest/gtest.h>

namespace sluice::aws {
namespace {

TEST(ErrorAnswer, ReadsJsonOfBothForms) {
  const auto typed = parse_error_answer(400, {{"x-amzn-requestid", "r-1"}},
                                        R"({"__type":"com.amazonaws.ecs#ServiceNotFoundException","message":"none"})");
  EXPECT_EQ(typed.code, "ServiceNotFoundException");
  EXPECT_EQ(typed.message, "none");
  EXPECT_EQ(typed.request_id, "r-1");
  EXPECT_EQ(kind_of(typed), ErrorKind::NotFound);
  const auto rest = parse_error_answer(409, {{"x-amzn-errortype", "ResourceConflictException:http://internal"}},
                                       R"({"Message":"in use"})");
  EXPECT_EQ(rest.code, "ResourceConflictException");
  EXPECT_EQ(kind_of(rest), ErrorKind::Conflict);
}

TEST(ErrorAnswer, ReadsXmlOfEveryForm) {
  const auto query =
      parse_error_answer(400, {},
                         "<ErrorResponse><Error><Type>Sender</Type><Code>RuleNotFound</Code><Message>no rule"
                         "</Message></Error><RequestId>r-2</RequestId></ErrorResponse>");
  EXPECT_EQ(query.code, "RuleNotFound");
  EXPECT_EQ(query.request_id, "r-2");
  EXPECT_EQ(kind_of(query), ErrorKind::NotFound);
  const auto s3 = parse_error_answer(403, {}, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>");
  EXPECT_EQ(kind_of(s3), ErrorKind::Denied);
  const auto ec2 = parse_error_answer(
      400, {},
      "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>m</Message></Error></Errors></Response>");
  EXPECT_TRUE(is_throttling(ec2));
}

TEST(ErrorAnswer, ReadsWhatAPrometheusSays) {
  const auto refused = parse_error_answer(
      400, {}, R"({"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error"})");
  EXPECT_EQ(refused.code, "bad_data");
  EXPECT_EQ(refused.message, "invalid parameter \"query\": 1:5: parse error");
  EXPECT_EQ(kind_of(refused), ErrorKind::InvalidInput);
  const auto busy = parse_error_answer(503, {}, R"({"status":"error","errorType":"timeout","error":"timed out"})");
  EXPECT_EQ(kind_of(busy), ErrorKind::Unavailable);
  const auto of_aws = parse_error_answer(400, {{"x-amzn-errortype", "ValidationException"}}, R"({"status":"error"})");
  EXPECT_EQ(of_aws.code, "ValidationException");
}

TEST(ErrorAnswer, MakesASentenceOfAPage) {
  const auto page = parse_error_answer(
      500, {{"content-type", "text/html"}},
      "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>");
  EXPECT_EQ(page.code, "");
  EXPECT_EQ(page.message, "what answers is no AWS service: 500 Internal Server Error");
  EXPECT_TRUE(is_transient(page));
  EXPECT_EQ(parse_error_answer(404, {}, "<p>no\nsuch page").message, "what answers is no AWS service: no such page");
  EXPECT_EQ(parse_error_answer(502, {}, "").message, "what answers is no AWS service: nothing");
}

TEST(ErrorAnswer, KnowsExpiryTheClockAndThrottling) {
  EXPECT_TRUE(is_about_expiry(parse_error_answer(400, {}, R"({"__type":"ExpiredTokenException"})")));
  EXPECT_TRUE(is_about_the_clock(parse_error_answer(403, {}, R"({"__type":"InvalidSignatureException"})")));
  EXPECT_EQ(kind_of(parse_error_answer(400, {}, R"({"__type":"ThrottlingException"})")), ErrorKind::Throttled);
  EXPECT_EQ(kind_of(parse_error_answer(429, {}, "")), ErrorKind::Throttled);
  EXPECT_EQ(kind_of(parse_error_answer(400, {},
                                       R"({"__type":"ClientException","message":"Too many concurrent attempts to )"
                                       R"(create a new revision of the specified family."})")),
            ErrorKind::Throttled);
  EXPECT_EQ(kind_of(parse_error_answer(400, {}, R"({"__type":"ClientException","message":"No container"})")),
            ErrorKind::InvalidInput);
  for (const char* code : {"LimitExceededException", "TooManyTargetGroups", "CodeStorageExceededException"}) {
    EXPECT_TRUE(is_about_a_quota({.status = 400, .code = code})) << code;
  }
  EXPECT_TRUE(is_about_a_quota({.status = 429, .code = "LimitExceededException"})) << "API Gateway's";
  EXPECT_EQ(kind_of({.status = 429, .code = "LimitExceededException"}), ErrorKind::Throttled) << "it may be a rate's";
  EXPECT_FALSE(is_about_a_quota({.status = 429, .code = "TooManyRequestsException"}));
  EXPECT_FALSE(is_about_a_quota({.status = 400, .code = "RequestLimitExceeded"}));
  EXPECT_EQ(kind_of(parse_error_answer(400, {}, R"({"__type":"InvalidParameterException"})")), ErrorKind::InvalidInput);
}

TEST(ErrorAnswer, TellsAWriteOfS3ThatIsOvertakenFromOneThatIsRefused) {
  const auto kind = [](int status, const std::string& code) {
    return kind_of(parse_error_answer(status, {}, "<Error><Code>" + code + "</Code></Error>"));
  };
  EXPECT_EQ(kind(409, "ConditionalRequestConflict"), ErrorKind::Throttled);
  EXPECT_EQ(kind(409, "OperationAborted"), ErrorKind::Throttled);
  EXPECT_EQ(kind(412, "PreconditionFailed"), ErrorKind::Conflict);
  EXPECT_EQ(kind(409, "BucketAlreadyExists"), ErrorKind::Conflict);
}

}  // namespace
}  // namespace sluice::aws
