#include "core/workflow/step_plan.h"

#include <fmt/format.h>

#include <cmath>

namespace sluice::workflow {
namespace {

constexpr double kMostMinutes = 60.0 * 24 * 365;

std::map<std::string, std::string> text_members(const Value& mapping) {
  std::map<std::string, std::string> texts;
  if (!mapping.is_object()) return texts;
  for (const auto& [name, value] : mapping.object().members()) texts[name] = to_text(value);
  return texts;
}

std::string first_line(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_first_of("\r\n", begin) - begin));
}

Result<std::string> evaluate_first(std::initializer_list<const std::optional<Field>*> fields,
                                   const Evaluation& evaluation) {
  for (const auto* field : fields) {
    if (*field) return evaluate_text(**field, evaluation);
  }
  return std::string();
}

}  // namespace

Result<Object> evaluate_env(const std::optional<Field>& env, const Evaluation& evaluation) {
  Object variables(Object::Names::RespectCase);
  if (!env) return variables;
  TRY_ASSIGN(const Value value, evaluate(*env, evaluation));
  if (value.is_null()) return variables;
  if (!value.is_object()) {
    return Error{ErrorKind::InvalidInput, fmt::format("'env' is a mapping, not a {}", to_string(value.kind()))};
  }
  for (const auto& [name, member] : value.object().members()) variables.set(name, Value(to_text(member)));
  return variables;
}

Result<Evaluation> with_step_env(const Step& step, const Evaluation& evaluation) {
  Evaluation inner = evaluation;
  TRY_ASSIGN(const Object own, evaluate_env(step.env, evaluation));
  const Value* outer = evaluation.contexts.find("env");
  Object env = outer != nullptr && outer->is_object() ? outer->object() : Object(Object::Names::RespectCase);
  for (const auto& [name, value] : own.members()) env.set(name, value);
  inner.contexts.set("env", Value(std::move(env)));
  return inner;
}

std::string step_name(const Step& step, const Evaluation& evaluation) {
  if (step.name) {
    const auto name = evaluate_text(*step.name, evaluation);
    return name ? *name : step.name->source;
  }
  if (!step.uses.empty()) return "Run " + step.uses;
  const auto script = evaluate_text(*step.run, evaluation);
  return "Run " + first_line(script ? *script : step.run->source);
}

Result<StartStep> plan_step(const Workflow& workflow, const Job& job, const Step& step, const Evaluation& evaluation) {
  StartStep start;
  start.name = step_name(step, evaluation);
  if (const Value* env = evaluation.contexts.find("env")) start.env = text_members(*env);
  TRY_ASSIGN(start.timeout, evaluate_minutes(step.timeout_minutes, evaluation));
  if (!step.uses.empty()) {
    ActionWork work{step.uses, {}};
    if (step.with) {
      TRY_ASSIGN(const Value with, evaluate(*step.with, evaluation));
      work.with = text_members(with);
    }
    start.work = std::move(work);
    return start;
  }
  ScriptWork work;
  TRY_ASSIGN(work.script, evaluate_text(*step.run, evaluation));
  TRY_ASSIGN(work.shell, evaluate_first({&step.shell, &job.defaults.shell, &workflow.defaults.shell}, evaluation));
  TRY_ASSIGN(work.working_directory, evaluate_first({&step.working_directory, &job.defaults.working_directory,
                                                     &workflow.defaults.working_directory},
                                                    evaluation));
  start.work = std::move(work);
  return start;
}

Result<std::optional<Milliseconds>> evaluate_minutes(const std::optional<Field>& field, const Evaluation& evaluation) {
  if (!field) return std::optional<Milliseconds>();
  TRY_ASSIGN(const Value value, evaluate(*field, evaluation));
  const double minutes = to_number(value);
  if (!(minutes > 0) || minutes > kMostMinutes) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("'timeout-minutes' is a number above 0, not '{}'", to_text(value))};
  }
  return std::optional(Milliseconds(static_cast<std::int64_t>(std::ceil(minutes * 60'000))));
}

Result<bool> evaluate_flag(const std::optional<Field>& field, const Evaluation& evaluation) {
  if (!field) return false;
  TRY_ASSIGN(const Value value, evaluate(*field, evaluation));
  if (value.kind() == Kind::Boolean) return value.boolean();
  const std::string text = to_text(value);
  if (text == "true") return true;
  if (text == "false" || text.empty()) return false;
  return Error{ErrorKind::InvalidInput, fmt::format("'{}' is neither true nor false", text)};
}

}  // namespace sluice::workflow
