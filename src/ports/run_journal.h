// The durable memory of workflow runs: what started them, how far they came, how they ended, and what people are still
// to be told of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/workflow/run_outcome.h"

namespace sluice::ports {

struct RunStepRecord {
  std::string job;  ///< The job's key: its id, with `-N` behind it for the legs of a matrix.
  int step = 0;     ///< From 1, as people count.
  std::string name;
  TimePoint began_at{};
  bool decides = false;                  ///< The run is going to end as the deployment does that the step starts.
  std::vector<std::string> deployments;  ///< That it has asked for, in their order.
  std::optional<workflow::Outcome> outcome;
  std::string message;  ///< Why it did not pass.
  std::optional<TimePoint> ended_at;
};

struct RunJobRecord {
  std::string job;
  std::string name;
  TimePoint began_at{};
  std::optional<workflow::Outcome> outcome;
  std::optional<TimePoint> ended_at;
};

struct RunRecord {
  std::string run;
  std::string repository;  ///< Its folder.
  std::string workflow;    ///< Its name for people.
  std::string file;
  std::string title;  ///< The run's own name.
  std::string event;  ///< What started it, with `ref`, `sha` and `actor`.
  std::string ref;
  std::string sha;
  std::string actor;
  TimePoint began_at{};
  std::vector<RunJobRecord> jobs;    ///< In the order in which they began.
  std::vector<RunStepRecord> steps;  ///< Likewise.
  std::optional<workflow::RunOutcome> outcome;
  std::string cause;  ///< Empty when it succeeded.
  std::optional<TimePoint> ended_at;
};

struct RunEnd {
  std::string run;
  workflow::RunOutcome outcome = workflow::RunOutcome::Success;
  std::string cause;
  TimePoint at{};
};

/// That a pipeline failed, for those whom the commit's sluice.yaml names.
struct PipelineMessage {
  std::string id;
  std::string repository;
  std::string sha;
  std::string subject;
  std::string cause;
  friend bool operator==(const PipelineMessage&, const PipelineMessage&) = default;
};

/// Every write is durable when it returns. Errors of all: Unavailable (disk full, store gone): nothing is written then.
class RunJournal {
 public:
  virtual ~RunJournal() = default;

  /// Without jobs, steps and an end. Error: Conflict when the run is known.
  virtual Status begin(const RunRecord& run) = 0;
  /// Begins or ends a job, or a step; its deployments are left as they were. Error: NotFound.
  virtual Status put(const std::string& run, const RunJobRecord& job) = 0;
  virtual Status put(const std::string& run, const RunStepRecord& step) = 0;
  /// What a step has asked for, before it begins. Error: NotFound (the step).
  virtual Status step_deploys(const std::string& run, const std::string& job, int step,
                              const std::vector<std::string>& deployments) = 0;
  /// With the message that is to be sent, if there is one, in one transaction. A run that has ended stays as it is.
  virtual Status end(const RunEnd& end, const PipelineMessage* message) = 0;

  /// Error: NotFound.
  virtual Result<RunRecord> load(const std::string& run) = 0;
  /// Ids of runs without an end, oldest first.
  virtual Result<std::vector<std::string>> unended() = 0;
  /// Ended runs without their jobs and steps, newest first.
  virtual Result<std::vector<RunRecord>> history(int most) = 0;

  /// Messages that are neither delivered nor given up, oldest first.
  virtual Result<std::vector<PipelineMessage>> messages() = 0;
  /// One is delivered, or given up. Unknown: nothing.
  virtual Status message_done(const std::string& id) = 0;
};

}  // namespace sluice::ports
