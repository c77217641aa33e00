#include <fmt/format.h>

#include <algorithm>

#include "core/workflow/parse_sections.h"
#include "core/workflow/places.h"

namespace sluice::workflow {
namespace {

using std::string_view;

constexpr string_view kKeys[] = {"name",        "needs",           "permissions", "runs-on",  "if",
                                 "environment", "concurrency",     "outputs",     "env",      "defaults",
                                 "steps",       "timeout-minutes", "strategy",    "snapshot", "continue-on-error",
                                 "container",   "services",        "uses",        "with",     "secrets"};
constexpr string_view kStepKeys[] = {"runs-on",   "steps",    "environment",     "outputs",
                                     "env",       "defaults", "timeout-minutes", "continue-on-error",
                                     "container", "services", "snapshot"};
constexpr string_view kStrategyKeys[] = {"matrix", "fail-fast", "max-parallel"};
constexpr string_view kContainerKeys[] = {"image",   "credentials", "env",        "ports",
                                          "volumes", "options",     "entrypoint", "command"};
constexpr string_view kCredentialKeys[] = {"username", "password"};
constexpr string_view kEnvironmentKeys[] = {"name", "url", "deployment"};
constexpr string_view kRunsOnKeys[] = {"group", "labels"};

Strategy parse_strategy(Reader& reader, const yaml::Node& node) {
  Strategy strategy;
  if (!reader.has_only(node, kStrategyKeys, "'strategy'")) return strategy;
  if (const yaml::Node* matrix = node.find("matrix")) {
    strategy.matrix = reader.field(*matrix, places::kJobStrategy);
    const bool expression = matrix->is_scalar() && !strategy.matrix->text.empty();
    if (!expression && reader.is_mapping(*matrix, "'matrix'")) {
      if (matrix->members.empty()) reader.error(matrix->begin, "'matrix' is empty");
      for (const yaml::Member& member : matrix->members) {
        const Field& values = *strategy.matrix->find(member.key);
        if (values.shape == Field::Shape::List || !values.text.empty()) continue;
        reader.error(member.value->begin,
                     fmt::format("'{}' of a matrix is a list or an expression that gives one", member.key));
      }
    }
  }
  if (const yaml::Node* fast = node.find("fail-fast")) {
    strategy.fail_fast = reader.boolean(*fast, places::kJobStrategy, "'fail-fast'");
  }
  if (const yaml::Node* most = node.find("max-parallel")) {
    strategy.max_parallel = reader.number(*most, places::kJobStrategy, "'max-parallel'");
  }
  return strategy;
}

std::optional<Field> parse_container(Reader& reader, const yaml::Node& node) {
  if (node.is_scalar()) return reader.scalar(node, places::kJobContainer, "'container'");
  if (!reader.has_only(node, kContainerKeys, "a container")) return std::nullopt;
  Field container;
  container.shape = Field::Shape::Mapping;
  container.at = node.begin;
  for (const yaml::Member& member : node.members) {
    const bool credentials = member.key == "credentials";
    if (credentials) reader.has_only(*member.value, kCredentialKeys, "'credentials'");
    const ExpressionPlace& place = credentials           ? places::kJobContainerCredentials
                                   : member.key == "env" ? places::kJobContainerEnv
                                                         : places::kJobContainer;
    container.members.emplace_back(member.key, reader.field(*member.value, place));
  }
  if (node.find("image") == nullptr) reader.error(node.begin, "a container needs an image");
  return container;
}

std::optional<Field> parse_services(Reader& reader, const yaml::Node& node) {
  if (!reader.is_mapping(node, "'services'")) return std::nullopt;
  Field services;
  services.shape = Field::Shape::Mapping;
  services.at = node.begin;
  for (const yaml::Member& member : node.members) {
    if (auto service = parse_container(reader, *member.value)) {
      services.members.emplace_back(member.key, *std::move(service));
    }
  }
  return services;
}

std::optional<Field> parse_environment(Reader& reader, const yaml::Node& node) {
  if (node.is_scalar()) return reader.scalar(node, places::kJobEnvironment, "'environment'");
  if (!reader.has_only(node, kEnvironmentKeys, "'environment'")) return std::nullopt;
  Field environment;
  environment.shape = Field::Shape::Mapping;
  environment.at = node.begin;
  for (const yaml::Member& member : node.members) {
    const ExpressionPlace& place = member.key == "url" ? places::kJobEnvironmentUrl : places::kJobEnvironment;
    environment.members.emplace_back(member.key, reader.field(*member.value, place));
  }
  if (node.find("name") == nullptr) reader.error(node.begin, "'environment' needs a name");
  return environment;
}

void parse_runs_on(Reader& reader, const yaml::Node& node, Job& job) {
  if (node.type == yaml::Type::Mapping) reader.has_only(node, kRunsOnKeys, "'runs-on'");
  if (node.type == yaml::Type::Null) reader.error(node.begin, "'runs-on' is empty");
  job.runs_on = reader.field(node, places::kJobRunsOn);
}

/// What only a job with steps of its own has.
void parse_own_steps(Reader& reader, const yaml::Member& member, Job& job) {
  const yaml::Node& node = *member.value;
  if (const yaml::Node* runs_on = node.find("runs-on")) {
    parse_runs_on(reader, *runs_on, job);
  } else {
    reader.error(member.key_at, fmt::format("the job '{}' needs 'runs-on'", member.key));
  }
  if (const yaml::Node* steps = node.find("steps")) {
    job.steps = parse_steps(reader, *steps);
  } else {
    reader.error(member.key_at, fmt::format("the job '{}' needs 'steps'", member.key));
  }
  if (const yaml::Node* environment = node.find("environment"))
    job.environment = parse_environment(reader, *environment);
  if (const yaml::Node* outputs = node.find("outputs");
      outputs != nullptr && reader.is_mapping(*outputs, "'outputs'")) {
    for (const yaml::Member& output : outputs->members) {
      reader.check_id(output.key, output.key_at, "an output's name");
      if (auto value = reader.scalar(*output.value, places::kJobOutputs, "an output")) {
        job.outputs.emplace_back(output.key, *std::move(value));
      }
    }
  }
  const yaml::Node* env = node.find("env");
  if (env != nullptr && env->type != yaml::Type::Null) job.env = reader.scalars(*env, places::kJobEnv, "'env'");
  if (const yaml::Node* defaults = node.find("defaults"))
    job.defaults = parse_defaults(reader, *defaults, places::kJobDefaults);
  if (const yaml::Node* timeout = node.find("timeout-minutes")) {
    job.timeout_minutes = reader.number(*timeout, places::kJobTimeout, "'timeout-minutes'");
  }
  if (const yaml::Node* go_on = node.find("continue-on-error")) {
    job.continue_on_error = reader.boolean(*go_on, places::kJobContinueOnError, "'continue-on-error'");
  }
  if (const yaml::Node* container = node.find("container");
      container != nullptr && container->type != yaml::Type::Null) {
    job.container = parse_container(reader, *container);
  }
  if (const yaml::Node* services = node.find("services")) job.services = parse_services(reader, *services);
  for (const std::string_view key : {"with", "secrets"}) {
    if (const yaml::Member* extra = node.find_member(key)) {
      reader.error(extra->key_at, fmt::format("'{}' goes with 'uses' of a job, which this one has not", key));
    }
  }
}

void parse_reusable_call(Reader& reader, const yaml::Node& node, const yaml::Node& uses, Job& job) {
  if (const auto text = reader.plain_text(uses, "'uses'")) {
    job.uses = *text;
    job.uses_at = uses.begin;
    const bool local = text->starts_with("./") && text->find('@') == std::string::npos;
    const bool remote = text->find('@') != std::string::npos && std::count(text->begin(), text->end(), '/') >= 4;
    if (!local && !remote) {
      reader.error(uses.begin, fmt::format("'{}' names no workflow: write ./.github/workflows/file.yml or "
                                           "owner/repository/.github/workflows/file.yml@version",
                                           *text));
    }
  }
  for (const std::string_view key : kStepKeys) {
    if (const yaml::Member* extra = node.find_member(key)) {
      reader.error(extra->key_at, fmt::format("'{}' cannot stand in a job that calls a workflow with 'uses'", key));
    }
  }
  if (const yaml::Node* with = node.find("with")) job.with = reader.scalars(*with, places::kJobWith, "'with'");
  if (const yaml::Node* secrets = node.find("secrets")) {
    if (secrets->type == yaml::Type::String && secrets->text == "inherit") {
      job.secrets = reader.field(*secrets, places::kJobSecrets);
    } else {
      job.secrets = reader.scalars(*secrets, places::kJobSecrets, "'secrets'");
    }
  }
}

}  // namespace

std::optional<Job> parse_job(Reader& reader, const yaml::Member& member) {
  const yaml::Node& node = *member.value;
  reader.check_id(member.key, member.key_at, "a job's id");
  if (!reader.has_only(node, kKeys, fmt::format("the job '{}'", member.key))) return std::nullopt;
  Job job;
  job.id = member.key;
  job.at = member.key_at;
  if (const yaml::Node* name = node.find("name")) job.name = reader.scalar(*name, places::kJobName, "a job's name");
  if (const yaml::Node* needs = node.find("needs")) {
    for (Reader::Word& word : reader.words(*needs, "a need")) job.needs.push_back(Need{std::move(word.text), word.at});
  }
  if (const yaml::Node* condition = node.find("if")) job.condition = reader.condition(*condition, places::kJobIf);
  if (const yaml::Node* permissions = node.find("permissions"))
    job.permissions = parse_permissions(reader, *permissions);
  if (const yaml::Node* concurrency = node.find("concurrency")) {
    job.concurrency = parse_concurrency(reader, *concurrency, places::kJobConcurrency);
  }
  if (const yaml::Node* strategy = node.find("strategy")) job.strategy = parse_strategy(reader, *strategy);
  if (const yaml::Node* uses = node.find("uses")) {
    parse_reusable_call(reader, node, *uses, job);
  } else {
    parse_own_steps(reader, member, job);
  }
  return job;
}

}  // namespace sluice::workflow
