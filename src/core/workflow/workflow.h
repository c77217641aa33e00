// A workflow file, read: jobs, steps and all that they say, with the places where they say it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/position.h"
#include "core/workflow/field.h"
#include "core/workflow/trigger.h"

namespace sluice::workflow {

/// An `if`; without a status function in it, it means `success() && (…)`.
struct Condition {
  Template expression;
  std::string source;
  Position at;
};

struct Concurrency {
  Field group;
  std::optional<Field> cancel_in_progress;
};

/// `defaults.run`.
struct RunDefaults {
  std::optional<Field> shell;
  std::optional<Field> working_directory;
};

struct Step {
  Position at;
  std::string id;  ///< Empty when not written.
  std::optional<Field> name;
  std::optional<Condition> condition;
  std::string uses;  ///< Of a step that runs an action; else empty.
  Position uses_at;
  std::optional<Field> run;  ///< Of a step that runs a script.
  std::optional<Field> with;
  std::optional<Field> env;
  std::optional<Field> shell;
  std::optional<Field> working_directory;
  std::optional<Field> timeout_minutes;
  std::optional<Field> continue_on_error;
};

struct Strategy {
  std::optional<Field> matrix;
  std::optional<Field> fail_fast;
  std::optional<Field> max_parallel;
};

struct Need {
  std::string job;
  Position at;
};

struct Job {
  std::string id;
  Position at;
  std::optional<Field> name;
  std::vector<Need> needs;
  std::optional<Condition> condition;
  std::optional<Field> runs_on;
  std::optional<Field> permissions;
  std::optional<Field> environment;  ///< A name, or a mapping with `name` and `url`.
  std::optional<Concurrency> concurrency;
  std::vector<std::pair<std::string, Field>> outputs;
  std::optional<Field> env;
  RunDefaults defaults;
  Strategy strategy;
  std::optional<Field> timeout_minutes;
  std::optional<Field> continue_on_error;
  std::optional<Field> container;
  std::optional<Field> services;
  std::vector<Step> steps;
  std::string uses;  ///< Of a job that calls a reusable workflow; else empty.
  Position uses_at;
  std::optional<Field> with;
  std::optional<Field> secrets;
};

struct Workflow {
  std::string file;
  std::optional<Field> name;
  std::optional<Field> run_name;
  std::vector<Trigger> triggers;
  std::optional<Field> permissions;
  std::optional<Field> env;
  RunDefaults defaults;
  std::optional<Concurrency> concurrency;
  std::vector<Job> jobs;  ///< In the order of the file.

  const Trigger* find_trigger(std::string_view event) const;
  /// What is written as `name`, else the file's name.
  std::string display_name() const;
};

/// What GitHub runs when nothing is written, in minutes.
inline constexpr double kDefaultJobTimeoutMinutes = 360;

struct ParsedWorkflow {
  std::optional<Workflow> workflow;  ///< Absent when the findings have errors.
  Findings findings;
};

/// Reads a workflow file. Errors in the findings are what GitHub would refuse too; warnings are what cannot be meant
/// (an output of a step that there is not); each with the nearest valid name.
ParsedWorkflow parse_workflow(std::string_view text, std::string_view file);

}  // namespace sluice::workflow
