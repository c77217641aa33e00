#include "adapters/aws/functions.h"

#include <openssl/evp.h>

#include <boost/json.hpp>

#include "adapters/aws/uri_encoding.h"

namespace sluice::aws {
namespace {

/// Empty when it is no base64.
std::string of_base64(const std::string& text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  std::size_t padding = 0;
  while (padding < text.size() && padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

}  // namespace

Result<rollout::FunctionAnswer> Functions::invoke(const rollout::Target& place, const ports::FunctionCall& wanted,
                                                  std::stop_token stop) const {
  const auto access = access_of(place);
  if (!access) return Error{ErrorKind::InvalidInput, "functions are invoked for services in AWS only"};
  TRY_ASSIGN(Client* const client, clients_.get(access->region, access->role));
  const Call call{.service = "lambda",
                  .operation = "Invoke",
                  .resource = "function " + wanted.function,
                  .repeat = Repeat::Never,
                  .rest = {.method = "POST",
                           .path = "/2015-03-31/functions/" + percent_encoded(wanted.function) + "/invocations",
                           .query = {},
                           .headers = {{"content-type", "application/json"},
                                       {"x-amz-invocation-type", "RequestResponse"},
                                       {"x-amz-log-type", "Tail"}},
                           .payload = wanted.payload},
                  .timeout = wanted.timeout};
  TRY_ASSIGN(const ports::HttpResponse response, client->exchange(call, {}, stop));
  return rollout::FunctionAnswer{.payload = response.body,
                                 .error = ports::header_in(response.headers, "x-amz-function-error"),
                                 .log_tail = of_base64(ports::header_in(response.headers, "x-amz-log-result"))};
}

}  // namespace sluice::aws
