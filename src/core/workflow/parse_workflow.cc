#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <tuple>

#include "core/workflow/parse_sections.h"
#include "core/workflow/places.h"
#include "core/workflow/workflow.h"

namespace sluice::workflow {
namespace {

using std::string_view;

constexpr string_view kKeys[] = {"name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs"};
constexpr string_view kConcurrencyKeys[] = {"group", "cancel-in-progress"};
constexpr string_view kDefaultsKeys[] = {"run"};
constexpr string_view kRunKeys[] = {"shell", "working-directory"};
constexpr string_view kScopes[] = {"actions",         "artifact-metadata",
                                   "attestations",    "checks",
                                   "contents",        "deployments",
                                   "discussions",     "id-token",
                                   "issues",          "models",
                                   "packages",        "pages",
                                   "pull-requests",   "repository-projects",
                                   "security-events", "statuses"};
constexpr string_view kLevels[] = {"read", "write", "none"};
constexpr string_view kAllLevels[] = {"read-all", "write-all"};

constexpr std::size_t kMostJobs = 1'000;

void parse_jobs(Reader& reader, const yaml::Node& node, Workflow& workflow) {
  if (!reader.is_mapping(node, "'jobs'")) return;
  if (node.members.empty()) reader.error(node.begin, "'jobs' is empty");
  if (node.members.size() > kMostJobs) {
    return reader.error(node.begin,
                        fmt::format("there are {} jobs; at most {} are read", node.members.size(), kMostJobs));
  }
  for (const yaml::Member& member : node.members) {
    if (auto job = parse_job(reader, member)) workflow.jobs.push_back(*std::move(job));
  }
}

void parse_root(Reader& reader, const yaml::Node& root, Workflow& workflow) {
  if (root.type == yaml::Type::Null)
    return reader.error(root.begin, "the file is empty: a workflow needs 'on' and 'jobs'");
  if (!reader.has_only(root, kKeys, "a workflow")) return;
  for (const std::string_view key : {"on", "jobs"}) {
    if (root.find(key) == nullptr) reader.error(root.begin, fmt::format("the workflow needs '{}'", key));
  }
  if (const yaml::Node* name = root.find("name"))
    workflow.name = reader.scalar(*name, places::kNowhere, "a workflow's name");
  if (const yaml::Node* name = root.find("run-name"))
    workflow.run_name = reader.scalar(*name, places::kRunName, "'run-name'");
  if (const yaml::Node* on = root.find("on")) workflow.triggers = parse_triggers(reader, *on);
  if (const yaml::Node* permissions = root.find("permissions"))
    workflow.permissions = parse_permissions(reader, *permissions);
  const yaml::Node* env = root.find("env");
  if (env != nullptr && env->type != yaml::Type::Null) workflow.env = reader.scalars(*env, places::kEnv, "'env'");
  if (const yaml::Node* defaults = root.find("defaults"))
    workflow.defaults = parse_defaults(reader, *defaults, places::kNowhere);
  if (const yaml::Node* concurrency = root.find("concurrency")) {
    workflow.concurrency = parse_concurrency(reader, *concurrency, places::kConcurrency);
  }
  if (const yaml::Node* jobs = root.find("jobs")) parse_jobs(reader, *jobs, workflow);
}

}  // namespace

std::optional<Concurrency> parse_concurrency(Reader& reader, const yaml::Node& node, const ExpressionPlace& place) {
  if (node.is_scalar() && node.type != yaml::Type::Null) {
    return Concurrency{reader.field(node, place), std::nullopt};
  }
  if (!reader.has_only(node, kConcurrencyKeys, "'concurrency'")) return std::nullopt;
  const yaml::Node* group = node.find("group");
  if (group == nullptr) {
    reader.error(node.begin, "'concurrency' needs a group");
    return std::nullopt;
  }
  auto name = reader.scalar(*group, place, "'group'");
  if (!name) return std::nullopt;
  Concurrency concurrency{*std::move(name), std::nullopt};
  if (const yaml::Node* cancel = node.find("cancel-in-progress")) {
    concurrency.cancel_in_progress = reader.boolean(*cancel, place, "'cancel-in-progress'");
  }
  return concurrency;
}

RunDefaults parse_defaults(Reader& reader, const yaml::Node& node, const ExpressionPlace& place) {
  RunDefaults defaults;
  if (!reader.has_only(node, kDefaultsKeys, "'defaults'")) return defaults;
  const yaml::Node* run = node.find("run");
  if (run == nullptr || !reader.has_only(*run, kRunKeys, "'defaults.run'")) return defaults;
  if (const yaml::Node* shell = run->find("shell")) defaults.shell = reader.scalar(*shell, place, "'shell'");
  if (const yaml::Node* folder = run->find("working-directory")) {
    defaults.working_directory = reader.scalar(*folder, place, "'working-directory'");
  }
  return defaults;
}

std::optional<Field> parse_permissions(Reader& reader, const yaml::Node& node) {
  const auto one_of = [&](const yaml::Node& value, std::span<const string_view> allowed, string_view what) {
    const auto text = reader.plain_text(value, what);
    if (!text || std::find(allowed.begin(), allowed.end(), *text) != allowed.end()) return;
    reader.error(value.begin, fmt::format("{} is one of {}, not '{}'{}", what, fmt::join(allowed, ", "), *text,
                                          did_you_mean(*text, allowed)));
  };
  if (node.type == yaml::Type::String) {
    one_of(node, kAllLevels, "'permissions'");
  } else if (node.type != yaml::Type::Null) {
    if (!reader.has_only(node, kScopes, "'permissions'")) return std::nullopt;
    for (const yaml::Member& member : node.members) one_of(*member.value, kLevels, fmt::format("'{}'", member.key));
  }
  return reader.field(node, places::kNowhere);
}

ParsedWorkflow parse_workflow(std::string_view text, std::string_view file) {
  yaml::Parsed document = yaml::parse(text, file);
  if (!document.root) return ParsedWorkflow{std::nullopt, std::move(document.findings)};
  Reader reader(text, file);
  Workflow workflow;
  workflow.file = file;
  parse_root(reader, *document.root, workflow);
  check_references(reader, workflow);
  Findings findings = std::move(reader.findings());
  std::sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.at, a.severity, a.message) < std::tie(b.at, b.severity, b.message);
  });
  if (has_errors(findings)) return ParsedWorkflow{std::nullopt, std::move(findings)};
  return ParsedWorkflow{std::move(workflow), std::move(findings)};
}

const Trigger* Workflow::find_trigger(std::string_view event) const {
  const auto found =
      std::find_if(triggers.begin(), triggers.end(), [&](const Trigger& each) { return each.event == event; });
  return found == triggers.end() ? nullptr : &*found;
}

std::string Workflow::display_name() const { return name && !name->source.empty() ? name->source : file; }

}  // namespace sluice::workflow
