// The actions that sluice carries out itself, with the real thing on this machine behind each.
#pragma once

#include <string>
#include <vector>

#include "application/workflow/step_runner.h"
#include "base/result.h"
#include "core/workflow/run.h"

namespace sluice::application {

/// Anything but a built-in action is a failure that says so.
workflow::StepResult run_action(const StepContext& context, const workflow::ActionWork& work);

/// What each action's code has at hand.
class ActionContext {
 public:
  ActionContext(const StepContext& context, const workflow::ActionWork& work) : context_(context), work_(work) {}

  const StepContext& step() const { return context_; }
  const JobPlace& place() const { return context_.place; }
  StepOutput& output() const { return context_.output; }
  /// The input's value; '' when it is not given.
  std::string input(const std::string& name) const;
  bool is_given(const std::string& name) const { return !input(name).empty(); }
  /// Warns of inputs that the action has not, as GitHub does.
  void warn_of_others(const std::vector<std::string>& known) const;

  /// Runs a program in the workspace with the step's environment, its output going to the step's. Error: Failed with
  /// the exit code.
  Status run(std::vector<std::string> argv, const std::string& directory = {}) const;
  /// Runs a program and gives its standard output without the line end.
  Result<std::string> ask(std::vector<std::string> argv) const;
  /// What a script says where the job runs, when that is not this machine. Errors: those of RemotePlace; Failed with
  /// the exit code.
  Result<std::string> ask_there(const std::string& script) const;
  const RemotePlace* remote() const { return context_.remote; }

 private:
  const StepContext& context_;
  const workflow::ActionWork& work_;
};

/// Clones the local repository at the commit of the run (or `ref`) into the workspace (or `path`). The whole history is
/// there, whatever `fetch-depth` says: objects are shared with the repository and cost nothing.
Result<workflow::StepResult> run_checkout(const ActionContext& action);
/// Finds an interpreter of the wanted version on this machine and puts a fresh virtual environment first on PATH.
Result<workflow::StepResult> run_setup_python(const ActionContext& action);
/// Checks that the machine's node has the wanted version.
Result<workflow::StepResult> run_setup_node(const ActionContext& action);
/// Of a job that runs in an image: the image has the interpreter or the step fails, naming what it has.
Result<workflow::StepResult> check_python_of_image(const ActionContext& action);
Result<workflow::StepResult> check_node_of_image(const ActionContext& action);
/// Brings files back by their key; at the end of a job that passed (`post`), keeps them under it.
Result<workflow::StepResult> run_cache(const ActionContext& action);
/// Copies files into, or from, the run's `artifacts` folder.
Result<workflow::StepResult> run_upload_artifact(const ActionContext& action);
Result<workflow::StepResult> run_download_artifact(const ActionContext& action);

/// True when `version` (`3.11.2`) is one that `wanted` asks for: `3`, `3.11`, `3.11.2`, `3.x`, `>=3.9`, `^3.9`,
/// `~3.11.0`, several of them with blanks between (all must hold) or `||` (one must).
bool version_fits(const std::string& version, const std::string& wanted);

}  // namespace sluice::application
