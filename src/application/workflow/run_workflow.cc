#include "application/workflow/run_workflow.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>

#include "application/workflow/run_source.h"
#include "application/workflow/workflow_run.h"
#include "base/nearest_name.h"
#include "core/config/configuration.h"
#include "core/workflow/json.h"
#include "core/workflow/run_contexts.h"
#include "core/workflow/step_plan.h"
#include "core/workflow/text_case.h"

namespace sluice::application {
namespace {

namespace fs = std::filesystem;
using workflow::Object;
using workflow::Outcome;
using workflow::Value;

/// Logs and artifacts of older runs are removed.
constexpr std::size_t kKeptRuns = 100;
constexpr std::string_view kPassed[] = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER"};

/// Whether the event starts the workflow, as far as its triggers say; for a dispatch with the inputs resolved.
struct Start {
  bool starts = false;
  std::string reason;
  Object inputs;
};

Result<Start> start_of(const RunRequest& request, const RunSource& source, const workflow::Workflow& workflow) {
  const workflow::Trigger* trigger = workflow.find_trigger(request.event);
  if (trigger == nullptr) return Start{false, fmt::format("'{}' does not start it", request.event), {}};
  if (request.event == "push") {
    const workflow::Decision decision = workflow::decide(*trigger, {source.ref, source.changed});
    return Start{decision.starts, decision.reason, {}};
  }
  if (request.event != "workflow_dispatch") return Start{true, {}, {}};
  auto inputs = workflow::resolve_inputs(trigger->inputs, request.inputs);
  if (!inputs) return with_context(std::move(inputs), workflow.file);
  return Start{true, {}, *std::move(inputs)};
}

Object object_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Object object;
  for (const auto& [name, value] : pairs) object.set(name, Value(value));
  return object;
}

/// A file that names no runner may have mistakes: they are no matter of a run.
Result<std::vector<config::EcsRunner>> runners_of(const RunSource& source) {
  if (source.configuration.find("runners") == std::string::npos) return std::vector<config::EcsRunner>();
  const config::ParsedConfiguration parsed = config::parse(source.configuration, kConfigurationFile);
  if (parsed.configuration) return parsed.configuration->runners;
  return Error{ErrorKind::InvalidInput,
               fmt::format("the runners of {} cannot be read: {}; 'sluice lint' tells of all mistakes",
                           kConfigurationFile, to_string(parsed.findings.front()))};
}

bool has_job(const workflow::Workflow& workflow, const std::string& id) {
  return std::any_of(workflow.jobs.begin(), workflow.jobs.end(),
                     [&](const workflow::Job& job) { return workflow::equal_without_case(job.id, id); });
}

Error unknown_job(const std::string& id, const std::vector<workflow::Workflow>& workflows) {
  std::vector<std::string_view> ids;
  for (const workflow::Workflow& each : workflows) {
    for (const workflow::Job& job : each.jobs) ids.push_back(job.id);
  }
  const auto nearest = nearest_name(id, ids);
  return Error{ErrorKind::InvalidInput,
               fmt::format("there is no job '{}'{}", id,
                           nearest ? fmt::format(": did you mean '{}'?", *nearest) : std::string())};
}

std::map<std::string, std::string> base_environment(const RunRequest& request,
                                                    const std::map<std::string, std::string>& more) {
  std::map<std::string, std::string> environment = more;
  const auto pass = [&](const std::string& name) {
    const auto found = request.environment.find(name);
    if (found != request.environment.end()) environment[name] = found->second;
  };
  for (const std::string_view name : kPassed) pass(std::string(name));
  for (const std::string& name : request.pass_variables) pass(name);
  environment.try_emplace("LANG", "C.UTF-8");
  environment.try_emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  return environment;
}

/// The folder of a repository's caches: its name, with '/' in it written so that it is one.
std::string cache_folder(std::string name) {
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

}  // namespace

RunWorkflow::RunWorkflow(ports::Processes& processes, ports::Runner& runner, const ports::Clock& clock, ports::Ids& ids,
                         ConcurrencyGroups& groups, Settings settings)
    : processes_(processes),
      runner_(runner),
      clock_(clock),
      ids_(ids),
      groups_(groups),
      settings_(std::move(settings)) {
  settings_.home = fs::absolute(settings_.home);
}

Result<PlannedRuns> RunWorkflow::plan(const RunRequest& request) {
  TRY_ASSIGN(const GitRepository repository, GitRepository::open(processes_, request.directory));
  TRY_ASSIGN(const RunSource source, find_run_source(request, repository));
  PlannedRuns planned;
  if (is_no_commit(source.after)) {
    planned.notes.push_back(fmt::format("{} was deleted: a deletion starts nothing", source.ref));
    return planned;
  }
  if (source.by_hand && !repository.is_bare()) {
    const auto changes = repository.has_changes();
    if (changes && *changes) {
      planned.notes.push_back(fmt::format("the work tree has changes that are not committed: jobs see the commit {}",
                                          source.after.substr(0, 12)));
    }
  }
  std::vector<workflow::Workflow> workflows;
  for (const auto& [file, text] : source.files) {
    workflow::ParsedWorkflow parsed = workflow::parse_workflow(text, file);
    planned.findings.insert(planned.findings.end(), parsed.findings.begin(), parsed.findings.end());
    if (parsed.workflow) workflows.push_back(*std::move(parsed.workflow));
  }
  if (source.files.empty()) planned.notes.push_back("there is no workflow file in .github/workflows");
  const bool known_job = request.only_job.empty() || workflows.empty() ||
                         std::any_of(workflows.begin(), workflows.end(),
                                     [&](const workflow::Workflow& each) { return has_job(each, request.only_job); });
  if (!known_job) return unknown_job(request.only_job, workflows);
  for (workflow::Workflow& each : workflows) {
    TRY_ASSIGN(const Start start, start_of(request, source, each));
    if (!start.starts) {
      planned.not_started.push_back({each.file, start.reason});
    } else if (!request.only_job.empty() && !has_job(each, request.only_job)) {
      planned.not_started.push_back({each.file, fmt::format("it has no job '{}'", request.only_job)});
    } else {
      TRY_ASSIGN(PlannedRun run, plan_one(request, repository, source, std::move(each)));
      run.plan->inputs = start.inputs;
      TRY(name_run(run));
      planned.runs.push_back(std::move(run));
    }
  }
  return planned;
}

Result<PlannedRun> RunWorkflow::plan_one(const RunRequest& request, const GitRepository& repository,
                                         const RunSource& source, workflow::Workflow workflow) {
  PlannedRun run;
  RunPlace& place = run.place;
  place.run = ids_.next();
  place.folder = settings_.home / "runs" / place.run;
  place.repository = repository.root();
  place.repository_name = repository.full_name();
  place.caches = settings_.home / "caches" / cache_folder(place.repository_name);
  place.workflow = workflow.display_name();
  place.workflow_file = workflow.file;
  place.sha = source.after;
  place.ref = source.ref;
  place.event_name = request.event;
  place.actor = request.actor;
  place.event_file = place.folder / "event.json";
  place.base_environment = base_environment(request, settings_.variables);
  place.program_folder = settings_.program_folder;
  place.number = next_number();
  TRY_ASSIGN(run.event, make_payload(request, repository, source));

  run.plan = std::make_shared<workflow::RunPlan>();
  run.plan->workflow = std::move(workflow);
  run.plan->github = make_github_context(run, request);
  run.plan->vars = object_of(request.vars);
  run.plan->secrets = object_of(request.secrets);
  run.plan->jobs_at_once = settings_.jobs_at_once;
  TRY_ASSIGN(run.runners, runners_of(source));
  for (const config::EcsRunner& runner : run.runners) run.plan->image_labels.push_back(runner.name);
  run.plan->only_job = request.only_job;
  run.plan->matrix = request.matrix;
  return run;
}

Status RunWorkflow::name_run(PlannedRun& run) const {
  const workflow::Workflow& workflow = run.plan->workflow;
  const workflow::Evaluation evaluation = workflow::start_evaluation(*run.plan);
  run.name = run.place.workflow;
  if (workflow.run_name) {
    TRY_ASSIGN(std::string name, workflow::evaluate_text(*workflow.run_name, evaluation));
    if (name.find_first_not_of(" \t\r\n") != std::string::npos) run.name = std::move(name);
  }
  if (!workflow.concurrency) return {};
  TRY_ASSIGN(run.group, workflow::evaluate_text(workflow.concurrency->group, evaluation));
  TRY_ASSIGN(run.cancel_in_progress, workflow::evaluate_flag(workflow.concurrency->cancel_in_progress, evaluation));
  return {};
}

int RunWorkflow::next_number() {
  const std::scoped_lock lock(numbers_mutex_);
  const fs::path file = settings_.home / "runs" / "last_number";
  int number = 0;
  std::ifstream(file) >> number;
  last_number_ = std::max(number, last_number_) + 1;
  return last_number_;
}

Status RunWorkflow::prepare(PlannedRun& planned) {
  std::error_code error;
  fs::create_directories(planned.place.folder, error);
  if (error) {
    return Error{ErrorKind::Failed,
                 fmt::format("cannot make the run's folder {}: {}", planned.place.folder.string(), error.message())};
  }
  std::ofstream(planned.place.event_file, std::ios::binary) << workflow::to_json(planned.event) << '\n';
  const std::scoped_lock lock(numbers_mutex_);
  std::ofstream(settings_.home / "runs" / "last_number") << planned.place.number << '\n';
  return {};
}

void RunWorkflow::remove_old_runs() const {
  std::error_code error;
  std::vector<fs::path> runs;
  for (const auto& entry : fs::directory_iterator(settings_.home / "runs", error)) {
    if (entry.is_directory(error)) runs.push_back(entry.path());
  }
  if (runs.size() <= kKeptRuns) return;
  std::sort(runs.begin(), runs.end());  // Ids sort by time.
  for (std::size_t i = 0; i + kKeptRuns < runs.size(); ++i) fs::remove_all(runs[i], error);
}

Result<Outcome> RunWorkflow::run(PlannedRun planned, RunObserver& observer, std::stop_token stop) {
  TRY(prepare(planned));
  remove_old_runs();
  return run_in_group(planned, observer, std::move(stop));
}

Outcome RunWorkflow::run_in_group(const PlannedRun& planned, RunObserver& observer, std::stop_token stop) {
  // What the group's calls need, which may come when this function has returned.
  struct Gate {
    std::mutex mutex;
    std::condition_variable_any changed;
    bool entered = false;
    std::stop_source lost;
  };
  const auto gate = std::make_shared<Gate>();
  const std::string& run = planned.place.run;
  std::optional<ConcurrencyGroups::Ticket> ticket;
  if (!planned.group.empty()) {
    ticket = groups_.enter(planned.group, planned.cancel_in_progress,
                           {[gate] {
                              const std::scoped_lock lock(gate->mutex);
                              gate->entered = true;
                              gate->changed.notify_all();
                            },
                            [gate] {
                              gate->lost.request_stop();
                              gate->changed.notify_all();
                            }});
    std::unique_lock lock(gate->mutex);
    if (!gate->entered) observer.on_update(run, RunWaits{planned.group});
    const std::stop_callback forward(stop, [gate] { gate->lost.request_stop(); });
    gate->changed.wait(lock, gate->lost.get_token(), [&] { return gate->entered; });
    if (!gate->entered) {
      lock.unlock();
      groups_.leave(*ticket);
      observer.on_update(run, RunEnds{Outcome::Cancelled, Milliseconds(0)});
      return Outcome::Cancelled;
    }
  }
  observer.on_update(run,
                     RunBegins{planned.place.workflow, planned.place.workflow_file, planned.name, planned.place.sha});
  WorkflowRun work(
      {processes_, clock_, groups_, observer, planned.place, planned.plan, planned.group, runner_, planned.runners});
  Outcome outcome{};
  {
    const std::stop_callback on_lost(gate->lost.get_token(), [&work] { work.cancel(); });
    outcome = work.run(std::move(stop));
  }
  if (ticket) groups_.leave(*ticket);
  return outcome;
}

}  // namespace sluice::application
