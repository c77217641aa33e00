#include "adapters/aws/wire_request.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <sstream>

#include "adapters/aws/sigv4.h"
#include "support/aws_surroundings.h"

namespace sluice::aws {
namespace {

using test::Answer;
using test::AwsSurroundings;

const Credentials kKeys{
    .access_key_id = "AKID", .secret_access_key = Secret("secret"), .session_token = Secret("a+token/=")};

/// Signs again what came over the wire, with all headers that the request says were signed.
std::string signature_of_received(const std::string& text, TimePoint at, const SigningScope& scope) {
  RequestToSign request;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  std::string target;
  std::istringstream(line) >> request.method >> target;
  request.path = target.substr(0, target.find('?'));
  std::istringstream pairs(target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1));
  for (std::string pair; std::getline(pairs, pair, '&');) {
    request.query.emplace_back(percent_decoded(pair.substr(0, pair.find('='))),
                               percent_decoded(pair.substr(pair.find('=') + 1)));
  }
  HeaderList received;
  while (std::getline(lines, line) && line != "\r") {
    std::string name = line.substr(0, line.find(':'));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    received.emplace_back(name, line.substr(name.size() + 2, line.size() - name.size() - 3));
  }
  std::string signed_names;
  for (const auto& [name, value] : received) {
    if (name != "authorization") continue;
    const std::size_t begin = value.find("SignedHeaders=") + 14;
    signed_names = ";" + value.substr(begin, value.find(',', begin) - begin) + ";";
  }
  for (const auto& header : received) {
    const bool is_made_by_signing = header.first == "x-amz-date" || header.first == "x-amz-security-token";
    if (!is_made_by_signing && signed_names.find(";" + header.first + ";") != std::string::npos)
      request.headers.push_back(header);
  }
  std::ostringstream body;
  body << lines.rdbuf();
  request.body = body.str();
  return sign(request, kKeys, scope, at).headers.back().second;
}

struct Sent {
  std::string service;
  std::string operation;
  boost::json::object input;
  RestParts rest = {};
};

TEST(WireRequest, IsSentByLibcurlExactlyAsItWasSigned) {
  AwsSurroundings around([](const std::string&) { return Answer{}; });
  const std::string arn = percent_encoded("arn:aws:lambda:eu-west-1:1:function:a b", Slash::Encode);
  const std::vector<Sent> all = {
      {"ecs", "ListClusters", {{"maxResults", 5}}},
      {"cloudwatch", "GetMetricData", {}},
      {"elbv2", "DescribeRules", {{"RuleArns", boost::json::array{"arn:aws:x/y", "ü"}}}},
      {"lambda", "ListTags", {}, {.path = "/2017-03-31/tags/" + arn}},
      {"lambda", "List", {}, {.path = "/a//b/./c", .query = {{"b", "x:y z"}, {"a", ""}, {"B", "1"}, {"b", "2"}}}},
      {"lambda", "Put", {{"a", 1}}, {.method = "PUT", .path = "/p", .headers = {{"if-match", "  two  spaces "}}}},
      {"apigateway", "Patch", {{"op", "ü"}}, {.method = "PATCH", .path = "/restapis/x"}},
      {"apigateway", "Delete", {}, {.method = "DELETE", .path = "/restapis/x"}},
      {"apigateway", "Post", {}, {.method = "POST", .path = "/empty"}},
      {"apigateway", "Put", {}, {.method = "PUT", .path = "/restapis/x", .payload = "openapi: 3.0.1\nü: x"}},
  };
  for (const Sent& one : all) {
    SCOPED_TRACE(one.service + " " + one.operation + " " + one.rest.path);
    const Service& service = **find_service(one.service);
    const auto surroundings = around.get();
    const Endpoint endpoint = *endpoint_of(service, "eu-west-1", surroundings.variables);
    const WireRequest wire = wire_request(service, one.operation, one.input, one.rest);
    const TimePoint at = around.clock.now();
    const auto http = to_http(wire, {service, endpoint, "eu-west-1"}, &kKeys, at, Milliseconds(5000));
    const auto response = surroundings.http.send(http, {});
    ASSERT_TRUE(response.has_value()) << response.error().message;
    const std::string received = around.requests().back();
    const SigningScope scope{"eu-west-1", std::string(service.signing_name)};
    EXPECT_EQ(signature_of_received(received, at, scope), http.headers.at("authorization")) << received;
    EXPECT_EQ(received.find("Expect"), std::string::npos);
    EXPECT_NE(received.find("\r\nuser-agent: sluice/" SLUICE_VERSION "\r\n"), std::string::npos) << received;
    EXPECT_EQ(http.headers.at("authorization").find("user-agent"), std::string::npos);
  }
}

}  // namespace
}  // namespace sluice::aws
