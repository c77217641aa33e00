#include "server/workflow_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "application/workflow/run_recorder.h"

namespace sluice::server {
namespace {

namespace json = boost::json;
using workflow::Outcome;

constexpr std::size_t kKeptRuns = 20;
constexpr std::size_t kKeptEvents = 20'000;  ///< Of one run; the oldest output goes first. Its logs are whole.

std::string text(std::string_view view) { return std::string(view); }

double seconds(Milliseconds span) { return static_cast<double>(span.count()) / 1000.0; }

json::object event_of(const application::RunWaits& u) { return {{"type", "run_waits"}, {"group", u.group}}; }
json::object event_of(const application::RunBegins& u) {
  return {{"type", "run_begins"}, {"workflow", u.workflow}, {"file", u.file}, {"name", u.name}, {"sha", u.sha}};
}
json::object event_of(const application::JobBegins& u) {
  return {{"type", "job_begins"}, {"job", u.job}, {"name", u.name}};
}
json::object event_of(const application::StepBegins& u) {
  return {{"type", "step_begins"}, {"job", u.job}, {"step", u.step}, {"name", u.name}, {"log", u.log}};
}
json::object event_of(const application::OutputLine& u) {
  return {{"type", "output"},
          {"job", u.job},
          {"step", u.step},
          {"stream", u.stream == ports::Stream::Out ? "out" : "err"},
          {"text", u.text}};
}
json::object event_of(const application::Annotation& u) {
  const char* severity = u.severity == Severity::Error ? "error" : u.severity == Severity::Warning ? "warning" : "note";
  return {{"type", "annotation"}, {"job", u.job},      {"step", u.step},        {"severity", severity},
          {"file", u.file},       {"line", u.at.line}, {"column", u.at.column}, {"message", u.message}};
}
json::object event_of(const application::StepSkipped& u) {
  return {{"type", "step_skipped"}, {"job", u.job}, {"step", u.step}, {"name", u.name}};
}
json::object event_of(const application::StepEnds& u) {
  return {{"type", "step_ends"},  {"job", u.job},
          {"step", u.step},       {"outcome", text(to_string(u.outcome))},
          {"message", u.message}, {"duration_seconds", seconds(u.duration)}};
}
json::object event_of(const application::JobEnds& u) {
  return {{"type", "job_ends"},
          {"job", u.job},
          {"outcome", text(to_string(u.outcome))},
          {"duration_seconds", seconds(u.duration)}};
}
json::object event_of(const application::RunEnds& u) {
  return {{"type", "run_ends"}, {"outcome", text(to_string(u.outcome))}, {"duration_seconds", seconds(u.duration)}};
}

ports::RunRecord record_of(const application::PlannedRun& planned, TimePoint now) {
  const application::RunPlace& place = planned.place;
  ports::RunRecord record;
  record.run = place.run;
  record.repository = place.repository;
  record.workflow = place.workflow;
  record.file = place.workflow_file;
  record.title = planned.name;
  record.event = place.event_name;
  record.ref = place.ref;
  record.sha = place.sha;
  record.actor = place.actor;
  record.began_at = now;
  return record;
}

std::string_view type_of(const json::object& event) { return event.at("type").as_string(); }

}  // namespace

struct WorkflowRuns::Run {
  ports::RunRecord about;
  std::deque<json::object> events;
  std::string first_failure;       ///< Job and step that failed first.
  std::optional<Outcome> came_to;  ///< By the run's thread, before it ends.
  std::optional<Outcome> outcome;
  std::optional<Error> error;
  std::vector<SessionPointer> followers;
  std::shared_ptr<Batch> batch;
};

/// The runs that one command started.
struct WorkflowRuns::Batch {
  SessionPointer session;
  bool detach = false;
  std::size_t not_ended = 0;
  bool failed = false;

  void ended(bool passed) {
    failed = failed || !passed;
    if (--not_ended == 0 && !detach) session->end(failed ? ExitCode::RolledBack : ExitCode::Succeeded);
  }
  /// The caller may go, when it does not wait for the ends.
  void begun() {
    if (detach) session->end(failed ? ExitCode::RolledBack : ExitCode::Succeeded);
  }
};

class WorkflowRuns::Observer final : public application::RunObserver {
 public:
  Observer(WorkflowRuns& runs, std::shared_ptr<Run> run)
      : runs_(runs), run_(std::move(run)), recorder_(runs.parts_.journal, runs.parts_.clock, run_->about.run) {}

  void on_update(const std::string& id, const application::RunUpdate& update) override {
    recorder_.on_update(update);
    json::object event = std::visit([](const auto& u) { return event_of(u); }, update);
    event.emplace("run", id);
    // The observer is gone with its run's thread, before the strand comes to what was told last.
    runs_.parts_.post(
        [&runs = runs_, run = run_, event = std::move(event)]() mutable { runs.take(run, std::move(event)); });
  }

 private:
  WorkflowRuns& runs_;
  std::shared_ptr<Run> run_;
  application::RunRecorder recorder_;
};

WorkflowRuns::~WorkflowRuns() {
  for (Running& running : runs_) running.thread.request_stop();
  for (Running& running : runs_) {
    if (running.thread.joinable()) running.thread.join();
    if (running.run->outcome) continue;
    // The strand, on which ends are written, has ended. One that cannot be written is found interrupted.
    const auto outcome = workflow::run_outcome(running.run->came_to.value_or(Outcome::Cancelled));
    const bool cancelled = outcome == workflow::RunOutcome::Cancelled;
    (void)parts_.journal.end(
        {running.run->about.run, outcome, cancelled ? "the controller was shut down" : "", parts_.clock.now()},
        nullptr);
  }
}

void WorkflowRuns::start(application::RunRequest request, bool detach, const SessionPointer& session) {
  // Reading a repository takes git, and time: not on the strand.
  const auto planner = planners_.emplace(planners_.end());
  *planner = std::jthread([this, request = std::move(request), detach, session, planner] {
    auto planned = std::make_shared<Result<application::PlannedRuns>>(parts_.workflows.plan(request));
    parts_.post([this, planned, detach, session, planner] {
      planners_.erase(planner);  // it ends with this post
      if (!*planned) return session->fail(planned->error());
      begin(std::move(**planned), detach, session);
    });
  });
}

void WorkflowRuns::begin(application::PlannedRuns planned, bool detach, const SessionPointer& session) {
  for (const Finding& finding : planned.findings) {
    if (finding.severity == Severity::Error) session->emit({{"type", "line"}, {"line", to_string(finding)}});
  }
  for (const std::string& note : planned.notes) session->emit({{"type", "line"}, {"line", "note: " + note}});
  for (const auto& not_started : planned.not_started) {
    session->emit(
        {{"type", "line"}, {"line", fmt::format("{} is not started: {}", not_started.file, not_started.reason)}});
  }
  if (has_errors(planned.findings))
    return session->end(ExitCode::Usage, "a workflow file has errors: nothing was started");
  if (planned.runs.empty()) return session->end(ExitCode::Succeeded, "no workflow is started by this event");
  auto batch = std::make_shared<Batch>(Batch{session, detach, planned.runs.size(), false});
  for (application::PlannedRun& each : planned.runs) begin_one(std::move(each), batch);
  batch->begun();
  while (runs_.size() > kKeptRuns && runs_.front().run->outcome) runs_.pop_front();
}

void WorkflowRuns::begin_one(application::PlannedRun planned, const std::shared_ptr<Batch>& batch) {
  auto run = std::make_shared<Run>();
  run->about = record_of(planned, parts_.clock.now());
  run->batch = batch;
  if (const Status begun = parts_.journal.begin(run->about); !begun) {
    batch->session->emit({{"type", "line"},
                          {"line", fmt::format("{} is not started: the journal does not take it: {}", run->about.file,
                                               begun.error().message)}});
    return batch->ended(false);
  }
  batch->session->emit(
      {{"type", "run_started"}, {"run", run->about.run}, {"name", run->about.title}, {"sha", run->about.sha}});
  std::jthread thread([this, run, planned = std::move(planned), batch](const std::stop_token& stop) mutable {
    Observer observer(*this, run);
    std::stop_source cancel;
    const std::stop_callback by_us(stop, [&] { cancel.request_stop(); });
    std::optional<std::stop_callback<std::function<void()>>> by_session;
    if (!batch->detach) by_session.emplace(batch->session->gone(), [&] { cancel.request_stop(); });
    auto outcome =
        std::make_shared<Result<Outcome>>(parts_.workflows.run(std::move(planned), observer, cancel.get_token()));
    run->came_to = *outcome ? **outcome : Outcome::Failure;
    parts_.post([this, run, outcome] {
      if (*outcome) {
        run->outcome = **outcome;
      } else {
        run->outcome = Outcome::Failure;
        run->error = outcome->error();
      }
      ended(run);
    });
  });
  runs_.push_back(Running{run, std::move(thread)});
}

void WorkflowRuns::take(const std::shared_ptr<Run>& run, json::object event) {
  const std::string_view type = type_of(event);
  if (type == "step_ends" && event.at("outcome").as_string() == "failure" && run->first_failure.empty()) {
    run->first_failure = fmt::format("job {} failed at its step {}: {}", text(event.at("job").as_string()),
                                     event.at("step").as_int64(), text(event.at("message").as_string()));
  }
  for (const SessionPointer& follower : run->followers) follower->emit(event);
  if (!run->batch->detach) run->batch->session->emit(event);
  run->events.push_back(std::move(event));
  if (run->events.size() > kKeptEvents) {
    const auto output = std::ranges::find_if(run->events, [](const auto& e) { return type_of(e) == "output"; });
    if (output != run->events.end()) run->events.erase(output);
  }
}

void WorkflowRuns::ended(const std::shared_ptr<Run>& run) {
  const bool passed = *run->outcome == Outcome::Success;
  const std::string message = run->error ? run->error->message : run->first_failure;
  for (const SessionPointer& follower : std::exchange(run->followers, {})) {
    follower->end(passed ? ExitCode::Succeeded : ExitCode::RolledBack, message);
  }
  if (run->error) run->batch->session->emit({{"type", "line"}, {"line", message}});
  run->batch->ended(passed);
  parts_.endings.end(run->about, workflow::run_outcome(*run->outcome), passed ? "" : message);
}

bool WorkflowRuns::follow(const std::string& id, const SessionPointer& session) {
  const auto found = std::find_if(runs_.rbegin(), runs_.rend(),
                                  [&](const Running& each) { return id == "run" || each.run->about.run == id; });
  if (found == runs_.rend()) return false;
  const std::shared_ptr<Run>& run = found->run;
  for (const json::object& event : run->events) session->emit(event);
  if (!run->outcome) {
    run->followers.push_back(session);
    return true;
  }
  session->end(*run->outcome == Outcome::Success ? ExitCode::Succeeded : ExitCode::RolledBack, run->first_failure);
  return true;
}

}  // namespace sluice::server
