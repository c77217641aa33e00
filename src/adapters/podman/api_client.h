// podman's REST API (libpod), and the service that answers it, which this starts and keeps running.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "ports/daemons.h"
#include "ports/http_client.h"

namespace sluice::podman {

struct ApiRequest {
  std::string method = "GET";
  std::string path;                          ///< After `/libpod`: `/containers/NAME/json`.
  std::map<std::string, std::string> query;  ///< Plain values; encoded here.
  std::string body;                          ///< JSON.
  Milliseconds timeout{30'000};
};

/// May be used from any number of threads at once.
class ApiClient {
 public:
  struct Options {
    std::string run_directory;     ///< The socket is `podman.sock` in it.
    std::string runtime = "runc";  ///< crun fails where CAP_SYS_RESOURCE is missing.
  };

  /// Starts the service, or keeps the one that an earlier sluice started. `http` and `daemons` must outlive this.
  /// Errors: NotFound (podman is not installed), Failed, TimedOut.
  static Result<std::unique_ptr<ApiClient>> create(Options options, ports::HttpClient& http, ports::Daemons& daemons);

  /// Of a machine on which containers are not to be had: each request has the error `why`.
  static std::unique_ptr<ApiClient> absent(Error why, ports::HttpClient& http);
  bool is_absent() const { return absent_.has_value(); }

  /// One exchange; any status is a result. A request that cannot have reached the service (it just died and is being
  /// started again) is sent again for up to 5 s. Errors: those of ports::HttpClient.
  Result<ports::HttpResponse> send(const ApiRequest& request, std::stop_token stop = {});

  /// As `send`, but only 2xx and 304 (`already so`) pass: 404 is NotFound, 409 Conflict, 400 InvalidInput, others
  /// Failed, with podman's own message after `what`.
  Result<std::string> call(const ApiRequest& request, const std::string& what, std::stop_token stop = {});

  /// Whether podman's store has an image of this name.
  Result<bool> has_image(const std::string& name, std::stop_token stop = {});

  /// The service itself; there is none where podman is absent.
  ports::Daemon& service() { return *service_; }

 private:
  ApiClient(std::string socket, ports::HttpClient& http) : socket_(std::move(socket)), http_(http) {}
  bool answers();

  std::string socket_;
  ports::HttpClient& http_;
  std::optional<Error> absent_;
  std::unique_ptr<ports::Daemon> service_;
};

/// What podman says went wrong (`message` of its JSON), else the body's start.
Error api_error(const ports::HttpResponse& response, const std::string& what);

}  // namespace sluice::podman
