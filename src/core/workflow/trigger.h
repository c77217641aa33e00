// What starts a workflow.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/position.h"
#include "base/result.h"
#include "core/workflow/glob.h"
#include "core/workflow/value.h"

namespace sluice::workflow {

/// `branches` and `branches-ignore` and their like.
struct Filter {
  enum class Sort {
    None,    ///< Not written: everything passes.
    Only,    ///< Passes when the patterns match.
    Ignore,  ///< Passes when they do not.
  };
  Sort sort = Sort::None;
  GlobList patterns;
  Position at;
};

/// An input of workflow_dispatch or workflow_call.
struct Input {
  enum class Type { String, Boolean, Number, Choice, Environment };

  std::string name;
  Position at;
  Type type = Type::String;
  std::string description;
  bool required = false;
  Value default_value;               ///< Null when there is none.
  std::vector<std::string> options;  ///< Of a choice.
};

struct Trigger {
  std::string event;  ///< `push`, `workflow_dispatch`, …
  Position at;
  std::vector<std::string> types;  ///< Activity types; empty: the event's usual ones.
  Filter branches;
  Filter tags;
  Filter paths;
  std::vector<Input> inputs;
  std::vector<std::string> crons;
};

/// A push to one ref.
struct Push {
  std::string ref;                 ///< `refs/heads/main`, `refs/tags/v1`.
  std::vector<std::string> paths;  ///< Files that differ between before and after; not looked at for tags.
};

/// Whether a push starts the workflow, and if not, why.
struct Decision {
  bool starts = false;
  std::string reason;  ///< For people, e.g. `no changed file fits paths`; empty when it starts.
};
Decision decide(const Trigger& trigger, const Push& push);

/// The values of the `inputs` context for what a caller gave: typed, defaults filled in, in the order of declaration.
/// Errors: InvalidInput names an undeclared input (with the nearest one that is declared), one that is required and not
/// given, a value that is no number, boolean or option.
Result<Object> resolve_inputs(const std::vector<Input>& declared,
                              const std::vector<std::pair<std::string, std::string>>& given);

}  // namespace sluice::workflow
