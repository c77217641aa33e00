#include <fmt/format.h>

#include <map>

#include "core/workflow/parse_sections.h"
#include "core/workflow/places.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

constexpr std::string_view kKeys[] = {"id",
                                      "if",
                                      "name",
                                      "uses",
                                      "run",
                                      "working-directory",
                                      "shell",
                                      "with",
                                      "env",
                                      "continue-on-error",
                                      "timeout-minutes"};

/// `owner/repository[/path]@ref`, `./path` or `docker://image`.
void check_uses(Reader& reader, const std::string& uses, Position at) {
  if (uses.starts_with("./") || uses.starts_with("docker://")) return;
  const std::size_t at_sign = uses.find('@');
  const std::size_t slash = uses.find('/');
  const bool complete = slash != std::string::npos && slash > 0 && at_sign != std::string::npos &&
                        at_sign > slash + 1 && at_sign + 1 < uses.size();
  if (complete) return;
  reader.error(at,
               fmt::format("'{}' names no action: write owner/repository@version, ./folder or docker://image", uses));
}

void parse_body(Reader& reader, const yaml::Node& node, Step& step) {
  const yaml::Node* uses = node.find("uses");
  const yaml::Node* run = node.find("run");
  if ((uses == nullptr) == (run == nullptr)) {
    reader.error(node.begin, uses == nullptr ? "a step needs 'run' or 'uses'" : "a step has 'run' or 'uses', not both");
    return;
  }
  if (run != nullptr) {
    if (run->type == yaml::Type::Null) reader.error(run->begin, "this 'run' is empty");
    step.run = reader.scalar(*run, places::kStep, "'run'");
    if (const yaml::Member* with = node.find_member("with")) {
      reader.error(with->key_at, "'with' goes with 'uses', not with 'run': use 'env'");
    }
    if (const yaml::Node* shell = node.find("shell")) step.shell = reader.scalar(*shell, places::kStep, "'shell'");
    if (const yaml::Node* folder = node.find("working-directory")) {
      step.working_directory = reader.scalar(*folder, places::kStep, "'working-directory'");
    }
    return;
  }
  for (const std::string_view key : {"shell", "working-directory"}) {
    if (const yaml::Member* member = node.find_member(key)) {
      reader.error(member->key_at, fmt::format("'{}' goes with 'run', not with 'uses'", key));
    }
  }
  if (const auto text = reader.plain_text(*uses, "'uses'")) {
    step.uses = *text;
    step.uses_at = uses->begin;
    check_uses(reader, step.uses, uses->begin);
  }
  const yaml::Node* with = node.find("with");
  if (with != nullptr && with->type != yaml::Type::Null) step.with = reader.scalars(*with, places::kStep, "'with'");
}

std::optional<Step> parse_step(Reader& reader, const yaml::Node& node) {
  if (!reader.has_only(node, kKeys, "a step")) return std::nullopt;
  Step step;
  step.at = node.begin;
  if (const yaml::Node* id = node.find("id")) {
    if (const auto text = reader.plain_text(*id, "a step's id")) {
      step.id = *text;
      reader.check_id(step.id, id->begin, "a step's id");
    }
  }
  if (const yaml::Node* name = node.find("name")) step.name = reader.scalar(*name, places::kStep, "a step's name");
  if (const yaml::Node* condition = node.find("if")) step.condition = reader.condition(*condition, places::kStepIf);
  parse_body(reader, node, step);
  const yaml::Node* env = node.find("env");
  if (env != nullptr && env->type != yaml::Type::Null) step.env = reader.scalars(*env, places::kStep, "'env'");
  if (const yaml::Node* timeout = node.find("timeout-minutes")) {
    step.timeout_minutes = reader.number(*timeout, places::kStep, "'timeout-minutes'");
  }
  if (const yaml::Node* go_on = node.find("continue-on-error")) {
    step.continue_on_error = reader.boolean(*go_on, places::kStep, "'continue-on-error'");
  }
  return step;
}

}  // namespace

std::vector<Step> parse_steps(Reader& reader, const yaml::Node& node) {
  std::vector<Step> steps;
  if (node.type != yaml::Type::Sequence) {
    reader.error(node.begin, fmt::format("'steps' is a list, not {}", yaml::describe(node.type)));
    return steps;
  }
  if (node.items.empty()) reader.error(node.begin, "a job needs at least one step");
  std::map<std::string, Position> ids;
  for (const auto& item : node.items) {
    auto step = parse_step(reader, *item);
    if (!step) continue;
    if (!step->id.empty()) {
      const auto [first, is_new] = ids.emplace(upper_case(step->id), step->at);
      if (!is_new) {
        reader.error(item->find("id")->begin,
                     fmt::format("the id '{}' is taken by the step at line {}", step->id, first->second.line));
      }
    }
    steps.push_back(*std::move(step));
  }
  return steps;
}

}  // namespace sluice::workflow
