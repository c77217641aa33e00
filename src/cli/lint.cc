#include "cli/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

#include "base/json_text.h"
#include "core/appspec/app_spec.h"
#include "core/config/configuration.h"
#include "core/flags/flag_set.h"
#include "core/image/dockerfile_lint.h"
#include "core/workflow/lint.h"
#include "core/workflow/workflow.h"

namespace sluice::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRepositoryFiles = 100'000;

std::optional<std::string> read_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return std::nullopt;
  return text.str();
}

std::vector<std::string> default_files() {
  std::vector<std::string> files;
  std::error_code ignored;
  for (const char* name : {"sluice.yaml", "appspec.yaml", "appspec.yml", "appspec.json", "Dockerfile"}) {
    if (fs::exists(name, ignored)) files.emplace_back(name);
  }
  std::vector<std::string> workflows;
  for (const auto& entry : fs::directory_iterator(".github/workflows", ignored)) {
    const std::string extension = entry.path().extension();
    if (extension == ".yml" || extension == ".yaml") workflows.push_back(entry.path().string());
  }
  std::ranges::sort(workflows);
  files.insert(files.end(), workflows.begin(), workflows.end());
  return files;
}

/// Paths of the repository's files, as a workflow's path filters see them.
std::vector<std::string> repository_files() {
  std::vector<std::string> files;
  std::error_code ignored;
  for (auto entry = fs::recursive_directory_iterator(".", ignored); entry != fs::recursive_directory_iterator();
       entry.increment(ignored)) {
    if (entry->is_directory(ignored) && entry->path().filename() == ".git") entry.disable_recursion_pending();
    if (entry->is_regular_file(ignored)) files.push_back(entry->path().lexically_relative(".").string());
    if (files.size() >= kMostRepositoryFiles) break;
  }
  return files;
}

Findings lint_workflow_file(const std::string& text, const std::string& file) {
  workflow::ParsedWorkflow parsed = workflow::parse_workflow(text, file);
  if (parsed.workflow) {
    const Findings more = workflow::lint_workflow(*parsed.workflow, repository_files());
    parsed.findings.insert(parsed.findings.end(), more.begin(), more.end());
  }
  return parsed.findings;
}

/// sluice.yaml, and the files of flags that it names, each once.
Findings lint_configuration(const std::string& text, const std::string& file) {
  config::ParsedConfiguration parsed = config::parse(text, file);
  if (!parsed.configuration) return parsed.findings;
  std::set<std::string> seen;
  for (const auto& [name, environment] : parsed.configuration->environments) {
    for (const config::Service& service : environment.services) {
      const auto* flags = std::get_if<rollout::FlagsTarget>(&service.target);
      if (flags == nullptr || !seen.insert(flags->definition).second) continue;
      const std::string path = (fs::path(file).parent_path() / flags->definition).lexically_normal().string();
      const auto definition = read_file(path);
      if (!definition) {
        parsed.findings.push_back({Severity::Error, file, service.at,
                                   fmt::format("cannot read {}, which defines the flags '{}'", path, service.name)});
        continue;
      }
      for (Finding& finding : flags::parse_flags(*definition, path).findings) {
        parsed.findings.push_back(std::move(finding));
      }
    }
  }
  return parsed.findings;
}

bool is_of_flags(const fs::path& path) {
  const std::string stem = path.stem();
  const std::string extension = path.extension();
  const bool is_data = extension == ".yaml" || extension == ".yml" || extension == ".json";
  return is_data && (stem == "flags" || stem.ends_with(".flags"));
}

Findings lint_file(const std::string& text, const std::string& file) {
  const fs::path path(file);
  const std::string name = path.filename();
  if (name.starts_with("Dockerfile") || name.ends_with(".Dockerfile")) return image::lint_dockerfile(text, file);
  if (path.parent_path().filename() == "workflows") return lint_workflow_file(text, file);
  if (appspec::is_file_name(name)) return appspec::parse(text, file).findings;
  const std::string extension = path.extension();
  if (is_of_flags(path)) return flags::parse_flags(text, file).findings;
  if (extension == ".yml" || extension == ".yaml") return lint_configuration(text, file);
  return {Finding{Severity::Error,
                  file,
                  {},
                  "not a file that sluice knows: it checks sluice.yaml, appspec.yaml, workflow files in a folder "
                  "named workflows, Dockerfiles, and feature flags in flags.yaml or *.flags.yaml"}};
}

void print(const Finding& finding, bool as_json) {
  if (!as_json) {
    std::cout << to_string(finding) << "\n";
    return;
  }
  const char* severity = finding.severity == Severity::Error     ? "error"
                         : finding.severity == Severity::Warning ? "warning"
                                                                 : "note";
  std::cout << to_json_text(boost::json::object{{"type", "finding"},
                                                {"severity", severity},
                                                {"file", finding.file},
                                                {"line", finding.at.line},
                                                {"column", finding.at.column},
                                                {"message", finding.message}})
            << "\n";
}

}  // namespace

int run_lint(const Invocation& invocation) {
  std::error_code error;
  if (invocation.arguments.has("directory")) fs::current_path(invocation.arguments.one("directory"), error);
  if (error) {
    std::fprintf(stderr, "sluice: cannot enter %s: %s\n", invocation.arguments.one("directory").c_str(),
                 error.message().c_str());
    return 2;
  }
  std::vector<std::string> files = invocation.arguments.many("file");
  if (files.empty()) files = default_files();
  if (files.empty()) {
    std::fputs("sluice: there is no sluice.yaml, no workflow and no Dockerfile here; `sluice init` writes them\n",
               stderr);
    return 2;
  }
  bool errors = false;
  for (const std::string& file : files) {
    const auto text = read_file(file);
    if (!text) {
      std::fprintf(stderr, "sluice: cannot read %s\n", file.c_str());
      return 2;
    }
    for (const Finding& finding : lint_file(*text, file)) {
      print(finding, invocation.json);
      errors = errors || finding.severity == Severity::Error;
    }
  }
  return errors ? 1 : 0;
}

}  // namespace sluice::cli
