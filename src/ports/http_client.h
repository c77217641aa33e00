// HTTP requests to anywhere.
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/time.h"

namespace sluice::ports {

using HttpHeaders = std::map<std::string, std::string>;

/// Empty when there is none of this name.
inline std::string header_in(const HttpHeaders& headers, const std::string& name) {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

struct HttpRequest {
  std::string method = "GET";
  std::string url;          ///< http:// or https://
  std::string unix_socket;  ///< Path of a Unix socket to send it through; empty: TCP.
  HttpHeaders headers;
  std::string body;
  Milliseconds timeout{10'000};  ///< For the whole exchange.
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;      ///< Names in lower case.
  std::string body;         ///< At most 64 MiB, else InvalidInput.
  Milliseconds latency{0};  ///< From the request's first byte to the answer's last.
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  /// One exchange, never repeated by itself, redirects not followed. Any status is a result. Errors: Unavailable
  /// (no connection: nothing happened), TimedOut, UnknownOutcome (sent, and the answer was lost), Cancelled.
  virtual Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop) = 0;
};

}  // namespace sluice::ports
