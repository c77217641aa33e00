#include "adapters/aws/sigv4.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace sluice::aws {
namespace {

const std::filesystem::path kSuite = SLUICE_SOURCE_DIR "/tests/data/aws-sigv4/v4";

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// One case of AWS's suite: a request as it would be on the wire, and how it is to be signed.
struct Case {
  RequestToSign request;
  Credentials credentials;
  SigningScope scope;
  TimePoint at;
  SigningRules rules;
};

QueryPairs query_of(const std::string& text) {
  QueryPairs pairs;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, '&');) {
    const std::size_t equals = part.find('=');
    const std::string value = equals == std::string::npos ? "" : part.substr(equals + 1);
    pairs.emplace_back(percent_decoded(part.substr(0, equals)), percent_decoded(value));
  }
  return pairs;
}

RequestToSign request_of(const std::string& text) {
  RequestToSign request;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const std::size_t method_end = line.find(' ');
  const std::string target = line.substr(method_end + 1, line.rfind(" HTTP/") - method_end - 1);
  request.method = line.substr(0, method_end);
  request.path = target.substr(0, target.find('?'));
  if (target.find('?') != std::string::npos) request.query = query_of(target.substr(target.find('?') + 1));
  while (std::getline(lines, line) && !line.empty() && line != "\r") {
    if (line.front() == ' ') {
      request.headers.back().second += "\n" + line;
    } else {
      request.headers.emplace_back(line.substr(0, line.find(':')), line.substr(line.find(':') + 1));
    }
  }
  std::ostringstream body;
  body << lines.rdbuf();
  request.body = body.str();
  return request;
}

Case case_of(const std::filesystem::path& folder) {
  const boost::json::value context = boost::json::parse(text_of(folder / "context.json"));
  const auto text = [&context](const char* pointer) {
    boost::json::error_code error;
    const boost::json::value* found = context.find_pointer(pointer, error);
    return found == nullptr ? std::string() : std::string(found->as_string());
  };
  Case result{.request = request_of(text_of(folder / "request.txt"))};
  result.credentials = {.access_key_id = text("/credentials/access_key_id"),
                        .secret_access_key = Secret(text("/credentials/secret_access_key")),
                        .session_token = Secret(text("/credentials/token"))};
  result.scope = {text("/region"), text("/service")};
  result.at = *parse_rfc3339(text("/timestamp"));
  result.rules.normalize_path = context.at("normalize").as_bool();
  result.rules.body_hash_header = context.at("sign_body").as_bool();
  const boost::json::value* omit = context.as_object().if_contains("omit_session_token");
  result.rules.sign_session_token = omit == nullptr || !omit->as_bool();
  return result;
}

TEST(SignatureVersion4, SignsEveryCaseOfAwssOwnSuiteAsAwsDoes) {
  int cases = 0;
  for (const auto& folder : std::filesystem::directory_iterator(kSuite)) {
    if (!std::filesystem::exists(folder.path() / "header-signature.txt")) continue;  // signed in the query only
    SCOPED_TRACE(folder.path().filename().string());
    const Case one = case_of(folder.path());
    const Signed signed_request = sign(one.request, one.credentials, one.scope, one.at, one.rules);
    EXPECT_EQ(signed_request.canonical_request, text_of(folder.path() / "header-canonical-request.txt"));
    EXPECT_EQ(signed_request.string_to_sign, text_of(folder.path() / "header-string-to-sign.txt"));
    const std::string expected = text_of(folder.path() / "header-signature.txt");
    EXPECT_TRUE(signed_request.headers.back().second.ends_with("Signature=" + expected));
    ++cases;
  }
  EXPECT_EQ(cases, 38);
}

TEST(SignatureVersion4, EncodesThePathOfAnArnTwiceExceptForS3) {
  const RequestToSign request{.method = "GET",
                              .path = "/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aa",
                              .headers = {{"host", "lambda.eu-west-1.amazonaws.com"}}};
  const Credentials keys{.access_key_id = "AKID", .secret_access_key = Secret("secret")};
  const TimePoint at = *parse_rfc3339("2026-01-02T03:04:05Z");
  const Signed twice = sign(request, keys, {"eu-west-1", "lambda"}, at);
  EXPECT_TRUE(twice.canonical_request.starts_with("GET\n/tags/arn%253Aaws%253Alambda"));
  const Signed once = sign(request, keys, {"eu-west-1", "s3"}, at,
                           {.path = PathEncoding::Once, .normalize_path = false, .body_hash_header = true});
  EXPECT_TRUE(once.canonical_request.starts_with("GET\n/tags/arn%3Aaws%3Alambda"));
  EXPECT_NE(once.canonical_request.find("host;x-amz-content-sha256;x-amz-date"), std::string::npos);
}

TEST(SignatureVersion4, ResolvesNoDotsWhereItMustNot) {
  const RequestToSign request{.path = "/a//b/../c", .headers = {{"host", "example.org"}}};
  const Credentials keys{.access_key_id = "AKID", .secret_access_key = Secret("secret")};
  EXPECT_TRUE(sign(request, keys, {"r", "s"}, {}).canonical_request.starts_with("POST\n/a/c\n"));
  const SigningRules raw{.path = PathEncoding::Once, .normalize_path = false};
  EXPECT_TRUE(sign(request, keys, {"r", "s"}, {}, raw).canonical_request.starts_with("POST\n/a//b/../c\n"));
}

TEST(SignatureVersion4, WritesItsDateWithoutPunctuation) {
  EXPECT_EQ(format_amz_date(*parse_rfc3339("2026-01-02T03:04:05.678Z")), "20260102T030405Z");
}

/// The example of "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" in S3's API reference.
TEST(Sigv4, SignsAnAddressAsThePageOfS3Says) {
  const Credentials credentials{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                .secret_access_key = Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
  const RequestToSign request{
      .method = "GET", .path = "/test.txt", .headers = {{"Host", "examplebucket.s3.amazonaws.com"}}};
  EXPECT_EQ(presigned_query(request, credentials, {"us-east-1", "s3"}, *parse_rfc3339("2013-05-24T00:00:00Z"),
                            std::chrono::hours{24}),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

}  // namespace
}  // namespace sluice::aws
