#include "adapters/podman/api_client.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "base/percent_encoding.h"

namespace sluice::podman {
namespace {

constexpr Milliseconds kServiceBackWithin{5000};
constexpr Milliseconds kServicePause{10};

/// Waits for `span` or until `stop`; true when stopped.
bool paused(Milliseconds span, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any changed;
  changed.wait_for(lock, stop, span, [] { return false; });
  return stop.stop_requested();
}

}  // namespace

Error api_error(const ports::HttpResponse& response, const std::string& what) {
  boost::system::error_code failed;
  const auto json = boost::json::parse(response.body, failed);
  std::string message = response.body.substr(0, 500);
  if (!failed && json.is_object()) {
    if (const auto* said = json.as_object().if_contains("message"); said != nullptr && said->is_string()) {
      message = said->as_string().c_str();
    }
  }
  const auto kind = response.status == 404   ? ErrorKind::NotFound
                    : response.status == 409 ? ErrorKind::Conflict
                    : response.status == 400 ? ErrorKind::InvalidInput
                                             : ErrorKind::Failed;
  return {kind, fmt::format("{}: podman answered {}: {}", what, response.status, message)};
}

Result<std::unique_ptr<ApiClient>> ApiClient::create(Options options, ports::HttpClient& http,
                                                     ports::Daemons& daemons) {
  const std::string socket = options.run_directory + "/podman.sock";
  std::unique_ptr<ApiClient> client(new ApiClient(socket, http));
  ports::DaemonRequest request{
      .name = "podman-service",
      .argv = {"podman", "--runtime", options.runtime, "--log-level", "error", "system", "service", "-t", "0",
               "unix://" + socket},
      .prepare = [socket, folder = options.run_directory]() -> Status {
        std::error_code error;
        std::filesystem::create_directories(folder, error);
        if (!error) std::filesystem::remove(socket, error);
        if (error) return Error{ErrorKind::Failed, fmt::format("making {}: {}", folder, error.message())};
        return {};
      },
      .answers = [self = client.get()] { return self->answers(); },
  };
  TRY_ASSIGN(client->service_, daemons.supervise(std::move(request)));
  return client;
}

std::unique_ptr<ApiClient> ApiClient::absent(Error why, ports::HttpClient& http) {
  std::unique_ptr<ApiClient> client(new ApiClient({}, http));
  client->absent_ = std::move(why);
  return client;
}

bool ApiClient::answers() {
  const auto pong =
      http_.send({.url = "http://podman/_ping", .unix_socket = socket_, .timeout = Milliseconds(2000)}, {});
  return pong.has_value() && pong->status == 200;
}

Result<ports::HttpResponse> ApiClient::send(const ApiRequest& request, std::stop_token stop) {
  if (absent_) return *absent_;
  ports::HttpRequest http{.method = request.method,
                          .url = "http://podman/v4.0.0/libpod" + request.path,
                          .unix_socket = socket_,
                          .body = request.body,
                          .timeout = request.timeout};
  for (char separator = '?'; const auto& [name, value] : request.query) {
    http.url += separator + name + "=" + percent_encoded(value);
    separator = '&';
  }
  if (!request.body.empty()) http.headers["Content-Type"] = "application/json";
  const auto until = std::chrono::steady_clock::now() + kServiceBackWithin;
  for (;;) {
    auto response = http_.send(http, stop);
    const bool not_sent = !response.has_value() && response.error().kind == ErrorKind::Unavailable;
    if (!not_sent || std::chrono::steady_clock::now() > until || paused(kServicePause, stop)) return response;
  }
}

Result<std::string> ApiClient::call(const ApiRequest& request, const std::string& what, std::stop_token stop) {
  auto response = send(request, std::move(stop));
  if (!response.has_value()) return with_context(std::move(response), what);
  if (response->status >= 300 && response->status != 304) return api_error(*response, what);
  return std::move(response->body);
}

Result<bool> ApiClient::has_image(const std::string& name, std::stop_token stop) {
  const std::string what = "looking for image " + name;
  auto response = send({.path = "/images/" + name + "/exists"}, std::move(stop));
  if (!response.has_value()) return with_context(std::move(response), what);
  if (response->status == 204) return true;
  if (response->status == 404) return false;
  return api_error(*response, what);
}

}  // namespace sluice::podman
