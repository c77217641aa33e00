#include "core/analysis/request_route.h"

#include <algorithm>

namespace sluice::analysis {
namespace {

constexpr std::size_t kMostSegments = 6;
constexpr std::size_t kLongestSegment = 32;
constexpr std::size_t kLongestMethod = 10;
constexpr std::string_view kId = "{id}";
constexpr std::string_view kMore = "…";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_plain(char c) {
  return is_digit(c) || is_upper(c) || is_lower(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

/// Of what a segment consists.
struct Makeup {
  std::size_t digits = 0;
  std::size_t run = 0;  ///< Of digits, the longest.
  bool hex = true;      ///< Nothing but hexadecimal digits and dashes.
  bool plain = true;
  bool parted = false;  ///< Words with something between them.
};

Makeup makeup_of(std::string_view segment) {
  Makeup makeup;
  std::size_t run = 0;
  for (const char c : segment) {
    run = is_digit(c) ? run + 1 : 0;
    makeup.digits += is_digit(c) ? 1 : 0;
    makeup.run = std::max(makeup.run, run);
    makeup.hex = makeup.hex && (is_hex(c) || c == '-');
    makeup.plain = makeup.plain && is_plain(c);
    makeup.parted = makeup.parted || c == '-' || c == '_' || c == '.';
  }
  return makeup;
}

/// `v2` and `checkout-step` are names; `4711`, `9f1c2d3e`, `order-20231`, `ana@example.com` and tokens are not.
bool is_id(std::string_view segment) {
  constexpr std::size_t kRunOfAnId = 4;
  constexpr std::size_t kShortestHex = 8;
  constexpr std::size_t kShortestMixed = 14;
  constexpr std::size_t kLongestWord = 20;
  const Makeup makeup = makeup_of(segment);
  if (!makeup.plain || segment.size() > kLongestSegment) return true;
  if (makeup.digits == segment.size() || makeup.run >= kRunOfAnId) return true;
  if (makeup.digits > 0 && makeup.hex && segment.size() >= kShortestHex) return true;
  if (makeup.digits > 1 && segment.size() >= kShortestMixed) return true;
  return !makeup.parted && segment.size() > kLongestWord;
}

std::string_view without_host(std::string_view path) {
  const std::size_t scheme = path.find("://");
  if (path.starts_with('/') || scheme == path.npos) return path;
  const std::size_t root = path.find('/', scheme + 3);
  return root == path.npos ? std::string_view("/") : path.substr(root);
}

}  // namespace

void write_route(std::string_view method, std::string_view path, std::string& route) {
  route.clear();
  path = without_host(path);
  path = path.substr(0, path.find_first_of("?#;"));
  if (path.empty() || path == "-") return;
  if (!method.empty() && method.size() <= kLongestMethod && std::ranges::all_of(method, is_upper)) {
    route.append(method);
    route += ' ';
  }
  if (path.find_first_not_of('/') == path.npos) route += '/';
  std::size_t segments = 0;
  while (!path.empty()) {
    if (path.front() == '/') path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (segment.empty()) continue;
    const std::string_view shown = is_id(segment) ? kId : segment;
    if (++segments > kMostSegments || route.size() + shown.size() + 1 + kMore.size() > kLongestRoute) {
      route.append("/").append(kMore);
      return;
    }
    route.append("/").append(shown);
  }
}

std::string route_of(std::string_view method, std::string_view path) {
  std::string route;
  write_route(method, path, route);
  return route;
}

}  // namespace sluice::analysis
