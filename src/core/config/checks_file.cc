#include "core/config/checks_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "core/config/check.h"
#include "core/config/configuration.h"
#include "core/config/read_analysis.h"
#include "core/config/read_rollout.h"
#include "core/config/shape.h"
#include "core/yaml/document.h"

namespace sluice::config {
namespace {

bool is_whole_file(const yaml::Node& root) {
  return std::ranges::any_of(std::array{"version", "project", "services"},
                             [&](const char* key) { return root.find(key) != nullptr; });
}

ParsedChecks refused(std::string_view file, std::string message) {
  return {std::nullopt, {Finding{Severity::Error, std::string(file), {}, std::move(message)}}};
}

/// `: did you mean 'local'?`, or the names that there are.
std::string hint(std::string_view name, const std::vector<std::string_view>& names) {
  if (const auto nearest = nearest_name(name, names)) return fmt::format(": did you mean '{}'?", *nearest);
  return fmt::format(": there are {}", fmt::join(names, ", "));
}

ParsedChecks of_service(const Environment& environment, std::string_view service, std::string_view file) {
  std::vector<std::string_view> names;
  for (const Service& each : environment.services) names.push_back(each.name);
  if (service.empty() && names.size() > 1) {
    return refused(file,
                   fmt::format("say with --service whose checks are meant: there are {}", fmt::join(names, ", ")));
  }
  const Service* found = service.empty() ? &environment.services.front() : environment.find(service);
  if (found == nullptr) return refused(file, fmt::format("there is no service '{}'{}", service, hint(service, names)));
  return {Checks{found->strategy, found->alarms, found->analysis}, {}};
}

ParsedChecks of_whole_file(std::string_view text, std::string_view file, std::string_view environment,
                           std::string_view service) {
  ParsedConfiguration parsed = parse(text, file);
  if (!parsed.configuration) return {std::nullopt, std::move(parsed.findings)};
  const Configuration& configuration = *parsed.configuration;
  const std::string name = environment.empty() ? configuration.default_environment : std::string(environment);
  const auto found = configuration.environments.find(name);
  if (found == configuration.environments.end()) {
    std::vector<std::string_view> names;
    for (const auto& [each, ignored] : configuration.environments) names.push_back(each);
    return refused(file, fmt::format("there is no environment '{}'{}", name, hint(name, names)));
  }
  return of_service(found->second, service, file);
}

}  // namespace

ParsedChecks parse_checks(std::string_view text, std::string_view file, std::string_view environment,
                          std::string_view service) {
  yaml::Parsed document = yaml::parse(text, file);
  if (!document.root) return {std::nullopt, std::move(document.findings)};
  if (document.root->type == yaml::Type::Mapping && is_whole_file(*document.root)) {
    return of_whole_file(text, file, environment, service);
  }
  Checked checked = check(*document.root, checks_shape(), file);
  Findings findings = std::move(checked.findings);
  Reader reader(std::string(file), std::move(checked.bad));
  Checks checks;
  const yaml::Node* root = document.root->type == yaml::Type::Mapping ? document.root.get() : nullptr;
  checks.strategy = read_strategy(reader, reader.get(root, "strategy"));
  checks.alarms = read_alarms(reader, reader.get(root, "alarms"));
  checks.analysis = read_analysis(reader, reader.get(root, "analysis"), checks.strategy);
  for (Finding& finding : reader.take_findings()) findings.push_back(std::move(finding));
  if (has_errors(findings)) return {std::nullopt, std::move(findings)};
  return {std::move(checks), std::move(findings)};
}

}  // namespace sluice::config
