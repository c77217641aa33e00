// The workflow runs of this controller: started by a command or a push, told to whoever follows, kept for those who
// come later. On the strand, but for what its runs' threads post there.
#pragma once

#include <boost/json/fwd.hpp>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "application/workflow/run_workflow.h"
#include "ports/run_journal.h"
#include "server/run_endings.h"
#include "server/session.h"

namespace sluice::server {

class WorkflowRuns {
 public:
  using Post = std::function<void(std::function<void()>)>;
  struct Parts {
    application::RunWorkflow& workflows;
    const ports::Clock& clock;
    ports::RunJournal& journal;
    RunEndings& endings;
    Post post;
  };
  explicit WorkflowRuns(Parts parts) : parts_(std::move(parts)) {}
  /// Cancels what runs, waits for it, and leaves the end in the journal.
  ~WorkflowRuns();

  /// Starts every workflow that the request's event starts; a run that the journal does not take is not started.
  /// Findings and reasons go to the session; it follows the runs to their end, or ends when they have begun (`detach`).
  /// A session that goes away cancels the runs that it follows.
  void start(application::RunRequest request, bool detach, const SessionPointer& session);

  /// Tells a run from its beginning. `run` is its id, or `run` for the newest. False when there is no such run.
  bool follow(const std::string& run, const SessionPointer& session);

 private:
  struct Run;
  class Observer;
  struct Batch;
  struct Running {
    std::shared_ptr<Run> run;
    std::jthread thread;
  };

  void begin(application::PlannedRuns planned, bool detach, const SessionPointer& session);
  void begin_one(application::PlannedRun planned, const std::shared_ptr<Batch>& batch);
  void take(const std::shared_ptr<Run>& run, boost::json::object event);
  void ended(const std::shared_ptr<Run>& run);

  Parts parts_;
  std::deque<Running> runs_;  ///< Oldest first.
  std::list<std::jthread> planners_;
};

}  // namespace sluice::server
