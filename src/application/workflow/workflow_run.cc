#include "application/workflow/workflow_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "application/workflow/file_patterns.h"
#include "application/workflow/step_runner.h"
#include "core/workflow/deciding_step.h"
#include "core/workflow/text_case.h"

namespace sluice::application {
namespace {

using workflow::LegId;
using workflow::Outcome;
using workflow::StepResult;

/// A step's name as a part of its log's name.
std::string slug(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 60)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      out += c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "step" : out;
}

bool allows_unsecure_commands(const workflow::StartStep& step) {
  const auto found = step.env.find("ACTIONS_ALLOW_UNSECURE_COMMANDS");
  return found != step.env.end() && workflow::equal_without_case(found->second, "true");
}

}  // namespace

WorkflowRun::WorkflowRun(Parts parts) : parts_(std::move(parts)), state_(workflow::make_run(parts_.plan)) {
  for (const auto& [name, value] : parts_.plan->secrets.members()) masks_.add(workflow::to_text(value));
  world_.hash_files = [this](LegId leg, const std::vector<std::string>& patterns) -> Result<std::string> {
    const auto found = legs_.find(leg);
    if (found == legs_.end() || !found->second->place) return std::string();
    if (found->second->remote) TRY(found->second->remote->bring_here({}));
    return hash_files(found->second->place->workspace, patterns);
  };
}

WorkflowRun::~WorkflowRun() = default;

void WorkflowRun::Mailbox::post(workflow::RunEvent event) {
  {
    const std::scoped_lock lock(mutex_);
    events_.push_back(std::move(event));
  }
  came_.notify_one();
}

std::optional<workflow::RunEvent> WorkflowRun::Mailbox::wait(std::optional<Milliseconds> within) {
  std::unique_lock lock(mutex_);
  const auto has_event = [this] { return !events_.empty(); };
  if (!within) {
    came_.wait(lock, has_event);
  } else if (!came_.wait_for(lock, *within, has_event)) {
    return std::nullopt;
  }
  workflow::RunEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void WorkflowRun::cancel() { post(workflow::RunCancelled{}); }

void WorkflowRun::tell(const RunUpdate& update) {
  const std::scoped_lock lock(tell_mutex_);
  parts_.observer.on_update(parts_.place.run, update);
}

workflow::RunEvent WorkflowRun::wait_for_event() {
  std::optional<Milliseconds> within;
  if (const auto deadline = workflow::next_deadline(state_)) {
    within = std::max(*deadline - parts_.clock.now(), Milliseconds(0));
  }
  auto event = mailbox_->wait(within);
  return event ? *std::move(event) : workflow::TimePassed{};
}

Outcome WorkflowRun::run(std::stop_token stop) {
  begun_ = parts_.clock.now();
  const std::stop_callback on_stop(stop, [this] { cancel(); });
  post(workflow::RunStarted{});
  while (!state_.done) {
    const workflow::RunEvent event = wait_for_event();
    workflow::Advanced next = workflow::advance(std::move(state_), event, parts_.clock.now(), world_);
    state_ = std::move(next.state);
    for (const workflow::RunEffect& effect : next.effects) {
      std::visit([this](const auto& each) { carry_out(each); }, effect);
    }
  }
  return workflow::result_of(state_);
}

std::string WorkflowRun::key_of(LegId leg) const {
  const std::string& id = parts_.plan->workflow.jobs[leg.job].id;
  if (state_.jobs[leg.job].legs.size() < 2) return id;
  return fmt::format("{}-{}", id, leg.leg + 1);
}

const config::EcsRunner* WorkflowRun::runner_for(const workflow::StartLeg& effect) const {
  for (const config::EcsRunner& runner : parts_.runners) {
    for (const std::string& label : effect.labels) {
      if (workflow::equal_without_case(label, runner.name)) return &runner;
    }
  }
  return nullptr;
}

WorkflowRun::LegWork& WorkflowRun::work_of(LegId leg) {
  auto& work = legs_[leg];
  if (!work) {
    work = std::make_unique<LegWork>();
    work->key = key_of(leg);
    work->begun = parts_.clock.now();
  }
  return *work;
}

void WorkflowRun::carry_out(const workflow::StartLeg& effect) {
  LegWork& work = work_of(effect.leg);
  work.begun = parts_.clock.now();
  tell(JobBegins{work.key, effect.name});
  const config::EcsRunner* const runner = runner_for(effect);
  auto place = runner == nullptr ? make_job_place(parts_.place, work.key, effect.job)
                                 : make_place_elsewhere(parts_.place, work.key, effect.job);
  if (!place) return post(workflow::LegNotStarted{effect.leg, place.error().message});
  work.place.emplace(*std::move(place));
  if (runner != nullptr) {
    work.remote = std::make_unique<RemotePlace>(parts_.runner, parts_.processes, *work.place,
                                                ports::JobOrder{.run = parts_.place.run,
                                                                .job = work.key,
                                                                .runner = *runner,
                                                                .image = effect.image,
                                                                .folder = work.place->elsewhere.string()});
  }
  post(workflow::LegStarted{effect.leg, github_of(*work.place), runner_of(*work.place)});
}

StepResult WorkflowRun::work_on(LegWork& work, const workflow::StartStep& step, int number, bool decides) {
  const std::string log =
      (work.place->logs / fmt::format("{:02}-{}.log", number, slug(masks_.apply(step.name)))).string();
  tell(StepBegins{work.key, number, masks_.apply(step.name), log, decides});
  StepOutput output({.masks = masks_,
                     .clock = parts_.clock,
                     .tell = [this](const RunUpdate& update) { tell(update); },
                     .job = work.key,
                     .step = number,
                     .log_path = log,
                     .allow_unsecure_commands = allows_unsecure_commands(step)});
  StepResult result =
      run_step({parts_.processes, *work.place, step, number, output, work.stop.get_token(), work.remote.get()});
  if (!result.message.empty()) {
    result.message = masks_.apply(result.message);
    output.error(result.message);
  }
  return result;
}

void WorkflowRun::carry_out(const workflow::StartStep& effect) {
  LegWork& work = work_of(effect.leg);
  // The thread's last act was to post the event that led here.
  if (work.thread.joinable()) work.thread.join();
  work.stop = std::stop_source();
  work.step_begun = parts_.clock.now();
  const int number = ++work.steps_begun;
  const bool decides = workflow::decides_run(state_, effect);
  work.thread = std::jthread([this, &work, effect, number, decides] {
    const TimePoint begun = parts_.clock.now();
    StepResult result = work_on(work, effect, number, decides);
    tell(StepEnds{work.key, number, result.outcome, result.message, parts_.clock.now() - begun});
    post(workflow::StepFinished{effect.leg, effect.step, std::move(result)});
  });
}

void WorkflowRun::carry_out(const workflow::SkipStep& effect) {
  LegWork& work = work_of(effect.leg);
  tell(StepSkipped{work.key, ++work.steps_begun, masks_.apply(effect.name)});
}

void WorkflowRun::carry_out(const workflow::StopStep& effect) { work_of(effect.leg).stop.request_stop(); }

void WorkflowRun::carry_out(const workflow::FinishLeg& effect) {
  LegWork& work = work_of(effect.leg);
  if (work.thread.joinable()) work.thread.join();
  if (work.place) {
    parts_.processes.end_group(work.place->group());
    clear_job_place(*work.place);
  }
  // Ending it asks AWS, which other jobs need not wait for.
  if (work.remote) work.thread = std::jthread([remote = std::move(work.remote)]() mutable { remote.reset(); });
  tell(JobEnds{work.key, effect.result, parts_.clock.now() - work.begun});
}

void WorkflowRun::carry_out(const workflow::EnterGroup& effect) {
  const LegId leg = effect.leg;
  if (!parts_.workflow_group.empty() && workflow::equal_without_case(parts_.workflow_group, effect.group)) {
    tell(Annotation{key_of(leg),
                    0,
                    Severity::Error,
                    {},
                    {},
                    fmt::format("the run itself has the concurrency group '{}': the job would wait for its own run",
                                effect.group)});
    return post(workflow::GroupLost{leg});
  }
  tickets_[leg] = parts_.groups.enter(effect.group, effect.cancel_in_progress,
                                      {[mailbox = mailbox_, leg] { mailbox->post(workflow::GroupEntered{leg}); },
                                       [mailbox = mailbox_, leg] { mailbox->post(workflow::GroupLost{leg}); }});
}

void WorkflowRun::carry_out(const workflow::LeaveGroup& effect) {
  const auto ticket = tickets_.extract(effect.leg);
  if (!ticket.empty()) parts_.groups.leave(ticket.mapped());
}

void WorkflowRun::carry_out(const workflow::FinishJob& effect) {
  // Legs have told of their end; a job without any was skipped or could not begin.
  if (state_.jobs[effect.job].legs.empty()) {
    tell(JobEnds{parts_.plan->workflow.jobs[effect.job].id, effect.result, Milliseconds(0)});
  }
}

void WorkflowRun::carry_out(const workflow::Report& effect) {
  tell(Annotation{parts_.plan->workflow.jobs[effect.job].id, 0, effect.severity, {}, {}, masks_.apply(effect.message)});
}

void WorkflowRun::carry_out(const workflow::FinishRun& effect) {
  tell(RunEnds{effect.result, parts_.clock.now() - begun_});
}

}  // namespace sluice::application
