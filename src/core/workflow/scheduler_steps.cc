#include <fmt/format.h>

#include <algorithm>

#include "core/workflow/run_contexts.h"
#include "core/workflow/scheduler.h"
#include "core/workflow/step_plan.h"

namespace sluice::workflow {

Evaluation Scheduler::evaluation(LegId id) const { return leg_evaluation(state_, id, world_); }

void Scheduler::next_step(LegId id) {
  while (leg(id).current < leg(id).steps.size()) {
    if (try_step(id)) return;
  }
  leg(id).phase = LegState::Phase::RunningPosts;
  next_post(id);
}

bool Scheduler::try_step(LegId id) {
  LegState& state = leg(id);
  const Step& step = job_of(id).steps[state.current];
  const auto inner = with_step_env(step, evaluation(id));
  if (!inner) {
    fail_step(id, inner.error().message);
    return false;
  }
  const auto runs = state.past_grace ? Result<bool>(false) : holds(step.condition, *inner);
  if (!runs) {
    fail_step(id, fmt::format("the step's 'if' has no value: {}", runs.error().message));
    return false;
  }
  if (!*runs) {
    want(SkipStep{id, state.current, step_name(step, *inner)});
    state.steps[state.current].phase = StepState::Phase::Done;
    ++state.current;
    return false;
  }
  auto start = plan_step(state_.plan->workflow, job_of(id), step, *inner);
  if (!start) {
    fail_step(id, start.error().message);
    return false;
  }
  start->leg = id;
  start->step = state.current;
  start->path = state.path;
  start->status = state.status;
  state.steps[state.current].phase = StepState::Phase::Running;
  want(*std::move(start));
  return true;
}

void Scheduler::fail_step(LegId id, std::string message) {
  const Step& step = job_of(id).steps[leg(id).current];
  report(id.job, Severity::Error, fmt::format("{}:{}: {}", state_.plan->workflow.file, step.at.line, message));
  conclude_step(id, StepResult{.outcome = Outcome::Failure,
                               .message = std::move(message),
                               .outputs = {},
                               .env = {},
                               .path = {},
                               .masks = {},
                               .wants_post = false});
}

void Scheduler::conclude_step(LegId id, const StepResult& result) {
  LegState& state = leg(id);
  StepState& step = state.steps[state.current];
  for (const std::string& mask : result.masks) state_.masks.add(mask);
  for (const auto& [name, value] : result.outputs) step.outputs.set(name, Value(value));
  for (const auto& each : result.env) state.exported.push_back(each);
  for (const std::string& folder : result.path) state.path.insert(state.path.begin(), folder);
  if (result.wants_post) state.posts.push_back(state.current);
  step.phase = StepState::Phase::Done;
  step.outcome = result.outcome;
  step.conclusion = result.outcome;
  if (result.outcome == Outcome::Failure) {
    const auto goes_on = evaluate_flag(job_of(id).steps[state.current].continue_on_error, evaluation(id));
    if (!goes_on) {
      report(id.job, Severity::Error, fmt::format("'continue-on-error' has no value: {}", goes_on.error().message));
    }
    if (goes_on && *goes_on) step.conclusion = Outcome::Success;
  }
  if (step.conclusion == Outcome::Failure && state.status == Outcome::Success) state.status = Outcome::Failure;
  if (step.conclusion == Outcome::Cancelled) state.status = Outcome::Cancelled;
  ++state.current;
}

void Scheduler::next_post(LegId id) {
  LegState& state = leg(id);
  while (!state.posts.empty() && !state.past_grace) {
    const std::size_t index = state.posts.back();
    const Step& step = job_of(id).steps[index];
    const auto inner = with_step_env(step, evaluation(id));
    auto start = inner ? plan_step(state_.plan->workflow, job_of(id), step, *inner) : Result<StartStep>(inner.error());
    if (start) {
      start->leg = id;
      start->step = index;
      start->post = true;
      start->name = "Post " + start->name;
      start->path = state.path;
      start->status = state.status;
      return want(*std::move(start));
    }
    report(id.job, Severity::Error, start.error().message);
    state.posts.pop_back();
    if (state.status == Outcome::Success) state.status = Outcome::Failure;
  }
  finish_leg(id);
}

Status Scheduler::collect_outputs(LegId id) {
  const Evaluation inner = evaluation(id);
  for (const auto& [name, field] : job_of(id).outputs) {
    TRY_ASSIGN(const std::string value, evaluate_text(field, inner));
    if (state_.masks.hits(value)) {
      report(id.job, Severity::Warning, fmt::format("the output '{}' is left out: it may hold a secret", name));
      continue;
    }
    // Of several legs the last one that says something counts.
    if (value.empty() && state_.jobs[id.job].outputs.find(name) != nullptr) continue;
    state_.jobs[id.job].outputs.set(name, Value(value));
  }
  return {};
}

void Scheduler::finish_leg(LegId id) {
  Outcome result = leg(id).status;
  if (const auto collected = collect_outputs(id); !collected) {
    report(id.job, Severity::Error, fmt::format("an output has no value: {}", collected.error().message));
    if (result == Outcome::Success) result = Outcome::Failure;
  }
  if (result == Outcome::Failure) {
    const auto goes_on = evaluate_flag(job_of(id).continue_on_error, evaluation(id));
    if (!goes_on) {
      report(id.job, Severity::Error, fmt::format("'continue-on-error' has no value: {}", goes_on.error().message));
    } else if (*goes_on) {
      result = Outcome::Success;
      report(id.job, Severity::Warning, fmt::format("{} failed; continue-on-error counts it as passed", leg(id).name));
    }
  }
  end_leg(id, result);
}

}  // namespace sluice::workflow
