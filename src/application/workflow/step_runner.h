// Carries out one step: a script, on this machine or where its job runs, or one of the actions that sluice has itself.
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "application/workflow/job_place.h"
#include "application/workflow/remote_place.h"
#include "application/workflow/step_output.h"
#include "core/workflow/run.h"
#include "ports/processes.h"

namespace sluice::application {

struct StepContext {
  ports::Processes& processes;
  const JobPlace& place;
  const workflow::StartStep& step;
  int number;  ///< As people count.
  StepOutput& output;
  std::stop_token stop;
  RemotePlace* remote = nullptr;  ///< Where the job runs, when that is not this machine.
};

/// Blocks until the step is done. What commands in its output and its file commands asked for is in the result.
workflow::StepResult run_step(const StepContext& context);

/// The environment of a step: what the machine gives, then the step's variables, then the runner's own.
std::map<std::string, std::string> environment_of(const StepContext& context);
/// The same without what this machine gives, for a step that runs elsewhere.
std::map<std::string, std::string> variables_of(const StepContext& context);

}  // namespace sluice::application
