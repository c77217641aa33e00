#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/workflow/parse_sections.h"
#include "core/workflow/text_case.h"

namespace sluice::workflow {
namespace {

bool same_name(std::string_view a, std::string_view b) { return equal_without_case(a, b); }

void check_needs(Reader& reader, const Workflow& workflow) {
  std::vector<std::string_view> ids;
  for (const Job& job : workflow.jobs) ids.push_back(job.id);
  for (const Job& job : workflow.jobs) {
    for (const Need& need : job.needs) {
      const bool known =
          std::any_of(ids.begin(), ids.end(), [&](std::string_view id) { return same_name(id, need.job); });
      if (!known) {
        reader.error(need.at, fmt::format("the job '{}' needs '{}', and there is no such job{}", job.id, need.job,
                                          did_you_mean(need.job, ids)));
      }
    }
  }
}

/// Finds a circle of needs by walking depth first; the jobs of the walk that is under way are in `path`.
class CircleSearch {
 public:
  CircleSearch(Reader& reader, const Workflow& workflow) : reader_(reader), workflow_(workflow) {}

  void run() {
    for (const Job& job : workflow_.jobs) {
      if (visit(job)) return;
    }
  }

 private:
  bool visit(const Job& job) {
    if (const auto open = std::find(path_.begin(), path_.end(), &job); open != path_.end()) {
      std::vector<std::string> names;
      for (auto each = open; each != path_.end(); ++each) names.push_back((*each)->id);
      names.push_back(job.id);
      reader_.error((*open)->at, fmt::format("these jobs wait for each other: {}", fmt::join(names, " needs ")));
      return true;
    }
    if (!done_.insert(&job).second) return false;
    path_.push_back(&job);
    for (const Need& need : job.needs) {
      for (const Job& needed : workflow_.jobs) {
        if (same_name(needed.id, need.job) && visit(needed)) return true;
      }
    }
    path_.pop_back();
    return false;
  }

  Reader& reader_;
  const Workflow& workflow_;
  std::set<const Job*> done_;
  std::vector<const Job*> path_;
};

/// Warns of names in expressions that nothing gives a value. GitHub takes them and gives null.
class UseCheck {
 public:
  UseCheck(Reader& reader, const Workflow& workflow) : reader_(reader), workflow_(workflow) {}

  void run() {
    collect_inputs();
    for (const Job& job : workflow_.jobs) check_job(job);
  }

 private:
  void collect_inputs() {
    for (const Trigger& trigger : workflow_.triggers) {
      for (const Input& input : trigger.inputs) inputs_.push_back(input.name);
    }
  }

  void check_job(const Job& job) {
    job_ = &job;
    steps_.clear();
    if (job.condition) check(job.condition->expression, job.condition->at);
    for (const auto* field :
         {&job.name, &job.runs_on, &job.env, &job.timeout_minutes, &job.continue_on_error, &job.with, &job.secrets}) {
      check(*field);
    }
    for (const Step& step : job.steps) {
      if (step.condition) check(step.condition->expression, step.condition->at);
      for (const auto* field : {&step.name, &step.run, &step.with, &step.env, &step.shell, &step.working_directory,
                                &step.timeout_minutes, &step.continue_on_error}) {
        check(*field);
      }
      if (!step.id.empty()) steps_.push_back(step.id);
    }
    // Their expressions are evaluated when the steps have run.
    check(job.environment);
    for (const auto& [name, output] : job.outputs) check(std::optional<Field>(output));
  }

  void check(const std::optional<Field>& field) {
    if (!field) return;
    for_each_template(*field, [this](const Field& scalar) { check(scalar.text, scalar.at); });
  }

  void check(const Template& text, Position at) {
    for (const ContextUse& use : text.context_uses()) {
      if (use.path.size() < 2) continue;
      if (use.path[0] == "needs") check_need(use, at);
      if (use.path[0] == "steps")
        warn_unless_known(use.path[1], steps_, at, "steps", "no step before this one has that id");
      if (use.path[0] == "inputs") warn_unless_known(use.path[1], inputs_, at, "inputs", "no such input is declared");
    }
  }

  void warn_unless_known(const std::string& name, const std::vector<std::string_view>& known, Position at,
                         std::string_view context, std::string_view why) {
    if (std::any_of(known.begin(), known.end(), [&](std::string_view each) { return same_name(each, name); })) return;
    reader_.warning(at, fmt::format("'{}.{}' is always empty: {}{}", context, name, why, did_you_mean(name, known)));
  }

  void check_need(const ContextUse& use, Position at) {
    std::vector<std::string_view> needs;
    for (const Need& need : job_->needs) needs.push_back(need.job);
    const bool named =
        std::any_of(needs.begin(), needs.end(), [&](std::string_view need) { return same_name(need, use.path[1]); });
    if (!named) {
      return warn_unless_known(use.path[1], needs, at, "needs",
                               fmt::format("the job '{}' does not need that job", job_->id));
    }
    if (use.path.size() < 4 || use.path[2] != "outputs") return;
    for (const Job& job : workflow_.jobs) {
      if (!same_name(job.id, use.path[1]) || !job.uses.empty()) continue;
      std::vector<std::string_view> outputs;
      for (const auto& [name, value] : job.outputs) outputs.push_back(name);
      warn_unless_known(use.path[3], outputs, at, fmt::format("needs.{}.outputs", use.path[1]),
                        "the job has no such output");
    }
  }

  Reader& reader_;
  const Workflow& workflow_;
  const Job* job_ = nullptr;
  std::vector<std::string_view> inputs_;
  std::vector<std::string_view> steps_;
};

}  // namespace

void check_references(Reader& reader, const Workflow& workflow) {
  check_needs(reader, workflow);
  CircleSearch(reader, workflow).run();
  UseCheck(reader, workflow).run();
}

}  // namespace sluice::workflow
