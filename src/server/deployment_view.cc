#include "server/deployment_view.h"

#include <algorithm>
#include <boost/json.hpp>
#include <string>

#include "core/rollout/message_text.h"
#include "core/rollout/particulars_json.h"

namespace sluice::server {
namespace {

namespace json = boost::json;
using application::Deployment;

std::string text(std::string_view view) { return std::string(view); }

json::value time_or_null(const std::optional<TimePoint>& time) {
  return time ? json::value(format_rfc3339(*time)) : json::value();
}

json::value number_or_null(const std::optional<double>& number) {
  return number ? json::value(*number) : json::value();
}

json::object service_fields(const rollout::ServiceKey& service) {
  return {{"project", service.project}, {"environment", service.environment}, {"service", service.service}};
}

json::object colour_figures(const application::LiveFigures& live) {
  return {{"requests_per_second", live.requests_per_second},
          {"requests", live.figures.requests},
          {"server_errors", live.figures.bad},
          {"server_error_percent", live.figures.rate() * 100.0},
          {"p50_milliseconds", number_or_null(live.p50)},
          {"p95_milliseconds", number_or_null(live.p95)},
          {"lost_log_lines", live.lost_lines}};
}

/// How far the evidence is on its way to the line, in percent of it: 0 while nothing speaks against GREEN.
double percent_of(double log_evidence, double log_threshold) {
  return log_threshold > 0 ? std::max(0.0, log_evidence / log_threshold) * 100.0 : 0.0;
}

json::value comparison_view(const Deployment& deployment) {
  if (!deployment.traffic) return nullptr;
  const auto assessment = deployment.traffic->assess();
  if (!assessment) return nullptr;
  const analysis::Decision& decision = deployment.traffic->decision();
  const std::optional<double> worse = assessment->at_most_worse;
  return json::object{
      {"rollback_evidence_percent", percent_of(assessment->log_evidence, assessment->log_threshold)},
      {"hold_evidence_percent", percent_of(assessment->hold_log_evidence, assessment->hold_log_threshold)},
      {"at_most_worse_points", worse ? json::value(*worse * 100.0) : json::value()},
      {"green_requests", assessment->step.green.requests},
      {"decision", text(analysis::to_string(decision.kind))},
      {"reason", decision.reason},
      {"message", decision.message}};
}

}  // namespace

json::object deployment_view(const Deployment& deployment, TimePoint now) {
  const rollout::State& state = deployment.state;
  const rollout::Plan& plan = state.plan;
  const auto stage = rollout::current_stage(state);
  json::object view{{"type", "deployment"}, {"at", format_rfc3339(now)}, {"deployment", plan.deployment}};
  for (const auto& [name, value] : service_fields(plan.service)) view.emplace(name, value);
  view["label"] = plan.green.label;
  view["revision"] = plan.green.id;
  view["image"] = plan.green.image;
  view["previous_label"] = plan.blue ? json::value(plan.blue->label) : json::value();
  view["requested_by"] = plan.requested_by;
  view["mode"] = text(rollout::to_string(state.mode));
  view["stage"] = stage ? json::value(text(rollout::to_string(stage->kind))) : json::value();
  view["stage_title"] = stage ? json::value(rollout::describe(plan, *stage)) : json::value();
  view["stage_since"] = format_rfc3339(state.stage_since);
  const Weight green = rollout::green_share(plan, state.intended);
  view["green_weight_percent"] = green.basis_points() / 100.0;
  const auto& until = state.hold ? std::optional(state.hold->deadline) : state.bake_until;
  view["until"] = time_or_null(until);
  view["started_at"] = format_rfc3339(state.started_at);
  view["full_at"] = time_or_null(state.full_at);
  view["restored_at"] = time_or_null(state.restored_at);
  view["ended_at"] = time_or_null(state.ended_at);
  view["outcome"] = state.outcome ? json::value(text(rollout::to_string(*state.outcome))) : json::value();
  const rollout::Cause* cause = state.hold ? &state.hold->cause : state.cause ? &*state.cause : nullptr;
  view["cause_kind"] = cause != nullptr ? json::value(text(rollout::to_string(cause->kind))) : json::value();
  view["cause"] = cause != nullptr ? json::value(cause->sentence) : json::value();
  view["particulars"] = cause != nullptr ? rollout::to_json(cause->particulars) : json::value();
  view["failed_attempts"] = state.attempts;
  view["last_failure"] = state.last_failure.empty() ? json::value() : json::value(state.last_failure);
  json::array evidence;
  for (const std::string& line : state.evidence) evidence.emplace_back(line);
  view["evidence"] = evidence;
  return view;
}

json::object figures_view(const Deployment& deployment, TimePoint now) {
  const rollout::Plan& plan = deployment.state.plan;
  json::array checks;
  for (const rollout::CheckResult& check : deployment.checks) {
    checks.push_back(
        {{"alarm", check.alarm}, {"verdict", text(analysis::to_string(check.verdict))}, {"sentence", check.sentence}});
  }
  return {{"type", "figures"},
          {"at", format_rfc3339(now)},
          {"deployment", plan.deployment},
          {"green", colour_figures(deployment.green)},
          {"blue", colour_figures(deployment.blue)},
          {"checks", checks},
          {"comparison", comparison_view(deployment)}};
}

json::object queued_view(const rollout::Plan& plan) {
  json::object view{{"type", "queued_deployment"}, {"deployment", plan.deployment}};
  for (const auto& [name, value] : service_fields(plan.service)) view.emplace(name, value);
  view["label"] = plan.green.label;
  view["revision"] = plan.green.id;
  view["image"] = plan.green.image;
  view["requested_by"] = plan.requested_by;
  return view;
}

json::object summary_view(const ports::DeploymentSummary& summary) {
  json::object view{{"type", "ended_deployment"}, {"deployment", summary.deployment}};
  for (const auto& [name, value] : service_fields(summary.service)) view.emplace(name, value);
  view["label"] = summary.label;
  view["revision"] = summary.revision;
  view["image"] = summary.image;
  view["previous_revision"] =
      summary.previous_revision.empty() ? json::value() : json::value(summary.previous_revision);
  view["requested_by"] = summary.requested_by;
  view["outcome"] = text(rollout::to_string(summary.outcome));
  view["cause_kind"] = summary.cause_kind.empty() ? json::value() : json::value(summary.cause_kind);
  view["cause"] = summary.cause.empty() ? json::value() : json::value(summary.cause);
  view["started_at"] = format_rfc3339(summary.started_at);
  view["full_at"] = time_or_null(summary.full_at);
  view["restored_at"] = time_or_null(summary.restored_at);
  view["ended_at"] = format_rfc3339(summary.ended_at);
  view["duration_seconds"] = static_cast<double>((summary.ended_at - summary.started_at).count()) / 1000.0;
  return view;
}

json::object live_view(const ports::LiveService& live, const std::string& problem) {
  json::object view{{"type", "live_service"}};
  for (const auto& [name, value] : service_fields(live.service)) view.emplace(name, value);
  view["label"] = live.revision.label;
  view["revision"] = live.revision.id;
  view["image"] = live.revision.image;
  view["replicas"] = live.revision.replicas;
  view["listen"] = live.front_door.listen;
  view["host"] = live.front_door.host;
  view["path"] = live.front_door.path;
  view["problem"] = problem.empty() ? json::value() : json::value(problem);
  return view;
}

}  // namespace sluice::server
