// The tables of sluice.yaml: every key that there is, what it takes and what it is for.
#include <utility>

#include "core/analysis/alarm.h"
#include "core/config/shape.h"

namespace sluice::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto kRequired = Presence::Required;
constexpr auto kLater = Presence::Later;

ShapePointer text(const Form& form) { return shape(FormedText{&form}); }
ShapePointer span(Milliseconds least, Milliseconds most) { return shape(DurationShape{least, most}); }
ShapePointer texts(std::size_t least) { return shape(ListOf{text(form::kText), least}); }
ShapePointer scalars(const Form& key, std::string_view noun) { return shape(MapOf{&key, noun, shape(AnyScalar{})}); }
Field later(std::string_view name, std::string_view about) { return {name, nullptr, about, kLater}; }

ShapePointer secret_shape() {
  return shape(Object{
      .name = "secret",
      .noun = "a secret",
      .fields = {{"file", text(form::kText), "File that holds the value; relative to the folder of sluice.yaml."},
                 {"command", texts(1), "Program and arguments whose output is the value."},
                 {"env", text(form::kVariable), "Variable of the process that runs sluice deploy."},
                 later("aws_secret", "Name or ARN in AWS Secrets Manager."),
                 later("ssm", "Name of an AWS Systems Manager parameter.")},
      .exactly_one = {"file", "command", "env"},
      .replaced_whole = true,
  });
}

ShapePointer strategy_shape() {
  const ShapePointer step = shape(Object{
      .name = "traffic_step",
      .noun = "a traffic step",
      .fields = {{"weight", text(form::kWeight), "GREEN's share of the traffic from this step on.", kRequired},
                 {"bake", span(Milliseconds{0}, hours{24 * 7}), "How long the checks watch before the next step."}},
  });
  return shape(Object{
      .name = "strategy",
      .noun = "a strategy",
      .fields = {{"steps", shape(ListOf{step, 1}), "Weights rise strictly; the last step is 100%."},
                 {"hold_for", span(seconds{1}, hours{24 * 7}), "A hold older than this rolls back (60m)."},
                 {"drain", span(Milliseconds{0}, hours{1}),
                  "Limit for open requests of a colour without traffic (30s)."},
                 {"drain_websockets", span(Milliseconds{0}, hours{24}), "Likewise for open WebSockets (10m)."}},
  });
}

ShapePointer alarms_shape() {
  const ShapePointer above = shape(Either{{text(form::kShare), shape(Number{0, 1e9})}});
  const ShapePointer alarm = shape(Object{
      .name = "alarm",
      .noun = "an alarm",
      .fields = {{"metric",
                  shape(Choice{{"error_rate", "failed_health_checks"},
                               {"latency_p50", "latency_p95", "latency_p99", "error_log_rate"}}),
                  "What is measured on GREEN, a period at a time."},
                 {"above", above, "The threshold: a share like 1% for error_rate, a count for failed_health_checks."},
                 {"datapoints", text(form::kDatapoints),
                  "M of N: so many of the last so many periods breach (1 of 1)."},
                 {"every", span(analysis::kShortestPeriod, analysis::kLongestPeriod), "The period (60s)."},
                 {"minimum_samples", shape(WholeNumber{1, 1'000'000'000}),
                  "A period with fewer requests counts as missing (1); for shares only."},
                 {"missing", shape(Choice{{"hold", "breaching", "not_breaching", "ignore"}}),
                  "What a period without data counts as (hold)."},
                 {"then", shape(Choice{{"rollback", "hold"}}), "What a breach does (rollback)."}},
  });
  return shape(MapOf{&form::kAlarmName, "an alarm", alarm});
}

ShapePointer smoke_shape() {
  const ShapePointer expect = shape(Object{
      .name = "expectation",
      .noun = "what a smoke test expects",
      .fields = {{"status", shape(WholeNumber{100, 599}), "The answer's status (200)."},
                 {"within", span(Milliseconds{1}, minutes{10}), "The answer must be there after this long."},
                 {"json", shape(MapOf{&form::kPointer, "a JSON pointer", shape(AnyJson{})}),
                  "The answer's value at each JSON pointer."}},
  });
  return shape(Object{
      .name = "smoke_test",
      .noun = "a smoke test",
      .fields = {{"name", text(form::kText), "For messages; METHOD PATH where it is absent."},
                 {"get", text(form::kPath), "GET this path."},
                 {"post", text(form::kPath), "POST to this path."},
                 {"put", text(form::kPath), "PUT to this path."},
                 {"delete", text(form::kPath), "DELETE this path."},
                 {"path", text(form::kPath), "The path, with `method`."},
                 {"method", shape(Choice{{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}}),
                  "The method for `path` (GET)."},
                 {"headers", shape(MapOf{&form::kHeaderName, "a header", text(form::kHeaderValue)}),
                  "Request headers."},
                 {"json", shape(AnyJson{}), "The request's body as a JSON value."},
                 {"body", text(form::kText), "The request's body as text."},
                 {"expect", expect, "What the answer must be like."},
                 {"retries", shape(WholeNumber{0, 100}), "Further attempts after a failed one (0)."}},
      .exactly_one = {"get", "post", "put", "delete", "path"},
      .at_most_one = {"json", "body"},
      .needs = {{"method", "path"}},
  });
}

ShapePointer hooks_shape() {
  const ShapePointer hook = shape(Object{
      .name = "lifecycle_hook",
      .noun = "a lifecycle hook",
      .fields = {{"http", text(form::kUrl), "POSTed a JSON object about the deployment; 2xx passes."},
                 {"command", texts(1), "Program and arguments, run in the folder of sluice.yaml; exit 0 passes."},
                 {"within", span(Milliseconds{100}, hours{1}), "The hook fails after this long (2m)."}},
      .exactly_one = {"http", "command"},
      .replaced_whole = true,
  });
  return shape(Object{
      .name = "lifecycle_hooks",
      .noun = "the lifecycle hooks",
      .fields = {{"BeforeInstall", hook, "Before GREEN's replicas start."},
                 {"AfterInstall", hook, "When GREEN's replicas are healthy."},
                 {"AfterAllowTestTraffic", hook, "When GREEN can be reached by its test route."},
                 {"BeforeAllowTraffic", hook, "Before GREEN's first traffic."},
                 {"AfterAllowTraffic", hook, "After GREEN has all traffic."}},
  });
}

ShapePointer build_shape() {
  const ShapePointer scan = shape(Object{
      .name = "scan",
      .noun = "the scan",
      .fields = {{"block", shape(ListOf{shape(Choice{{"CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"}}), 1}),
                  "Severities that stop the push (CRITICAL, HIGH)."}},
  });
  return shape(Object{
      .name = "build",
      .noun = "a build",
      .fields = {{"context", text(form::kText), "Folder that is sent to the build, relative to sluice.yaml (.)."},
                 {"dockerfile", text(form::kText), "Relative to the context (Dockerfile)."},
                 {"args", scalars(form::kVariable, "a build argument"), "Build arguments."},
                 {"scan", shape(Either{{shape(Choice{{"off"}}), scan}}), "The gate on known vulnerabilities, or off."}},
  });
}

std::vector<Field> runtime_fields() {
  const ShapePointer health = shape(Object{
      .name = "health",
      .noun = "a health check",
      .fields = {{"path", text(form::kPath), "Answers 200 to 399 when a replica can serve (/health)."},
                 {"every", span(Milliseconds{100}, minutes{10}), "How often it is asked (2s)."},
                 {"within", span(Milliseconds{100}, hours{1}), "A replica not healthy by then has failed (60s)."}},
  });
  const ShapePointer limits = shape(Object{
      .name = "limits",
      .noun = "the limits",
      .fields = {{"memory", text(form::kSize), "Memory of a replica."},
                 {"cpus", shape(Number{0.01, 1024}), "Processors of a replica; 0.5 is half of one."},
                 {"pids", shape(WholeNumber{16, 1'000'000}), "Processes and threads of a replica (512)."}},
  });
  const ShapePointer route = shape(Object{
      .name = "route",
      .noun = "a route",
      .fields = {{"host", text(form::kHost), "Requests for this host; every host where it is absent."},
                 {"path", text(form::kRoutePath), "And with this path prefix (/)."}},
  });
  const ShapePointer preflight = shape(Object{
      .name = "preflight",
      .noun = "the preflight",
      .fields = {{"env", scalars(form::kVariable, "a variable"), "All variables that the image sees when alone."},
                 {"within", span(seconds{1}, hours{1}), "It must be healthy by then (30s)."}},
  });
  return {{"port", shape(WholeNumber{1, 65535}), "The port in the container (8080)."},
          {"replicas", shape(WholeNumber{1, 8}), "Containers of one revision (1)."},
          {"health", health, "How a replica shows that it can serve."},
          {"network", shape(Choice{{"bridge", "host"}}),
           "bridge: an address of its own; host: starts faster, the image takes PORT (bridge)."},
          {"limits", limits, "What a replica may use."},
          {"read_only", shape(Flag{}), "Root file system read-only, /tmp in memory (false)."},
          {"route", route, "Which requests lead to the service."},
          {"command", texts(1), "Replaces the image's command."},
          {"env", scalars(form::kVariable, "a variable"), "Variables of every replica."},
          {"secrets", shape(MapOf{&form::kVariable, "a variable", secret_shape()}),
           "Variables whose values are read when a replica starts and kept nowhere."},
          {"preflight", preflight, "How the image is tried alone, without network and secrets, before the push."}};
}

ShapePointer services_shape() {
  std::vector<Field> fields{
      {"kind", shape(Choice{{"container"}, {"worker", "function", "gateway"}}), "What is deployed (container)."},
      {"image", text(form::kImage), "The image's name, without registry, tag or digest."},
      {"build", build_shape(), "How the image is built."}};
  for (Field& field : runtime_fields()) fields.push_back(std::move(field));
  const std::vector<Field> rollout{
      {"release_command", texts(1), "Run once a deployment, in GREEN's image, before traffic."},
      {"release_within", span(seconds{1}, hours{24}), "The release command fails after this long (5m)."},
      {"depends_on", shape(ListOf{text(form::kName)}), "Services of this file that are deployed first."},
      {"smoke", shape(ListOf{smoke_shape()}), "Requests that GREEN must answer before and after it has the traffic."},
      {"hooks", hooks_shape(), "Checks of your own at named points."},
      {"strategy", strategy_shape(), "Merged over the file's and the environment's."},
      {"alarms", alarms_shape(), "Merged by name over the file's and the environment's."},
      later("aws", "Where the service lives in AWS.")};
  fields.insert(fields.end(), rollout.begin(), rollout.end());
  return shape(MapOf{&form::kName, "a service",
                     shape(Object{.name = "service", .noun = "a service", .fields = std::move(fields)})});
}

ShapePointer notify_shape() {
  const ShapePointer slack = shape(Object{
      .name = "slack",
      .noun = "a Slack target",
      .fields = {{"webhook", secret_shape(), "The incoming webhook's address.", kRequired}},
  });
  const ShapePointer target = shape(Object{
      .name = "notification",
      .noun = "a notification",
      .fields = {{"slack", slack, "Sent to a Slack channel.", kRequired},
                 {"on", shape(ListOf{shape(Choice{{"failed", "held", "rolled_back", "succeeded"}}), 1}),
                  "What is told (all)."},
                 later("pagerduty", "Sent to PagerDuty.")},
  });
  return shape(ListOf{target});
}

/// What the file says and an environment may say again.
std::vector<Field> overridable_fields() {
  return {{"strategy", strategy_shape(), "How traffic moves."},
          {"services", services_shape(), "What is deployed."},
          {"alarms", alarms_shape(), "What is watched, by name."},
          {"notify", notify_shape(), "Who is told."},
          later("analysis", "The statistical comparison of both colours."),
          later("budgets", "How long each part may take.")};
}

ShapePointer environments_shape() {
  std::vector<Field> fields{{"target", shape(Choice{{"machine"}, {"aws"}}), "Where the environment is (machine)."},
                            {"listen", text(form::kListen), "Address and port of the front door (127.0.0.1:20080)."},
                            {"registry", text(form::kRegistry), "Where images are pushed to and pulled from."},
                            later("region", "AWS region."),
                            later("role", "AWS role."),
                            later("requires", "Checks that must have passed.")};
  for (Field& field : overridable_fields()) fields.push_back(std::move(field));
  return shape(MapOf{&form::kName, "an environment",
                     shape(Object{.name = "environment", .noun = "an environment", .fields = std::move(fields)})});
}

Shape build_file_shape() {
  const ShapePointer registries = shape(MapOf{&form::kName, "an environment", text(form::kRegistry)});
  std::vector<Field> fields{
      {"version", shape(WholeNumber{1, 1}), "The version of this form of the file.", kRequired},
      {"project", text(form::kName), "Part of every name that sluice gives.", kRequired},
      {"registry", shape(Either{{text(form::kRegistry), registries}}),
       "Where images are pushed to and pulled from: one for all, or by environment (127.0.0.1:5000)."},
      {"environments", environments_shape(), "Places to deploy to, each with its overrides (one: local)."}};
  for (Field& field : overridable_fields()) fields.push_back(std::move(field));
  return Shape{Object{.name = "", .noun = "the file", .fields = std::move(fields)}};
}

}  // namespace

const Shape& file_shape() {
  static const Shape built = build_file_shape();
  return built;
}

}  // namespace sluice::config
