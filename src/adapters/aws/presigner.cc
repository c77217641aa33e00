#include "adapters/aws/presigner.h"

#include "adapters/aws/endpoint.h"
#include "adapters/aws/service.h"
#include "adapters/aws/sigv4.h"
#include "adapters/aws/uri_encoding.h"

namespace sluice::aws {

Result<std::string> Presigner::address(const std::string& method, const std::string& bucket, const std::string& key,
                                       Milliseconds lifetime, const std::stop_token& stop) {
  TRY_ASSIGN(const Service* service, find_service("s3"));
  TRY_ASSIGN(const Endpoint endpoint, endpoint_of(*service, around_.region, around_.variables));
  TRY_ASSIGN(const Credentials credentials, credentials_.get(stop));
  // Path-style, as the object store asks.
  const RequestToSign request{.method = method,
                              .path = endpoint.prefix + "/" + bucket + "/" + percent_encoded(key, Slash::Keep),
                              .query = {},
                              .headers = {{"host", endpoint.host}},
                              .body = {}};
  const SigningScope scope{around_.region, std::string(service->signing_name)};
  return endpoint.base + request.path + "?" +
         presigned_query(request, credentials, scope, around_.clock.now(), lifetime);
}

}  // namespace sluice::aws
