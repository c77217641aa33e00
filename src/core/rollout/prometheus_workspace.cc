#include "core/rollout/prometheus_workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::rollout {
namespace {

constexpr std::size_t kLongestId = 64;
constexpr std::string_view kScheme = "https://";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// Of one of the service's hosts; empty for any other. PrivateLink puts the endpoint's id in front.
std::string_view region_of_host(std::string_view host) {
  constexpr std::array<std::string_view, 7> kDomains{
      "amazonaws.com",      "amazonaws.com.cn",      "api.aws",     "api.amazonwebservices.com.cn",
      "vpce.amazonaws.com", "vpce.amazonaws.com.cn", "amazonaws.eu"};
  if (host.starts_with("vpce-")) host.remove_prefix(std::min(host.find('.'), host.size() - 1) + 1);
  if (!take_prefix(host, "aps-workspaces.") && !take_prefix(host, "aps-workspaces-fips.")) return {};
  const std::size_t dot = host.find('.');
  if (dot == std::string_view::npos || std::ranges::find(kDomains, host.substr(dot + 1)) == kDomains.end()) return {};
  return host.substr(0, dot);
}

bool is_id(std::string_view text) {
  const auto is_alphanumeric = [](char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kLongestId && is_alphanumeric(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

/// Of `/workspaces/ID` and `/workspaces/ID/api/v1/query`; empty for any other path.
std::string_view id_in_path(std::string_view path) {
  while (take_suffix(path, "/")) continue;
  take_suffix(path, "/api/v1/query");
  if (!take_prefix(path, "/workspaces/")) return {};
  return is_id(path) ? path : std::string_view();
}

}  // namespace

Result<std::optional<PrometheusWorkspace>> workspace_at(std::string_view url) {
  std::string_view rest = url;
  const bool is_https = take_prefix(rest, kScheme);
  if (!is_https && !take_prefix(rest, "http://")) return std::nullopt;
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string host(rest.substr(0, slash));
  std::ranges::transform(host, host.begin(), lower);
  const std::size_t port = std::min(host.find(':'), host.size());
  const bool is_usual_port = port == host.size() || host.substr(port) == ":443";
  host.resize(port);
  const std::string_view region = region_of_host(host);
  if (region.empty()) return std::nullopt;
  const std::string_view id = id_in_path(rest.substr(slash));
  if (is_https && is_usual_port && !id.empty()) {
    return PrometheusWorkspace{.id = std::string(id), .region = std::string(region), .host = host};
  }
  return Error{ErrorKind::InvalidInput,
               fmt::format("'{}' is no address at which a workspace of Amazon Managed Service for Prometheus is asked: "
                           "write its query URL, https://{}/workspaces/ID/api/v1/query",
                           url, host)};
}

}  // namespace sluice::rollout
