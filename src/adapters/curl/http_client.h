// ports::HttpClient over libcurl.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "ports/http_client.h"

namespace sluice::curl {

/// May be used from any number of threads at once. Kept between requests: DNS answers and TLS sessions, and for
/// GET and HEAD over https the connection itself. Everything else gets a connection of its own, because libcurl
/// sends a request again by itself when a kept connection turns out to be dead.
/// A URL whose host is an address or `localhost`, and every Unix socket, is asked directly; a name goes through the
/// proxy that the environment names (http_proxy, https_proxy, no_proxy). The authorities of certificates are the
/// system's, or those of the file that AWS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE names.
class HttpClient final : public ports::HttpClient {
 public:
  HttpClient();
  ~HttpClient() override;
  Result<ports::HttpResponse> send(const ports::HttpRequest& request, std::stop_token stop) override;

 private:
  class Session;
  std::unique_ptr<Session> take();
  void give_back(std::unique_ptr<Session> session);

  std::mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_;
};

}  // namespace sluice::curl
