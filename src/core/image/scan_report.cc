#include "core/image/scan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <tuple>

namespace sluice::image {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 6> kSeverities = {"UNKNOWN", "INFORMATIONAL", "LOW",
                                                         "MEDIUM",  "HIGH",          "CRITICAL"};
constexpr int kSchemaVersion = 2;

Error wrong(const std::string& what) {
  return {ErrorKind::InvalidInput, fmt::format("reading the scanner's report: {}", what)};
}

Result<std::string> text(const json::object& object, std::string_view name, const std::string& place, bool required) {
  const auto* value = object.if_contains(name);
  if (value == nullptr && !required) return std::string();
  if (value == nullptr || !value->is_string() || (required && value->as_string().empty())) {
    return wrong(fmt::format("{}.{} is not a text", place, name));
  }
  return std::string(value->as_string());
}

/// The member as a list; absent and null are an empty one, as Trivy writes them.
Result<const json::array*> list(const json::object& object, std::string_view name, const std::string& place) {
  static const json::array kNone;
  const auto* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return &kNone;
  if (!value->is_array()) return wrong(fmt::format("{}{} is not a list", place, name));
  return &value->as_array();
}

Result<Vulnerability> read_vulnerability(const json::value& value, const std::string& place) {
  if (!value.is_object()) return wrong(place + " is not an object");
  const auto& object = value.as_object();
  Vulnerability found;
  TRY_ASSIGN(found.id, text(object, "VulnerabilityID", place, true));
  TRY_ASSIGN(found.package, text(object, "PkgName", place, true));
  TRY_ASSIGN(found.installed_version, text(object, "InstalledVersion", place, false));
  TRY_ASSIGN(found.fixed_version, text(object, "FixedVersion", place, false));
  TRY_ASSIGN(const auto severity, text(object, "Severity", place, true));
  const auto parsed = parse_severity(severity);
  if (!parsed) return wrong(fmt::format("{}.Severity is '{}', which is no severity", place, severity));
  found.severity = *parsed;
  return found;
}

Status read_result(const json::value& value, const std::string& place, ScanReport& report) {
  if (!value.is_object()) return wrong(place + " is not an object");
  const auto& object = value.as_object();
  TRY_ASSIGN(const auto target, text(object, "Target", place, true));
  TRY_ASSIGN(const auto* vulnerabilities, list(object, "Vulnerabilities", place + "."));
  for (std::size_t i = 0; i < vulnerabilities->size(); ++i) {
    TRY_ASSIGN(auto found, read_vulnerability((*vulnerabilities)[i], fmt::format("{}.Vulnerabilities[{}]", place, i)));
    found.target = target;
    report.vulnerabilities.push_back(std::move(found));
  }
  return {};
}

}  // namespace

std::string_view to_string(ScanSeverity severity) { return kSeverities.at(static_cast<std::size_t>(severity)); }

std::optional<ScanSeverity> parse_severity(std::string_view name) {
  const auto* const found = std::find(kSeverities.begin(), kSeverities.end(), name);
  if (found == kSeverities.end()) return std::nullopt;
  return static_cast<ScanSeverity>(found - kSeverities.begin());
}

Result<ScanReport> parse_trivy_report(std::string_view text) {
  boost::system::error_code failed;
  const json::value document = json::parse({text.data(), text.size()}, failed);
  if (failed) return wrong(fmt::format("it is not JSON ({})", failed.message()));
  if (!document.is_object()) return wrong("it is not an object");
  const auto& object = document.as_object();
  const auto* version = object.if_contains("SchemaVersion");
  if (version == nullptr || !version->is_int64()) return wrong("it has no SchemaVersion");
  if (version->as_int64() != kSchemaVersion) {
    return wrong(fmt::format("its SchemaVersion is {}; only {} is known", version->as_int64(), kSchemaVersion));
  }
  ScanReport report;
  TRY_ASSIGN(const auto* results, list(object, "Results", ""));
  for (std::size_t i = 0; i < results->size(); ++i) {
    TRY(read_result((*results)[i], fmt::format("Results[{}]", i), report));
  }
  report.sort();
  return report;
}

void ScanReport::sort() {
  std::sort(vulnerabilities.begin(), vulnerabilities.end(), [](const auto& a, const auto& b) {
    return std::tie(b.severity, a.id, a.package, a.target) < std::tie(a.severity, b.id, b.package, b.target);
  });
}

std::map<ScanSeverity, int> ScanReport::counts() const {
  std::map<ScanSeverity, int> counts;
  for (const auto& found : vulnerabilities) ++counts[found.severity];
  return counts;
}

std::vector<Vulnerability> ScanReport::of(const std::vector<ScanSeverity>& severities) const {
  std::vector<Vulnerability> chosen;
  std::copy_if(vulnerabilities.begin(), vulnerabilities.end(), std::back_inserter(chosen), [&](const auto& found) {
    return std::find(severities.begin(), severities.end(), found.severity) != severities.end();
  });
  return chosen;
}

std::string describe(const Vulnerability& vulnerability) {
  return fmt::format(
      "{} {} {} {} ({})", vulnerability.id, to_string(vulnerability.severity), vulnerability.package,
      vulnerability.installed_version,
      vulnerability.fixed_version.empty() ? "no fix is known" : "fixed in " + vulnerability.fixed_version);
}

}  // namespace sluice::image
