#include "core/workflow/advance.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/workflow/run_contexts.h"
#include "core/workflow/scheduler.h"
#include "core/workflow/step_plan.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Success: return "success";
    case Outcome::Failure: return "failure";
    case Outcome::Cancelled: return "cancelled";
    case Outcome::Skipped: return "skipped";
  }
  std::unreachable();
}

LegState* Scheduler::leg_in(LegId id) {
  if (id.job >= state_.jobs.size() || id.leg >= state_.jobs[id.job].legs.size()) return nullptr;
  return &leg(id);
}

void Scheduler::report(std::size_t job, Severity severity, std::string message) {
  want(Report{job, severity, std::move(message)});
}

void Scheduler::handle(const RunStarted&) {}

void Scheduler::handle(const LegStarted& event) {
  LegState* state = leg_in(event.leg);
  if (state == nullptr || state->phase != LegState::Phase::Starting) return;
  state->github = event.github;
  state->runner = event.runner;
  state->phase = LegState::Phase::Running;
  const auto timeout = evaluate_minutes(job_of(event.leg).timeout_minutes, evaluation(event.leg));
  if (!timeout) {
    report(event.leg.job, Severity::Error, timeout.error().message);
    return end_leg(event.leg, Outcome::Failure);
  }
  const auto usual = Milliseconds(static_cast<std::int64_t>(kDefaultJobTimeoutMinutes * 60'000));
  state->deadline =
      now_ + (state->status == Outcome::Cancelled ? Milliseconds(kCancelGrace) : timeout->value_or(usual));
  next_step(event.leg);
}

void Scheduler::handle(const LegNotStarted& event) {
  LegState* state = leg_in(event.leg);
  if (state == nullptr || state->phase != LegState::Phase::Starting) return;
  report(event.leg.job, Severity::Error, event.message);
  end_leg(event.leg, state->status == Outcome::Cancelled ? Outcome::Cancelled : Outcome::Failure);
}

void Scheduler::handle(const StepFinished& event) {
  LegState* state = leg_in(event.leg);
  if (state == nullptr) return;
  if (state->phase == LegState::Phase::RunningPosts) {
    if (state->posts.empty() || state->posts.back() != event.step) return;
    state->posts.pop_back();
    if (event.result.outcome != Outcome::Success && state->status == Outcome::Success)
      state->status = event.result.outcome;
    return next_post(event.leg);
  }
  const bool awaited = state->phase == LegState::Phase::Running && state->current == event.step &&
                       state->steps[event.step].phase == StepState::Phase::Running;
  if (!awaited) return;
  conclude_step(event.leg, event.result);
  next_step(event.leg);
}

void Scheduler::handle(const GroupEntered& event) {
  LegState* state = leg_in(event.leg);
  if (state == nullptr || state->phase != LegState::Phase::WaitingForGroup) return;
  state->in_group = true;
  state->phase = LegState::Phase::Queued;
}

void Scheduler::handle(const GroupLost& event) {
  LegState* state = leg_in(event.leg);
  if (state == nullptr || state->phase == LegState::Phase::Done) return;
  report(event.leg.job, Severity::Warning,
         fmt::format("{} is cancelled: a newer one takes its place in the concurrency group", state->name));
  cancel_leg(event.leg);
}

void Scheduler::handle(const RunCancelled&) {
  if (std::exchange(state_.cancelled, true)) return;
  for (std::size_t job = 0; job < state_.jobs.size(); ++job) {
    if (state_.jobs[job].phase != JobState::Phase::Running) continue;
    // A job whose `if` holds even now, such as always(), runs on.
    const auto runs_on = holds(state_.plan->workflow.jobs[job].condition, job_evaluation(state_, job));
    if (runs_on && *runs_on) continue;
    for (std::size_t i = 0; i < state_.jobs[job].legs.size(); ++i) cancel_leg({job, i});
  }
}

void Scheduler::handle(const TimePassed&) {
  for (std::size_t job = 0; job < state_.jobs.size(); ++job) {
    for (std::size_t i = 0; i < state_.jobs[job].legs.size(); ++i) {
      const LegId id{job, i};
      LegState& state = leg(id);
      if (!state.deadline || now_ < *state.deadline) continue;
      state.deadline.reset();
      if (state.status == Outcome::Cancelled || state.phase == LegState::Phase::RunningPosts) {
        state.past_grace = true;
        want(StopStep{id});
        continue;
      }
      report(job, Severity::Error, fmt::format("{} is cancelled: it ran longer than its timeout-minutes", state.name));
      cancel_leg(id);
    }
  }
}

RunState make_run(std::shared_ptr<const RunPlan> plan) {
  RunState state;
  const Workflow& workflow = plan->workflow;
  state.jobs.resize(workflow.jobs.size());
  for (const auto& [name, value] : plan->secrets.members()) state.masks.add(to_text(value));
  if (!plan->only_job.empty()) {
    for (JobState& job : state.jobs) job.selected = false;
    for (std::size_t i = 0; i < workflow.jobs.size(); ++i) {
      if (!equal_without_case(workflow.jobs[i].id, plan->only_job)) continue;
      state.jobs[i].selected = true;
      for (const std::size_t needed : ancestors_of(workflow, i)) state.jobs[needed].selected = true;
    }
    for (JobState& job : state.jobs) {
      if (!job.selected) job.phase = JobState::Phase::Done;
    }
  }
  state.plan = std::move(plan);
  return state;
}

Advanced advance(RunState state, const RunEvent& event, TimePoint now, const RunWorld& world) {
  Scheduler scheduler(std::move(state), now, world);
  std::visit([&](const auto& each) { scheduler.handle(each); }, event);
  scheduler.settle();
  return scheduler.take();
}

std::optional<TimePoint> next_deadline(const RunState& state) {
  std::optional<TimePoint> next;
  for (const JobState& job : state.jobs) {
    for (const LegState& leg : job.legs) {
      if (leg.deadline && (!next || *leg.deadline < *next)) next = leg.deadline;
    }
  }
  return next;
}

Outcome result_of(const RunState& state) {
  const auto ended = [&](Outcome outcome) {
    return std::any_of(state.jobs.begin(), state.jobs.end(),
                       [&](const JobState& job) { return job.result == outcome; });
  };
  if (ended(Outcome::Failure)) return Outcome::Failure;
  if (ended(Outcome::Cancelled) || state.cancelled) return Outcome::Cancelled;
  return Outcome::Success;
}

}  // namespace sluice::workflow
