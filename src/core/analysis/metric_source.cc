#include "core/analysis/metric_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace sluice::analysis {
namespace {

std::optional<int> status_of(std::string_view text) {
  int status = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, status);
  if (failed != std::errc{} || stop != end || status < 100 || status > 599) return std::nullopt;
  return status;
}

}  // namespace

std::string_view to_string(SourceKind kind) {
  switch (kind) {
    case SourceKind::Log: return "log";
    case SourceKind::Router: return "router";
    case SourceKind::Prometheus: return "prometheus";
    case SourceKind::CloudWatch: return "cloudwatch";
    case SourceKind::Probes: return "probes";
  }
  std::unreachable();
}

std::optional<SourceKind> parse_source_kind(std::string_view name) {
  for (const auto kind : {SourceKind::Log, SourceKind::Router, SourceKind::Prometheus, SourceKind::CloudWatch,
                          SourceKind::Probes}) {
    if (to_string(kind) == name) return kind;
  }
  return std::nullopt;
}

Result<StatusRange> parse_status_range(std::string_view text) {
  const auto bad = [&] {
    return Error{ErrorKind::InvalidInput, fmt::format("'{}' are no statuses; write 429, 4xx or 400-417", text)};
  };
  if (text.size() == 3 && text.ends_with("xx") && text[0] >= '1' && text[0] <= '5') {
    const int hundreds = (text[0] - '0') * 100;
    return StatusRange{hundreds, hundreds + 99};
  }
  const std::size_t dash = text.find('-');
  const auto least = status_of(text.substr(0, dash));
  const auto most = dash == text.npos ? least : status_of(text.substr(dash + 1));
  if (!least || !most || *most < *least) return bad();
  return StatusRange{*least, *most};
}

bool is_about(const MetricSource& router, std::string_view path) {
  std::string_view prefix = router.path;
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  return path.starts_with(prefix) && (path.size() == prefix.size() || prefix.empty() || path[prefix.size()] == '/');
}

bool is_event(const MetricSource& router, int status) {
  return std::ranges::any_of(router.statuses,
                             [&](const StatusRange& range) { return status >= range.least && status <= range.most; });
}

}  // namespace sluice::analysis
