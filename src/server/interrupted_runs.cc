#include "server/interrupted_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "application/workflow/interrupted_run.h"
#include "core/rollout/message_text.h"
#include "server/run_view.h"

namespace sluice::server {
namespace {

using workflow::RunOutcome;

constexpr Milliseconds kReadRetry{500};
constexpr int kSearchedSummaries = 1'000;

/// The only step without an end, of a run that is followed.
ports::RunStepRecord& running_step(ports::RunRecord& run) {
  return *std::ranges::find_if(run.steps, [](const ports::RunStepRecord& step) { return !step.outcome; });
}

}  // namespace

void InterruptedRuns::take_up() {
  const auto runs = journal_.unended();
  if (!runs) {
    ports_.executor.at(ports_.clock.now() + kReadRetry, [this] { take_up(); });
    return;
  }
  for (const std::string& run : *runs) take_up(run);
}

void InterruptedRuns::later(const std::string& run) {
  ports_.executor.at(ports_.clock.now() + kReadRetry, [this, run] { take_up(run); });
}

void InterruptedRuns::take_up(const std::string& run) {
  auto record = journal_.load(run);
  if (!record) return later(run);
  application::InterruptedRun interrupted = application::interrupted_run(*record);
  if (interrupted.deployments.empty()) return endings_.end(*record, RunOutcome::Interrupted, interrupted.sentence);
  following_[run] = {std::move(*record), std::move(interrupted.sentence), std::move(interrupted.deployments), {}};
  look(run);
}

InterruptedRuns::Standing InterruptedRuns::standing(const std::string& id) const {
  if (const application::Deployment* deployment = controller_.find(id)) {
    const rollout::State& state = deployment->state;
    if (!state.outcome) return {Standing::Kind::UnderWay, {}, {}};
    return {Standing::Kind::Ended, *state.outcome, rollout::outcome_sentence(state)};
  }
  if (controller_.is_queued(id)) return {Standing::Kind::UnderWay, {}, {}};
  const auto history = ports_.journal.history(std::nullopt, kSearchedSummaries);
  if (!history) return {Standing::Kind::Unreadable, {}, {}};
  const auto summary = std::ranges::find(*history, id, &ports::DeploymentSummary::deployment);
  if (summary == history->end()) return {};
  return {Standing::Kind::Ended, summary->outcome, summary->cause};
}

/// Ends the run when its deployments have.
void InterruptedRuns::look(const std::string& run) {
  const auto entry = following_.find(run);
  if (entry == following_.end()) return;
  Following& following = entry->second;
  bool under_way = false;
  for (const std::string& id : following.deployments) {
    const Standing now = standing(id);
    if (now.kind == Standing::Kind::Unknown) {
      return end(following, RunOutcome::Interrupted, fmt::format("{}; {} never began", following.sentence, id));
    }
    if (now.kind == Standing::Kind::Unreadable) {
      ports_.executor.at(ports_.clock.now() + kReadRetry, [this, run] { look(run); });
    }
    under_way = under_way || now.kind != Standing::Kind::Ended;
    if (now.kind != Standing::Kind::Ended || now.outcome == rollout::Outcome::Succeeded) continue;
    const ports::RunStepRecord step = running_step(following.record);
    const std::string what =
        fmt::format("the deployment {} ended {}: {}", id, rollout::to_string(now.outcome), now.cause);
    end_step(following, workflow::Outcome::Failure, what);
    return end(following, RunOutcome::Failure,
               fmt::format("job {} failed at its step {}: {}", step.job, step.step, what));
  }
  if (under_way) return;
  end_step(following, workflow::Outcome::Success, "");
  end(following, RunOutcome::Success, "");
}

void InterruptedRuns::look_soon(const std::string& deployment) {
  for (const auto& [run, following] : following_) {
    if (std::ranges::find(following.deployments, deployment) == following.deployments.end()) continue;
    ports_.executor.at(ports_.clock.now(), [this, run] { look(run); });
  }
}

void InterruptedRuns::on_event(const application::Deployment& deployment, const rollout::Event&, TimePoint) {
  if (deployment.state.outcome) look_soon(deployment.state.plan.deployment);
}

void InterruptedRuns::on_given_up(const std::string& deployment) { look_soon(deployment); }

/// The step that had begun the deployments, and its job, ended with them. For people who look: a write that the journal
/// refuses is not repeated.
void InterruptedRuns::end_step(Following& following, workflow::Outcome outcome, const std::string& message) {
  const TimePoint now = ports_.clock.now();
  ports::RunRecord& record = following.record;
  ports::RunStepRecord& step = running_step(record);
  step.outcome = outcome;
  step.message = message;
  step.ended_at = now;
  (void)journal_.put(record.run, step);
  const auto job = std::ranges::find(record.jobs, step.job, &ports::RunJobRecord::job);
  if (job == record.jobs.end()) return;
  job->outcome = outcome;
  job->ended_at = now;
  (void)journal_.put(record.run, *job);
}

void InterruptedRuns::end(Following& following, RunOutcome outcome, const std::string& cause) {
  ports::RunRecord& record = following.record;
  record.outcome = outcome;
  record.ended_at = ports_.clock.now();
  endings_.end(record, outcome, cause);
  const auto last = run_events(record).back();
  for (const SessionPointer& session : following.sessions) {
    session->emit(last);
    session->end(outcome == RunOutcome::Success ? ExitCode::Succeeded : ExitCode::RolledBack, cause);
  }
  following_.erase(record.run);
}

bool InterruptedRuns::follow(const std::string& id, const SessionPointer& session) {
  std::string run = id;
  if (id == "run") {
    const auto newest = journal_.history(1);
    run = !following_.empty() ? following_.rbegin()->first : newest && !newest->empty() ? newest->front().run : "";
  }
  const auto following = following_.find(run);
  const auto record = journal_.load(run);
  if (!record) return false;
  for (const boost::json::object& event : run_events(*record)) session->emit(event);
  if (following != following_.end()) {
    following->second.sessions.push_back(session);
    return true;
  }
  if (!record->outcome) {  // its end is being written
    session->end(ExitCode::RolledBack, fmt::format("the run {} was interrupted", run));
    return true;
  }
  session->end(*record->outcome == RunOutcome::Success ? ExitCode::Succeeded : ExitCode::RolledBack, record->cause);
  return true;
}

}  // namespace sluice::server
