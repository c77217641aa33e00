// What the answer of a function that was invoked as a lifecycle hook means.
#pragma once

#include <string>

#include "base/result.h"

namespace sluice::rollout {

/// What came of an invocation that was waited for. The nouns are AWS Lambda's own.
struct FunctionAnswer {
  std::string payload;   ///< What the function returned, or the object that tells its error; JSON.
  std::string error;     ///< FunctionError: `Unhandled`, `Handled`; empty when it returned.
  std::string log_tail;  ///< The end of its log, at most 4 KB.
  friend bool operator==(const FunctionAnswer&, const FunctionAnswer&) = default;
};

/// The verdict that a hook function returned. An error fails; so does a returned text, or a member `status` or
/// `hookStatus` of a returned object, that is `Failed` in whatever case (CodeDeploy's word, and that of ECS's own
/// lifecycle hooks). Anything else passes. Errors: Failed, with what the function said; Unavailable, when it returned
/// ECS's `IN_PROGRESS`: it is invoked again.
///
/// A function that was written for CodeDeploy reports by PutLifecycleEventHookExecutionStatus, and CodeDeploy knows no
/// such deployment. That is told by the names of CodeDeploy's errors, in the error or in the log of a function that
/// returned no verdict: what it found out is then not known, and the hook fails with what to change.
/// Sources: "AppSpec 'hooks' section" of CodeDeploy's user guide, "Lambda lifecycle hooks" of ECS's developer guide,
/// and the errors of PutLifecycleEventHookExecutionStatus in CodeDeploy's API reference.
Status judge_hook(const std::string& function, const FunctionAnswer& answer);

}  // namespace sluice::rollout
