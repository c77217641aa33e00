#include "application/workflow/interrupted_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sluice::application {
namespace {

std::string describe(const ports::RunStepRecord& step) {
  std::string text = fmt::format("its job {} ran its step {} ({})", step.job, step.step, step.name);
  if (!step.deployments.empty()) {
    text += fmt::format(", which had asked for the deployment {}", fmt::join(step.deployments, " and "));
  }
  return text;
}

}  // namespace

InterruptedRun interrupted_run(const ports::RunRecord& run) {
  std::vector<ports::RunStepRecord> running;
  std::ranges::copy_if(run.steps, std::back_inserter(running), [](const auto& step) { return !step.outcome; });
  InterruptedRun interrupted;
  if (running.empty()) {
    interrupted.sentence = run.steps.empty()
                               ? "the controller died before its first step"
                               : fmt::format("the controller died after step {} ({}) of its job {}",
                                             run.steps.back().step, run.steps.back().name, run.steps.back().job);
    return interrupted;
  }
  std::vector<std::string> sentences;
  for (const ports::RunStepRecord& step : running) sentences.push_back(describe(step));
  interrupted.sentence = fmt::format("the controller died while {}", fmt::join(sentences, ", and "));
  if (running.size() == 1 && running.front().decides) interrupted.deployments = running.front().deployments;
  return interrupted;
}

}  // namespace sluice::application
