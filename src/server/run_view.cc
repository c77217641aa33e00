#include "server/run_view.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <utility>

namespace sluice::server {
namespace {

namespace json = boost::json;
using ports::RunJobRecord;
using ports::RunRecord;
using ports::RunStepRecord;

std::string text(std::string_view view) { return std::string(view); }

double seconds(TimePoint from, TimePoint to) { return static_cast<double>((to - from).count()) / 1000.0; }

json::object about(const RunRecord& run, const char* type) {
  return {{"type", type},
          {"run", run.run},
          {"workflow", run.workflow},
          {"file", run.file},
          {"name", run.title},
          {"repository", run.repository},
          {"event", run.event},
          {"ref", run.ref},
          {"sha", run.sha},
          {"actor", run.actor},
          {"started_at", format_rfc3339(run.began_at)}};
}

/// Moments with what was told then.
class Story {
 public:
  explicit Story(const RunRecord& run) : run_(run) {}

  void add(TimePoint at, json::object event) {
    event.emplace("run", run_.run);
    moments_.emplace_back(at, std::move(event));
  }
  void add(const RunStepRecord& step) {
    json::object begins{{"type", "step_begins"}, {"job", step.job}, {"step", step.step}, {"name", step.name}};
    if (step.outcome == workflow::Outcome::Skipped) begins["type"] = "step_skipped";
    add(step.began_at, std::move(begins));
    for (const std::string& deployment : step.deployments) {
      add(step.began_at,
          {{"type", "step_deploys"}, {"job", step.job}, {"step", step.step}, {"deployment_id", deployment}});
    }
    if (!step.outcome || step.outcome == workflow::Outcome::Skipped) return;
    add(*step.ended_at, {{"type", "step_ends"},
                         {"job", step.job},
                         {"step", step.step},
                         {"outcome", text(to_string(*step.outcome))},
                         {"message", step.message},
                         {"duration_seconds", seconds(step.began_at, *step.ended_at)}});
  }
  void add_end(const RunJobRecord& job) {
    if (!job.outcome) return;
    add(*job.ended_at, {{"type", "job_ends"},
                        {"job", job.job},
                        {"outcome", text(to_string(*job.outcome))},
                        {"duration_seconds", seconds(job.began_at, *job.ended_at)}});
  }
  std::vector<json::object> told() && {
    std::ranges::stable_sort(moments_, {}, [](const auto& moment) { return moment.first; });
    std::vector<json::object> events;
    for (auto& [at, event] : moments_) events.push_back(std::move(event));
    return events;
  }

 private:
  const RunRecord& run_;
  std::vector<std::pair<TimePoint, json::object>> moments_;
};

}  // namespace

json::object run_view(const RunRecord& run) {
  json::object view = about(run, "workflow_run");
  json::array steps;
  for (const RunStepRecord& step : run.steps) {
    if (step.outcome) continue;
    json::array deployments;
    for (const std::string& deployment : step.deployments) deployments.emplace_back(deployment);
    steps.push_back({{"job", step.job}, {"step", step.step}, {"name", step.name}, {"deployments", deployments}});
  }
  view["running"] = steps;
  return view;
}

json::object ended_run_view(const RunRecord& run) {
  json::object view = about(run, "ended_run");
  view["outcome"] = text(to_string(*run.outcome));
  view["cause"] = run.cause.empty() ? json::value() : json::value(run.cause);
  view["ended_at"] = format_rfc3339(*run.ended_at);
  view["duration_seconds"] = seconds(run.began_at, *run.ended_at);
  return view;
}

std::vector<json::object> run_events(const RunRecord& run) {
  Story story(run);
  story.add(
      run.began_at,
      {{"type", "run_begins"}, {"workflow", run.workflow}, {"file", run.file}, {"name", run.title}, {"sha", run.sha}});
  for (const RunJobRecord& job : run.jobs) {
    story.add(job.began_at, {{"type", "job_begins"}, {"job", job.job}, {"name", job.name}});
  }
  for (const RunStepRecord& step : run.steps) story.add(step);
  for (const RunJobRecord& job : run.jobs) story.add_end(job);
  if (run.outcome) {
    story.add(*run.ended_at, {{"type", "run_ends"},
                              {"outcome", text(to_string(*run.outcome))},
                              {"duration_seconds", seconds(run.began_at, *run.ended_at)}});
  }
  return std::move(story).told();
}

}  // namespace sluice::server
