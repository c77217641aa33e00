#include "core/workflow/run_contexts.h"

#include <algorithm>

#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

Value needs_context(const RunState& state, std::size_t job) {
  Object needs;
  for (const std::size_t needed : needs_of(state.plan->workflow, job)) {
    const JobState& each = state.jobs[needed];
    needs.set(state.plan->workflow.jobs[needed].id,
              Object{{"result", Value(to_string(each.result))}, {"outputs", Value(each.outputs)}});
  }
  return needs;
}

Value strategy_context(const JobState& job, std::size_t leg) {
  const std::size_t total = job.legs.size();
  return Object{{"fail-fast", Value(job.fail_fast)},
                {"job-index", Value(static_cast<double>(leg))},
                {"job-total", Value(static_cast<double>(total))},
                {"max-parallel", Value(static_cast<double>(job.max_parallel.value_or(total)))}};
}

Value steps_context(const Job& job, const LegState& leg) {
  Object steps;
  for (std::size_t i = 0; i < leg.steps.size(); ++i) {
    const StepState& step = leg.steps[i];
    if (job.steps[i].id.empty() || step.phase != StepState::Phase::Done) continue;
    steps.set(job.steps[i].id, Object{{"outputs", Value(step.outputs)},
                                      {"outcome", Value(to_string(step.outcome))},
                                      {"conclusion", Value(to_string(step.conclusion))}});
  }
  return steps;
}

Value env_context(const LegState& leg) {
  Object env = leg.env;
  for (const auto& [name, value] : leg.exported) env.set(name, Value(value));
  return env;
}

Value with_members(const Value& base, const Value& more) {
  Object merged = base.is_object() ? base.object() : Object();
  if (more.is_object()) {
    for (const auto& [name, value] : more.object().members()) merged.set(name, value);
  }
  return merged;
}

/// The jobs that a status function of a job looks at: all ancestors, or those of its arguments.
std::vector<std::size_t> looked_at(const RunState& state, std::size_t job, std::span<const Value> names) {
  std::vector<std::size_t> all = ancestors_of(state.plan->workflow, job);
  if (names.empty()) return all;
  std::erase_if(all, [&](std::size_t each) {
    return std::none_of(names.begin(), names.end(), [&](const Value& name) {
      return equal_without_case(to_text(name), state.plan->workflow.jobs[each].id);
    });
  });
  return all;
}

}  // namespace

std::vector<std::size_t> needs_of(const Workflow& workflow, std::size_t job) {
  std::vector<std::size_t> found;
  for (const Need& need : workflow.jobs[job].needs) {
    for (std::size_t i = 0; i < workflow.jobs.size(); ++i) {
      if (equal_without_case(workflow.jobs[i].id, need.job)) found.push_back(i);
    }
  }
  return found;
}

std::vector<std::size_t> ancestors_of(const Workflow& workflow, std::size_t job) {
  std::vector<std::size_t> found = needs_of(workflow, job);
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const std::size_t needed : needs_of(workflow, found[i])) {
      if (std::find(found.begin(), found.end(), needed) == found.end()) found.push_back(needed);
    }
  }
  return found;
}

Evaluation start_evaluation(const RunPlan& plan) {
  Evaluation evaluation;
  evaluation.contexts.set("github", plan.github);
  evaluation.contexts.set("inputs", plan.inputs);
  evaluation.contexts.set("vars", plan.vars);
  return evaluation;
}

Evaluation job_evaluation(const RunState& state, std::size_t job) {
  Evaluation evaluation = start_evaluation(*state.plan);
  evaluation.contexts.set("github",
                          with_members(state.plan->github, Object{{"job", Value(state.plan->workflow.jobs[job].id)}}));
  evaluation.contexts.set("secrets", state.plan->secrets);
  evaluation.contexts.set("needs", needs_context(state, job));
  evaluation.status = [&state, job](std::string_view name, std::span<const Value> arguments) {
    if (name == "always") return true;
    if (name == "cancelled") return state.cancelled;
    const std::vector<std::size_t> jobs = looked_at(state, job, arguments);
    const auto ended = [&](Outcome outcome) {
      return [&state, outcome](std::size_t each) { return state.jobs[each].result == outcome; };
    };
    if (name == "failure") return std::any_of(jobs.begin(), jobs.end(), ended(Outcome::Failure));
    return !state.cancelled && std::all_of(jobs.begin(), jobs.end(), ended(Outcome::Success));
  };
  return evaluation;
}

Evaluation leg_evaluation(const RunState& state, LegId id, const RunWorld& world) {
  const JobState& job = state.jobs[id.job];
  const LegState& leg = job.legs[id.leg];
  Evaluation evaluation = job_evaluation(state, id.job);
  Object& contexts = evaluation.contexts;
  contexts.set("github",
               with_members(contexts.find("github") == nullptr ? Value() : *contexts.find("github"), leg.github));
  contexts.set("strategy", strategy_context(job, id.leg));
  contexts.set("matrix", leg.matrix.empty() ? Value() : Value(leg.matrix));
  contexts.set("job", Object{{"status", Value(to_string(leg.status))}});
  contexts.set("runner", leg.runner);
  contexts.set("env", env_context(leg));
  contexts.set("steps", steps_context(state.plan->workflow.jobs[id.job], leg));
  evaluation.status = [status = leg.status](std::string_view name, std::span<const Value>) {
    if (name == "always") return true;
    if (name == "cancelled") return status == Outcome::Cancelled;
    if (name == "failure") return status == Outcome::Failure;
    return status == Outcome::Success;
  };
  evaluation.hash_files = [&world, id](const std::vector<std::string>& patterns) {
    return world.hash_files(id, patterns);
  };
  return evaluation;
}

Result<bool> holds(const std::optional<Condition>& condition, const Evaluation& evaluation) {
  const bool has_status = condition && condition->expression.calls_status_function();
  if (!has_status && !evaluation.status("success", {})) return false;
  if (!condition || condition->expression.empty()) return true;
  TRY_ASSIGN(const Value value, condition->expression.evaluate(evaluation));
  return is_truthy(value);
}

}  // namespace sluice::workflow
