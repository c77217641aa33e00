// What a run of a workflow tells while it goes on.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/position.h"
#include "base/time.h"
#include "core/workflow/run.h"
#include "ports/processes.h"

namespace sluice::application {

/// The run waits in a concurrency group.
struct RunWaits {
  std::string group;
};
struct RunBegins {
  std::string workflow;  ///< Its name for people.
  std::string file;
  std::string name;  ///< The run's own: `run-name`, else the workflow's.
  std::string sha;
};
struct JobBegins {
  std::string job;   ///< Key of the job: its id, with `-N` behind it for the legs of a matrix.
  std::string name;  ///< For people.
};
struct StepBegins {
  std::string job;
  int step = 0;  ///< From 1; post runs are counted on.
  std::string name;
  std::string log;       ///< Path of the step's log.
  bool decides = false;  ///< The run is going to end as the deployment does that the step starts.
};
/// A line of output without its end, secrets masked.
struct OutputLine {
  std::string job;
  int step = 0;
  ports::Stream stream = ports::Stream::Out;
  std::string text;
};
/// `::error file=…,line=…::message` and its like; or what sluice itself has to say about a job (step 0).
struct Annotation {
  std::string job;
  int step = 0;
  Severity severity = Severity::Error;
  std::string file;  ///< Empty when the step named none.
  Position at;
  std::string message;
};
struct StepSkipped {
  std::string job;
  int step = 0;
  std::string name;
};
struct StepEnds {
  std::string job;
  int step = 0;
  workflow::Outcome outcome = workflow::Outcome::Success;
  std::string message;  ///< Why it did not pass.
  Milliseconds duration{0};
};
/// A leg or, when it was skipped or could not begin, a whole job.
struct JobEnds {
  std::string job;
  workflow::Outcome outcome = workflow::Outcome::Success;
  Milliseconds duration{0};
};
struct RunEnds {
  workflow::Outcome outcome = workflow::Outcome::Success;
  Milliseconds duration{0};
};
using RunUpdate = std::variant<RunWaits, RunBegins, JobBegins, StepBegins, OutputLine, Annotation, StepSkipped,
                               StepEnds, JobEnds, RunEnds>;

class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// Called on several threads, but by one at a time; must not block for long, and must not throw.
  virtual void on_update(const std::string& run, const RunUpdate& update) = 0;
};

}  // namespace sluice::application
