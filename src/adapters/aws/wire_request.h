// A call as the HTTP request that is going to be sent, unsigned and signed. Pure: what is signed is what is sent.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <string>

#include "adapters/aws/credentials.h"
#include "adapters/aws/endpoint.h"
#include "adapters/aws/service.h"
#include "adapters/aws/uri_encoding.h"
#include "base/time.h"
#include "ports/http_client.h"

namespace sluice::aws {

/// Method, path and query of a call of a rest-json or rest-xml service; the other protocols have no use for it.
struct RestParts {
  std::string method = "GET";
  std::string path = "/";  ///< Its labels percent-encoded once.
  QueryPairs query;
  std::map<std::string, std::string> headers;  ///< Besides the usual ones, names in lower case.
  std::string payload;                         ///< Bytes as they are, in place of JSON, where the input has no members.
};

struct WireRequest {
  std::string method = "POST";
  std::string path = "/";
  QueryPairs query;
  std::map<std::string, std::string> headers;  ///< Names in lower case; without `host`.
  std::string body;
};

WireRequest wire_request(const Service& service, const std::string& operation, const boost::json::object& input,
                         const RestParts& rest);

/// Where and when a request is sent.
struct Destination {
  const Service& service;
  const Endpoint& endpoint;
  std::string region;
};

/// With the endpoint in front, and signed for `at` with `credentials`; unsigned without. It says `sluice/VERSION` as
/// its user agent, by which CloudTrail tells its calls from a person's.
ports::HttpRequest to_http(const WireRequest& request, const Destination& destination, const Credentials* credentials,
                           TimePoint at, Milliseconds timeout);

}  // namespace sluice::aws
