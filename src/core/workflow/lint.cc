#include "core/workflow/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "core/workflow/action_name.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

class Linter {
 public:
  Linter(const Workflow& workflow, std::span<const std::string> files) : workflow_(workflow), files_(files) {}

  Findings run() {
    check_group();
    check_paths();
    for (const Job& job : workflow_.jobs) check_job(job);
    return std::move(findings_);
  }

 private:
  void add(Severity severity, Position at, std::string message) {
    findings_.push_back(Finding{severity, workflow_.file, at, std::move(message)});
  }
  void note(Position at, std::string message) { add(Severity::Note, at, std::move(message)); }

  /// The dispatch input that chooses between environments.
  const Input* environment_input() const {
    const Trigger* dispatch = workflow_.find_trigger("workflow_dispatch");
    if (dispatch == nullptr) return nullptr;
    for (const Input& input : dispatch->inputs) {
      const bool named_so = equal_without_case(input.name, "environment") && input.type != Input::Type::Boolean;
      if (input.type == Input::Type::Environment || named_so) return &input;
    }
    return nullptr;
  }

  void check_group() {
    const Input* input = environment_input();
    if (input == nullptr || !workflow_.concurrency || input->options.size() == 1) return;
    const Field& group = workflow_.concurrency->group;
    for (const ContextUse& use : group.text.context_uses()) {
      const bool direct =
          use.path.size() > 1 && use.path[0] == "inputs" && equal_without_case(use.path[1], input->name);
      const bool by_event = use.path.size() > 3 && use.path[0] == "github" &&
                            equal_without_case(use.path[2], "inputs") && equal_without_case(use.path[3], input->name);
      if (direct || by_event) return;
    }
    add(Severity::Warning, group.at,
        fmt::format(
            "all environments share this concurrency group, and a run that waits in it is cancelled by the next "
            "one: a push can cancel a waiting dispatch to another environment; write "
            "group: {}-${{{{ inputs.{} }}}}",
            group.source, input->name));
  }

  static bool is_test(std::string_view path) {
    return path.starts_with("tests/") || path.starts_with("test/") || path.find("/tests/") != std::string_view::npos;
  }
  static bool is_appspec(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return name == "appspec.yaml" || name == "appspec.yml" || name == "appspec.json";
  }

  void check_paths() {
    const Trigger* push = workflow_.find_trigger("push");
    if (push == nullptr || push->paths.sort == Filter::Sort::None) return;
    const bool only = push->paths.sort == Filter::Sort::Only;
    const auto left_out = [&](const std::string& path) { return push->paths.patterns.matches(path) != only; };
    std::vector<std::string> missed;
    if (std::any_of(files_.begin(), files_.end(),
                    [&](const std::string& path) { return is_test(path) && left_out(path); })) {
      missed.emplace_back("tests");
    }
    for (const std::string& path : files_) {
      if (is_appspec(path) && left_out(path)) missed.push_back(path);
    }
    if (left_out(workflow_.file)) missed.push_back("this workflow itself");
    if (missed.empty()) return;
    note(push->paths.at,
         fmt::format("a push that changes only {} does not start this workflow", fmt::join(missed, " or ")));
  }

  void check_job(const Job& job) {
    if (!job.uses.empty()) {
      return note(job.uses_at, fmt::format("sluice run cannot call the workflow '{}' yet", job.uses));
    }
    if (job.container) note(job.container->at, "sluice run takes a container only of jobs for a runner in ECS");
    if (job.services) note(job.services->at, "sluice run cannot start services of a job yet");
    if (job.runs_on) check_label(*job.runs_on);
    for (const Step& step : job.steps) {
      if (step.uses.empty()) continue;
      if (const auto mistake = uses_mistake(step.uses)) note(step.uses_at, *mistake);
    }
  }

  void check_label(const Field& field) {
    for (const Field& item : field.items) check_label(item);
    if (!field.is_literal_scalar()) return;
    if (const auto mistake = label_mistake(to_text(field.literal))) note(field.at, *mistake);
  }

  const Workflow& workflow_;
  std::span<const std::string> files_;
  Findings findings_;
};

}  // namespace

Findings lint_workflow(const Workflow& workflow, std::span<const std::string> repository_files) {
  return Linter(workflow, repository_files).run();
}

}  // namespace sluice::workflow
