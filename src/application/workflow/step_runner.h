// Carries out one step on this machine: a script, or one of the actions that sluice has itself.
#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "application/workflow/job_place.h"
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
};

/// Blocks until the step is done. What commands in its output and its file commands asked for is in the result.
workflow::StepResult run_step(const StepContext& context);

/// The environment of a step: what the machine gives, then the step's variables, then the runner's own.
std::map<std::string, std::string> environment_of(const StepContext& context);

}  // namespace sluice::application
