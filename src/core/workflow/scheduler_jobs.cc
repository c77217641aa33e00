#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/workflow/action_name.h"
#include "core/workflow/matrix.h"
#include "core/workflow/run_contexts.h"
#include "core/workflow/scheduler.h"
#include "core/workflow/step_plan.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

/// What keeps sluice from running this job at all, or nothing.
std::optional<std::string> job_mistake(const Job& job) {
  if (!job.uses.empty()) return fmt::format("sluice run cannot call the workflow '{}' yet", job.uses);
  if (job.services) return "sluice run cannot start services of a job yet";
  return std::nullopt;
}

std::vector<std::string> labels_of(const Value& runs_on) {
  std::vector<std::string> labels;
  if (runs_on.is_array()) {
    for (const Value& label : runs_on.array()) labels.push_back(to_text(label));
  } else if (runs_on.is_object()) {
    return labels_of(runs_on["labels"]);
  } else if (!runs_on.is_null()) {
    labels.push_back(to_text(runs_on));
  }
  return labels;
}

/// What of a `container` no runner takes, or nothing.
std::optional<std::string> container_mistake(const Value& container) {
  if (!container.is_object()) return std::nullopt;
  for (const auto& [key, value] : container.object().members()) {
    if (key != "image") return fmt::format("of a job's container sluice run takes 'image' alone, not '{}'", key);
  }
  return std::nullopt;
}

/// A leg without a name of its own has the job's id and its values of the matrix.
Result<std::string> leg_name(const Job& job, const LegState& leg, const Evaluation& evaluation) {
  if (job.name) return evaluate_text(*job.name, evaluation);
  if (leg.matrix.empty()) return job.id;
  return fmt::format("{} ({})", job.id, describe_leg(leg.matrix));
}

}  // namespace

bool Scheduler::needs_are_done(std::size_t job) const {
  const std::vector<std::size_t> needs = needs_of(state_.plan->workflow, job);
  return std::all_of(needs.begin(), needs.end(),
                     [this](std::size_t each) { return state_.jobs[each].phase == JobState::Phase::Done; });
}

void Scheduler::begin_job(std::size_t index) {
  const Job& job = state_.plan->workflow.jobs[index];
  const auto runs = holds(job.condition, job_evaluation(state_, index));
  if (!runs) {
    report(index, Severity::Error, fmt::format("the job's 'if' has no value: {}", runs.error().message));
    return finish_job(index, Outcome::Failure);
  }
  if (!*runs) return finish_job(index, state_.cancelled ? Outcome::Cancelled : Outcome::Skipped);
  if (const auto mistake = job_mistake(job)) {
    report(index, Severity::Error, *mistake);
    return finish_job(index, Outcome::Failure);
  }
  if (const auto expanded = expand(index); !expanded) {
    report(index, Severity::Error, expanded.error().message);
    state_.jobs[index].legs.clear();
    return finish_job(index, Outcome::Failure);
  }
  state_.jobs[index].phase = JobState::Phase::Running;
  for (std::size_t i = 0; i < state_.jobs[index].legs.size(); ++i) {
    const LegId id{index, i};
    if (const auto prepared = prepare_leg(id); !prepared) {
      report(index, Severity::Error, prepared.error().message);
      end_leg(id, Outcome::Failure);
    }
  }
}

Status Scheduler::expand(std::size_t index) {
  const Strategy& strategy = state_.plan->workflow.jobs[index].strategy;
  JobState& job = state_.jobs[index];
  const Evaluation evaluation = job_evaluation(state_, index);
  std::vector<Object> combinations(1);
  if (strategy.matrix) {
    TRY_ASSIGN(const Value matrix, evaluate(*strategy.matrix, evaluation));
    TRY_ASSIGN(combinations, expand_matrix(matrix));
    combinations = keep_matching(std::move(combinations), state_.plan->matrix);
    if (combinations.empty())
      return Error{ErrorKind::InvalidInput, "no combination of the matrix has the values asked for"};
  }
  if (strategy.fail_fast) {
    TRY_ASSIGN(job.fail_fast, evaluate_flag(strategy.fail_fast, evaluation));
  }
  if (strategy.max_parallel) {
    TRY_ASSIGN(const Value most, evaluate(*strategy.max_parallel, evaluation));
    const double number = to_number(most);
    if (!(number >= 1)) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("'max-parallel' is a number from 1 on, not '{}'", to_text(most))};
    }
    job.max_parallel = static_cast<std::size_t>(std::min(number, static_cast<double>(kMostLegs)));
  }
  for (Object& combination : combinations) {
    LegState leg;
    leg.matrix = std::move(combination);
    leg.env = Object(Object::Names::RespectCase);
    leg.steps.resize(state_.plan->workflow.jobs[index].steps.size());
    job.legs.push_back(std::move(leg));
  }
  return {};
}

Status Scheduler::prepare_leg(LegId id) {
  const Job& job = job_of(id);
  LegState& state = leg(id);
  state.name = job.id;
  TRY_ASSIGN(state.env, evaluate_env(state_.plan->workflow.env, evaluation(id)));
  TRY_ASSIGN(const Object own, evaluate_env(job.env, evaluation(id)));
  for (const auto& [name, value] : own.members()) state.env.set(name, value);
  TRY_ASSIGN(state.name, leg_name(job, state, evaluation(id)));
  if (!job.concurrency) return {};
  TRY_ASSIGN(const std::string group, evaluate_text(job.concurrency->group, evaluation(id)));
  TRY_ASSIGN(const bool cancel, evaluate_flag(job.concurrency->cancel_in_progress, evaluation(id)));
  if (group.empty()) return {};
  state.phase = LegState::Phase::WaitingForGroup;
  want(EnterGroup{id, group, cancel});
  return {};
}

std::size_t Scheduler::legs_at_work(std::size_t job) const {
  const auto& legs = state_.jobs[job].legs;
  return static_cast<std::size_t>(std::count_if(legs.begin(), legs.end(), [](const LegState& each) {
    return each.phase == LegState::Phase::Starting || each.phase == LegState::Phase::Running ||
           each.phase == LegState::Phase::RunningPosts;
  }));
}

void Scheduler::start_queued() {
  std::size_t at_work = 0;
  for (std::size_t job = 0; job < state_.jobs.size(); ++job) at_work += legs_at_work(job);
  for (std::size_t job = 0; job < state_.jobs.size(); ++job) {
    const std::size_t most = state_.jobs[job].max_parallel.value_or(kMostLegs);
    for (std::size_t i = 0; i < state_.jobs[job].legs.size(); ++i) {
      if (state_.jobs[job].legs[i].phase != LegState::Phase::Queued) continue;
      if (at_work >= state_.plan->jobs_at_once || legs_at_work(job) >= most) break;
      start_leg({job, i});
      if (leg({job, i}).phase == LegState::Phase::Starting) ++at_work;
    }
  }
}

void Scheduler::start_leg(LegId id) {
  StartLeg start{id, job_of(id).id, leg(id).name, {}, {}};
  if (job_of(id).runs_on) {
    const auto runs_on = evaluate(*job_of(id).runs_on, evaluation(id));
    if (!runs_on) {
      report(id.job, Severity::Error, runs_on.error().message);
      return end_leg(id, Outcome::Failure);
    }
    start.labels = labels_of(*runs_on);
  }
  for (const std::string& label : start.labels) {
    const auto mistake = label_mistake(label);
    if (!mistake) continue;
    report(id.job, Severity::Error, *mistake);
    return end_leg(id, Outcome::Failure);
  }
  if (const Status fine = choose_image(start); !fine) {
    report(id.job, Severity::Error, fine.error().message);
    return end_leg(id, Outcome::Failure);
  }
  leg(id).phase = LegState::Phase::Starting;
  want(std::move(start));
}

Status Scheduler::choose_image(StartLeg& start) {
  const Job& job = job_of(start.leg);
  if (!job.container) return {};
  const bool takes_images = std::any_of(start.labels.begin(), start.labels.end(), [this](const std::string& label) {
    const auto& known = state_.plan->image_labels;
    return std::any_of(known.begin(), known.end(),
                       [&](const std::string& each) { return equal_without_case(each, label); });
  });
  if (!takes_images) {
    return Error{ErrorKind::InvalidInput,
                 "sluice run cannot run a job inside a container on this machine yet: a runner in ECS can ('runners' "
                 "in sluice.yaml, and its name in 'runs-on')"};
  }
  TRY_ASSIGN(const Value container, evaluate(*job.container, evaluation(start.leg)));
  if (const auto mistake = container_mistake(container)) return Error{ErrorKind::InvalidInput, *mistake};
  start.image = to_text(container.is_object() ? container["image"] : container);
  return {};
}

void Scheduler::cancel_leg(LegId id) {
  LegState& state = leg(id);
  switch (state.phase) {
    case LegState::Phase::WaitingForGroup:
    case LegState::Phase::Queued: return end_leg(id, Outcome::Cancelled);
    case LegState::Phase::Starting: state.status = Outcome::Cancelled; return;
    case LegState::Phase::Running:
      if (state.status == Outcome::Cancelled) return;
      state.status = Outcome::Cancelled;
      state.deadline = now_ + kCancelGrace;
      want(StopStep{id});
      return;
    case LegState::Phase::RunningPosts:
    case LegState::Phase::Done: return;
  }
}

void Scheduler::end_leg(LegId id, Outcome result) {
  LegState& state = leg(id);
  if (state.in_group || state.phase == LegState::Phase::WaitingForGroup) want(LeaveGroup{id});
  state.in_group = false;
  state.phase = LegState::Phase::Done;
  state.result = result;
  state.deadline.reset();
  want(FinishLeg{id, result});
  if (result != Outcome::Failure || !state_.jobs[id.job].fail_fast) return;
  for (std::size_t i = 0; i < state_.jobs[id.job].legs.size(); ++i) {
    if (i != id.leg) cancel_leg({id.job, i});
  }
}

void Scheduler::finish_job(std::size_t job, Outcome result) {
  state_.jobs[job].phase = JobState::Phase::Done;
  state_.jobs[job].result = result;
  want(FinishJob{job, result});
}

bool Scheduler::finish_jobs() {
  bool changed = false;
  for (std::size_t i = 0; i < state_.jobs.size(); ++i) {
    const JobState& job = state_.jobs[i];
    if (job.phase != JobState::Phase::Running) continue;
    const auto is = [&](Outcome outcome) {
      return std::any_of(job.legs.begin(), job.legs.end(),
                         [&](const LegState& each) { return each.result == outcome; });
    };
    const bool done = std::all_of(job.legs.begin(), job.legs.end(),
                                  [](const LegState& each) { return each.phase == LegState::Phase::Done; });
    if (!done) continue;
    finish_job(i, is(Outcome::Failure)     ? Outcome::Failure
                  : is(Outcome::Cancelled) ? Outcome::Cancelled
                                           : Outcome::Success);
    changed = true;
  }
  return changed;
}

bool Scheduler::begin_jobs() {
  bool changed = false;
  for (std::size_t i = 0; i < state_.jobs.size(); ++i) {
    if (state_.jobs[i].phase != JobState::Phase::Waiting || !needs_are_done(i)) continue;
    begin_job(i);
    changed = true;
  }
  return changed;
}

void Scheduler::settle() {
  if (state_.done) return;
  // Each turn finishes or begins a job, so there are at most two a job; start_queued may end legs that cannot start.
  do {
    while (finish_jobs() || begin_jobs()) {
    }
    start_queued();
  } while (finish_jobs());
  const bool all_done = std::all_of(state_.jobs.begin(), state_.jobs.end(),
                                    [](const JobState& job) { return job.phase == JobState::Phase::Done; });
  if (!all_done) return;
  state_.done = true;
  want(FinishRun{result_of(state_)});
}

}  // namespace sluice::workflow
