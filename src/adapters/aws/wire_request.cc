#include "adapters/aws/wire_request.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/form_body.h"
#include "adapters/aws/sigv4.h"

namespace sluice::aws {
namespace {

WireRequest json_request(const Service& service, std::string_view version, const std::string& operation,
                         const boost::json::object& input) {
  WireRequest request;
  request.headers["content-type"] = fmt::format("application/x-amz-json-{}", version);
  request.headers["x-amz-target"] = fmt::format("{}.{}", service.target_prefix, operation);
  request.body = boost::json::serialize(input);
  return request;
}

/// Not signed: proxies may write their own.
ports::HttpRequest with_user_agent(ports::HttpRequest request) {
  request.headers["user-agent"] = "sluice/" SLUICE_VERSION;
  return request;
}

}  // namespace

WireRequest wire_request(const Service& service, const std::string& operation, const boost::json::object& input,
                         const RestParts& rest) {
  switch (service.protocol) {
    case Protocol::Json10: return json_request(service, "1.0", operation, input);
    case Protocol::Json11: return json_request(service, "1.1", operation, input);
    case Protocol::Query: {
      WireRequest request;
      request.headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8";
      request.body = form_body(operation, std::string(service.api_version), input);
      return request;
    }
    case Protocol::RestJson:
    case Protocol::RestXml: break;
  }
  WireRequest request{.method = rest.method, .path = rest.path, .query = rest.query, .headers = rest.headers};
  if (!rest.payload.empty()) {
    request.headers.try_emplace("content-type", "application/octet-stream");
    request.body = rest.payload;
  }
  if (!input.empty()) {
    request.headers["content-type"] = "application/json";
    request.body = boost::json::serialize(input);
  }
  return request;
}

ports::HttpRequest to_http(const WireRequest& request, const Destination& destination, const Credentials* credentials,
                           TimePoint at, Milliseconds timeout) {
  const Endpoint& endpoint = destination.endpoint;
  const std::string path = endpoint.prefix + request.path;
  const std::string query = canonical_query(request.query);
  ports::HttpRequest http{.method = request.method,
                          .url = endpoint.base + path + (query.empty() ? "" : "?" + query),
                          .headers = request.headers,
                          .body = request.body,
                          .timeout = timeout};
  http.headers["host"] = endpoint.host;
  if (credentials == nullptr) return with_user_agent(std::move(http));
  RequestToSign to_sign{.method = request.method, .path = path, .query = request.query, .body = request.body};
  to_sign.headers.assign(http.headers.begin(), http.headers.end());
  const SigningScope scope{destination.region, std::string(destination.service.signing_name)};
  SigningRules rules;
  if (destination.service.protocol == Protocol::RestXml) {
    rules = {.path = PathEncoding::Once, .normalize_path = false, .body_hash_header = true};
  }
  for (const auto& [name, value] : sign(to_sign, *credentials, scope, at, rules).headers) http.headers[name] = value;
  return with_user_agent(std::move(http));
}

}  // namespace sluice::aws
