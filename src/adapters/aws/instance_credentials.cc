#include "adapters/aws/instance_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sluice::aws {
namespace {

constexpr Milliseconds kTimeout{1'000};
constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
constexpr std::string_view kTokenSeconds = "21600";

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string address(const Variables& variables) {
  std::string own = variables("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("");
  while (own.ends_with('/')) own.pop_back();
  if (!own.empty()) return own;
  const bool six = lower_case(variables("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or("")) == "ipv6";
  return six ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

std::string first_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) line.pop_back();
  return line;
}

}  // namespace

MaybeCredentials instance_credentials(const Surroundings& around, const std::stop_token& stop) {
  if (lower_case(around.variables("AWS_EC2_METADATA_DISABLED").value_or("")) == "true") return std::nullopt;
  const std::string base = address(around.variables);
  ports::HttpRequest put{.method = "PUT", .url = base + "/latest/api/token", .timeout = kTimeout};
  put.headers["x-aws-ec2-metadata-token-ttl-seconds"] = kTokenSeconds;
  const auto session = around.http.send(put, stop);
  if (!session || session->status != 200 || session->body.empty()) return std::nullopt;
  const auto get = [&](const std::string& path) {
    ports::HttpRequest request{.url = base + path, .timeout = kTimeout};
    request.headers["x-aws-ec2-metadata-token"] = session->body;
    return around.http.send(request, stop);
  };
  const auto roles = get(std::string(kRoles));
  if (!roles || roles->status != 200 || first_line(roles->body).empty()) return std::nullopt;
  const std::string role = first_line(roles->body);
  auto keys = get(std::string(kRoles) + role);
  const std::string what = fmt::format("instance metadata (role {})", role);
  if (!keys) return with_context(std::move(keys), what);
  if (keys->status != 200) return Error{ErrorKind::Failed, fmt::format("{}: answered {}", what, keys->status)};
  TRY_ASSIGN(auto credentials, credentials_of_json(keys->body, what));
  return credentials;
}

}  // namespace sluice::aws
