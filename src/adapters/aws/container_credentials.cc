#include "adapters/aws/container_credentials.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::aws {
namespace {

constexpr std::string_view kTaskAddress = "http://169.254.170.2";
constexpr Milliseconds kTimeout{2'000};
constexpr int kAttempts = 3;

/// Of `http://host:port/path` or `http://[::1]/path`.
std::string host_of(std::string_view url) {
  std::string_view rest = url.substr(url.find("//") + 2);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) rest = rest.substr(at + 1);
  if (rest.starts_with('[')) return std::string(rest.substr(1, rest.find(']') - 1));
  return std::string(rest.substr(0, rest.find(':')));
}

bool is_loopback(const std::string& host) {
  in_addr four{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return host == "::1" || host == "localhost";
}

bool may_be_asked(const std::string& url) {
  static constexpr std::array<std::string_view, 3> kHosts = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
  if (url.starts_with("https://")) return true;
  if (!url.starts_with("http://")) return false;
  const std::string host = host_of(url);
  return is_loopback(host) || std::ranges::find(kHosts, host) != kHosts.end();
}

Result<std::string> authorization(const Surroundings& around) {
  std::string token = around.variables("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (const auto file = around.variables("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file && !file->empty()) {
    TRY_ASSIGN(const auto text, around.files.read(*file));
    if (!text) return Error{ErrorKind::NotFound, fmt::format("there is no token at {}", *file)};
    token = *text;
  }
  while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  if (token.find_first_of("\r\n") != std::string::npos) {
    return Error{ErrorKind::InvalidInput, "the container's authorization token has more than one line"};
  }
  return token;
}

}  // namespace

MaybeCredentials container_credentials(const Surroundings& around, const std::stop_token& stop) {
  const std::string relative = around.variables("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").value_or("");
  const std::string full = around.variables("AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("");
  if (relative.empty() && full.empty()) return std::nullopt;
  const std::string url = relative.empty() ? full : std::string(kTaskAddress) + relative;
  if (!may_be_asked(url)) {
    return Error{
        ErrorKind::InvalidInput,
        fmt::format("AWS_CONTAINER_CREDENTIALS_FULL_URI names {}: only https, a loopback address, 169.254.170.2, "
                    "169.254.170.23 and fd00:ec2::23 may be asked for credentials",
                    host_of(url))};
  }
  ports::HttpRequest request{.url = url, .timeout = kTimeout};
  TRY_ASSIGN(const std::string token, authorization(around));
  if (!token.empty()) request.headers["authorization"] = token;
  for (int attempt = 1;; ++attempt) {
    auto response = around.http.send(request, stop);
    const bool last = attempt == kAttempts || stop.stop_requested();
    if (response && response->status == 200) {
      TRY_ASSIGN(auto credentials, credentials_of_json(response->body, "the container's credentials"));
      return credentials;
    }
    if (!last && (!response || response->status >= 500)) continue;
    if (!response) return with_context(std::move(response), "the container's credentials");
    return Error{response->status / 100 == 4 ? ErrorKind::Denied : ErrorKind::Unavailable,
                 fmt::format("the container's credentials: {} answered {}", host_of(url), response->status)};
  }
}

}  // namespace sluice::aws
