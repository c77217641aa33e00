// One run of a workflow: feeds the scheduler with what happens, and does what it wants done, each job on a thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "application/workflow/concurrency_groups.h"
#include "application/workflow/job_place.h"
#include "application/workflow/remote_place.h"
#include "application/workflow/run_observer.h"
#include "application/workflow/step_output.h"
#include "core/workflow/advance.h"
#include "ports/clock.h"
#include "ports/processes.h"
#include "ports/runner.h"

namespace sluice::application {

class WorkflowRun {
 public:
  struct Parts {
    ports::Processes& processes;
    const ports::Clock& clock;
    ConcurrencyGroups& groups;
    RunObserver& observer;
    RunPlace place;
    std::shared_ptr<const workflow::RunPlan> plan;
    std::string workflow_group;  ///< That the run itself is in; a job cannot enter it again.
    ports::Runner& runner;
    std::vector<config::EcsRunner> runners;  ///< A job with the name of one among its labels runs there.
  };
  explicit WorkflowRun(Parts parts);
  ~WorkflowRun();
  WorkflowRun(const WorkflowRun&) = delete;
  WorkflowRun& operator=(const WorkflowRun&) = delete;

  /// Blocks until the run has ended; call once. A stop cancels the run: steps with `always()` still run.
  workflow::Outcome run(std::stop_token stop);
  /// As a stop, from any thread.
  void cancel();

 private:
  /// What runs for one leg. Its thread works on one thing at a time.
  struct LegWork {
    std::string key;
    std::optional<JobPlace> place;
    std::unique_ptr<RemotePlace> remote;  ///< Of a job that does not run on this machine.
    std::stop_source stop;
    std::jthread thread;
    TimePoint begun{};
    TimePoint step_begun{};
    int steps_begun = 0;
    std::map<std::size_t, int> numbers;  ///< Of steps that began, as people count them.
  };

  /// Where events come in. Shared with the concurrency groups, whose calls may come when the run is over.
  class Mailbox {
   public:
    void post(workflow::RunEvent event);
    /// The next event, or nothing when none came by `within`; no `within`: waits for one.
    std::optional<workflow::RunEvent> wait(std::optional<Milliseconds> within);

   private:
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<workflow::RunEvent> events_;
  };

  void post(workflow::RunEvent event) { mailbox_->post(std::move(event)); }
  workflow::RunEvent wait_for_event();
  void carry_out(const workflow::StartLeg& effect);
  void carry_out(const workflow::StartStep& effect);
  void carry_out(const workflow::SkipStep& effect);
  void carry_out(const workflow::StopStep& effect);
  void carry_out(const workflow::FinishLeg& effect);
  void carry_out(const workflow::EnterGroup& effect);
  void carry_out(const workflow::LeaveGroup& effect);
  void carry_out(const workflow::FinishJob& effect);
  void carry_out(const workflow::Report& effect);
  void carry_out(const workflow::FinishRun& effect);

  LegWork& work_of(workflow::LegId leg);
  std::string key_of(workflow::LegId leg) const;
  const config::EcsRunner* runner_for(const workflow::StartLeg& effect) const;
  workflow::StepResult work_on(LegWork& work, const workflow::StartStep& step, int number, bool decides);
  void tell(const RunUpdate& update);

  Parts parts_;
  workflow::RunState state_;
  workflow::RunWorld world_;
  SharedMasks masks_;
  TimePoint begun_{};
  std::map<workflow::LegId, ConcurrencyGroups::Ticket> tickets_;

  std::mutex tell_mutex_;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::map<workflow::LegId, std::unique_ptr<LegWork>> legs_;  ///< Last: its threads use all of the above.
};

}  // namespace sluice::application
