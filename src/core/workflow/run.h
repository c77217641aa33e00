// A run of a workflow: its state, what happens to it (events) and what it wants done (effects). `advance` in
// advance.h turns the first two into the third.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.h"
#include "core/workflow/file_command.h"
#include "core/workflow/masks.h"
#include "core/workflow/value.h"
#include "core/workflow/workflow.h"

namespace sluice::workflow {

/// How a step, a job or a run ended.
enum class Outcome { Success, Failure, Cancelled, Skipped };
/// `success`, `failure`, `cancelled`, `skipped`.
std::string_view to_string(Outcome outcome);

/// What a run starts from; does not change.
struct RunPlan {
  Workflow workflow;
  Value github;  ///< The `github` context without what only a job or step knows.
  Object inputs;
  Object vars;
  Object secrets;  ///< Text by name; all of it is masked.
  std::size_t jobs_at_once = 4;
  /// Labels of `runs-on` that name a runner whose jobs run in images.
  std::vector<std::string> image_labels;
  std::string only_job;                                     ///< Run this job and those that it needs; empty: all.
  std::vector<std::pair<std::string, std::string>> matrix;  ///< Only legs with these values.
};

/// One combination of a job's matrix; a job without one has the leg 0.
struct LegId {
  std::size_t job = 0;  ///< Index in `Workflow::jobs`.
  std::size_t leg = 0;
  friend auto operator<=>(const LegId&, const LegId&) = default;
};

struct StepState {
  enum class Phase { Waiting, Running, Done };
  Phase phase = Phase::Waiting;
  Outcome outcome = Outcome::Skipped;     ///< What happened.
  Outcome conclusion = Outcome::Skipped;  ///< After `continue-on-error`.
  Object outputs;
};

struct LegState {
  enum class Phase {
    WaitingForGroup,
    Queued,
    Starting,
    Running,
    RunningPosts,
    Done,
  };
  Phase phase = Phase::Queued;
  std::string name;  ///< For people.
  Object matrix;
  Outcome status = Outcome::Success;  ///< `job.status` so far.
  Outcome result = Outcome::Skipped;
  Object env;                     ///< Of the workflow and the job, evaluated.
  Assignments exported;           ///< By GITHUB_ENV, later ones count.
  std::vector<std::string> path;  ///< By GITHUB_PATH, first ones first on PATH.
  std::vector<StepState> steps;
  std::size_t current = 0;         ///< The step that runs or comes next.
  std::vector<std::size_t> posts;  ///< Steps that want a post run, in the order in which they ran.
  std::optional<TimePoint> deadline;
  bool past_grace = false;  ///< Nothing more is started, not even `always()`.
  Value github;             ///< What the runner adds to the `github` context.
  Value runner;
  bool in_group = false;
};

struct JobState {
  enum class Phase { Waiting, Running, Done };
  Phase phase = Phase::Waiting;
  bool selected = true;  ///< False when `only_job` leaves it out.
  std::vector<LegState> legs;
  Outcome result = Outcome::Skipped;
  Object outputs;
  bool fail_fast = true;
  std::optional<std::size_t> max_parallel;
};

struct RunState {
  std::shared_ptr<const RunPlan> plan;
  std::vector<JobState> jobs;  ///< As in `Workflow::jobs`.
  Masks masks;
  bool cancelled = false;
  bool done = false;
};

/// What came out of a step.
struct StepResult {
  Outcome outcome = Outcome::Success;  ///< Never Skipped.
  std::string message;                 ///< Why it did not succeed; empty when it did.
  Assignments outputs;
  Assignments env;
  std::vector<std::string> path;  ///< In the order of the file: the last is to be first on PATH.
  std::vector<std::string> masks;
  bool wants_post = false;  ///< The action wants to be called again at the end of the job.
};

struct RunStarted {};
struct LegStarted {
  LegId leg;
  Value github;  ///< Members to add to the `github` context, such as `workspace`.
  Value runner;
};
struct LegNotStarted {
  LegId leg;
  std::string message;
};
struct StepFinished {
  LegId leg;
  std::size_t step = 0;
  StepResult result;
};
struct GroupEntered {
  LegId leg;
};
/// A newer one waits in the group now, or one that runs was replaced.
struct GroupLost {
  LegId leg;
};
struct RunCancelled {};
/// Nothing happened but that time went by.
struct TimePassed {};
using RunEvent = std::variant<RunStarted, LegStarted, LegNotStarted, StepFinished, GroupEntered, GroupLost,
                              RunCancelled, TimePassed>;

/// Make a workspace for the leg; answered by LegStarted or LegNotStarted.
struct StartLeg {
  LegId leg;
  std::string job;
  std::string name;
  std::vector<std::string> labels;
  std::string image;  ///< Of the job's `container`; empty: none is asked for.
};
struct ScriptWork {
  std::string script;
  std::string shell;              ///< As written; empty: the default.
  std::string working_directory;  ///< Empty: the workspace.
};
struct ActionWork {
  std::string uses;
  std::map<std::string, std::string> with;
};
/// Answered by StepFinished.
struct StartStep {
  LegId leg;
  std::size_t step = 0;
  std::string name;
  bool post = false;
  Outcome status = Outcome::Success;  ///< Of the job so far.
  std::variant<ScriptWork, ActionWork> work;
  std::map<std::string, std::string> env;  ///< Of workflow, job, GITHUB_ENV and step.
  std::vector<std::string> path;           ///< To be put before PATH.
  std::optional<Milliseconds> timeout;
};
struct SkipStep {
  LegId leg;
  std::size_t step = 0;
  std::string name;
};
/// End the step that runs; it is still answered by StepFinished.
struct StopStep {
  LegId leg;
};
struct FinishLeg {
  LegId leg;
  Outcome result = Outcome::Success;
};
/// Answered by GroupEntered or GroupLost.
struct EnterGroup {
  LegId leg;
  std::string group;
  bool cancel_in_progress = false;
};
struct LeaveGroup {
  LegId leg;
};
struct FinishJob {
  std::size_t job = 0;
  Outcome result = Outcome::Success;
};
/// Something that people must know.
struct Report {
  std::size_t job = 0;
  Severity severity = Severity::Error;
  std::string message;
};
struct FinishRun {
  Outcome result = Outcome::Success;
};
using RunEffect = std::variant<StartLeg, StartStep, SkipStep, StopStep, FinishLeg, EnterGroup, LeaveGroup, FinishJob,
                               Report, FinishRun>;

}  // namespace sluice::workflow
