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

StepResult run_action(const StepContext& context, const workflow::ActionWork& work) {
  StepResult failure;
  failure.outcome = Outcome::Failure;
  const auto action = workflow::find_builtin_action(work.uses);
  if (!action) {
    failure.message = *workflow::uses_mistake(work.uses);
    return failure;
  }
  auto result = run_builtin(*action, ActionContext(context, work));
  if (result) return *std::move(result);
  failure.message = result.error().message;
  if (result.error().kind == ErrorKind::Cancelled) failure.outcome = Outcome::Cancelled;
  return failure;
}

}  // namespace sluice::application
