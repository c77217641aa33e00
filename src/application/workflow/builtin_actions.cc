#include "application/workflow/builtin_actions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/workflow/action_name.h"
#include "core/workflow/text_case.h"

namespace sluice::application {
namespace {

using workflow::BuiltinAction;
using workflow::Outcome;
using workflow::StepResult;

constexpr Milliseconds kAskTimeout{60'000};

/// An action works in folders here. What it says of paths is meant as the job's steps see them.
Result<StepResult> run_for_elsewhere(BuiltinAction action, const StepContext& step, workflow::ActionWork work) {
  for (auto& [name, value] : work.with) value = as_seen_here(step.place, value);
  const ActionContext context(step, work);
  const auto here = [&](Result<StepResult> (*run)(const ActionContext&)) -> Result<StepResult> {
    TRY(step.remote->bring_here(step.stop));
    TRY_ASSIGN(StepResult result, run(context));
    for (auto& [name, value] : result.outputs) value = as_seen_there(step.place, value);
    return result;
  };
  switch (action) {
    case BuiltinAction::Checkout:
    case BuiltinAction::DownloadArtifact: {
      auto result = here(action == BuiltinAction::Checkout ? run_checkout : run_download_artifact);
      step.remote->changed_here();
      return result;
    }
    case BuiltinAction::UploadArtifact: return here(run_upload_artifact);
    case BuiltinAction::SetupPython: return here(check_python_of_image);
    case BuiltinAction::SetupNode: return here(check_node_of_image);
    case BuiltinAction::Cache:
      context.output().line("nothing is kept from run to run of a job that does not run on this machine: a miss");
      return StepResult{.outputs = {{"cache-hit", "false"}}};
  }
  std::unreachable();
}

Result<StepResult> run_builtin(BuiltinAction action, const ActionContext& context) {
  switch (action) {
    case BuiltinAction::Checkout: return run_checkout(context);
    case BuiltinAction::SetupPython: return run_setup_python(context);
    case BuiltinAction::SetupNode: return run_setup_node(context);
    case BuiltinAction::Cache: return run_cache(context);
    case BuiltinAction::UploadArtifact: return run_upload_artifact(context);
    case BuiltinAction::DownloadArtifact: return run_download_artifact(context);
  }
  std::unreachable();
}

}  // namespace

std::string ActionContext::input(const std::string& name) const {
  for (const auto& [key, value] : work_.with) {
    if (workflow::equal_without_case(key, name)) return value;
  }
  return {};
}

void ActionContext::warn_of_others(const std::vector<std::string>& known) const {
  for (const auto& [key, value] : work_.with) {
    const bool is_known = std::any_of(known.begin(), known.end(),
                                      [&](const std::string& each) { return workflow::equal_without_case(each, key); });
    if (!is_known)
      output().warning(fmt::format("{} heeds no input '{}' here: it has {}", work_.uses, key, fmt::join(known, ", ")));
  }
}

Status ActionContext::run(std::vector<std::string> argv, const std::string& directory) const {
  ports::ProcessRequest request;
  request.argv = std::move(argv);
  request.env = environment_of(context_);
  request.directory = directory.empty() ? place().workspace.string() : directory;
  request.timeout = context_.step.timeout;
  request.on_output = [this](ports::Stream stream, std::string_view piece) { output().write(stream, piece); };
  TRY_ASSIGN(const ports::ProcessResult result, context_.processes.run(request, context_.stop));
  if (result.exit_code == 0) return {};
  return Error{ErrorKind::Failed, fmt::format("{} exited with {}", fmt::join(request.argv, " "), result.exit_code)};
}

Result<std::string> ActionContext::ask(std::vector<std::string> argv) const {
  ports::ProcessRequest request;
  request.argv = std::move(argv);
  request.env = environment_of(context_);
  request.directory = place().workspace.string();
  request.timeout = kAskTimeout;
  TRY_ASSIGN(ports::ProcessResult result, context_.processes.run(request, context_.stop));
  if (result.exit_code != 0) {
    return Error{ErrorKind::Failed,
                 fmt::format("{} exited with {}: {}", fmt::join(request.argv, " "), result.exit_code, result.err)};
  }
  while (result.out.ends_with('\n')) result.out.pop_back();
  return std::move(result.out);
}

Result<std::string> ActionContext::ask_there(const std::string& script) const {
  std::string said;
  ports::ScriptOrder order{.argv = {"sh", "-c", script},
                           .env = variables_of(context_),
                           .path = context_.step.path,
                           .directory = place().seen.workspace.string(),
                           .files = {},
                           .read_back = {},
                           .timeout = kAskTimeout,
                           .on_output = [&](std::string_view piece) { said += piece; }};
  const auto tell = [this](const std::string& line) { output().line(line); };
  TRY_ASSIGN(const ports::ScriptEnd ended, context_.remote->run(std::move(order), tell, context_.stop));
  while (said.ends_with('\n')) said.pop_back();
  if (ended.exit_code == 0) return said;
  return Error{ErrorKind::Failed, fmt::format("{} exited with {}: {}", script, ended.exit_code, said)};
}

StepResult run_action(const StepContext& context, const workflow::ActionWork& work) {
  StepResult failure;
  failure.outcome = Outcome::Failure;
  const auto action = workflow::find_builtin_action(work.uses);
  if (!action) {
    failure.message = *workflow::uses_mistake(work.uses);
    return failure;
  }
  auto result = context.remote != nullptr ? run_for_elsewhere(*action, context, work)
                                          : run_builtin(*action, ActionContext(context, work));
  if (result) return *std::move(result);
  failure.message = result.error().message;
  if (result.error().kind == ErrorKind::Cancelled) failure.outcome = Outcome::Cancelled;
  return failure;
}

}  // namespace sluice::application
