// The tables of sluice.yaml: every key that there is, what it takes and what it is for.
#include <utility>

#include "core/analysis/alarm.h"
#include "core/analysis/sequential_settings.h"
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
  const ShapePointer above = shape(Either{{text(form::kThreshold), shape(Number{0, 1e9})}});
  const ShapePointer alarm = shape(Object{
      .name = "alarm",
      .noun = "an alarm",
      .fields =
          {{"metric",
            shape(Choice{{"error_rate", "failed_health_checks", "latency_p50", "latency_p90", "latency_p95",
                          "latency_p99", "error_log_rate", "latency_average", "error_count", "error_log_count"}}),
            "What is measured on GREEN, a period at a time."},
           {"above", above,
            "The threshold: a share like 1% for rates, a duration like 3s for latencies, a number for counts; or a "
            "multiple of BLUE's figure, now (5x blue) or before the start (5x before), for rates and latencies."},
           {"datapoints", text(form::kDatapoints), "M of N: so many of the last so many periods breach (1 of 1)."},
           {"every", span(analysis::kShortestPeriod, analysis::kLongestPeriod), "The period (60s)."},
           {"minimum_samples", shape(WholeNumber{1, 1'000'000'000}),
            "A period with fewer requests counts as missing (1); for rates and latencies."},
           {"missing", shape(Choice{{"hold", "breaching", "not_breaching", "ignore"}}),
            "What a period without data counts as (hold)."},
           {"then", shape(Choice{{"rollback", "hold"}}), "What a breach does (rollback)."},
           {"gate_on_blue", shape(Choice{{"rollback", "hold"}}),
            "What a breach does that BLUE's traffic of the same time explains (rollback)."}},
  });
  return shape(MapOf{&form::kAlarmName, "an alarm", alarm});
}

ShapePointer numbers(double least, double most) { return shape(Number{least, most}); }
ShapePointer action_shape() { return shape(Choice{{"rollback", "hold"}}); }
ShapePointer or_off(ShapePointer of) { return shape(Either{{shape(Choice{{"off"}}), std::move(of)}}); }

std::vector<Field> rate_fields(std::string_view margin, std::string_view floor, std::string_view then) {
  return {{"margin", text(form::kFactor), margin},
          {"slack", text(form::kShare), "And this much more, in absolute terms (0%)."},
          {"floor", text(form::kShare), floor},
          {"prior", text(form::kShare), "BLUE's rate before BLUE was seen (0.1%)."},
          {"share", numbers(0, 1e6), "Of alpha, relative to the metrics with the same action (1)."},
          {"then", action_shape(), then}};
}

ShapePointer compared_errors_shape() {
  return or_off(shape(Object{
      .name = "compared_errors",
      .noun = "the comparison of errors",
      .fields = rate_fields("GREEN may answer 5xx so many times as often as BLUE (1.5x).",
                            "A rate of 5xx up to this is never worse; 0%: no floor (0.25%).",
                            "What evidence does (rollback)."),
  }));
}

ShapePointer compared_latency_shape() {
  return or_off(shape(Object{
      .name = "compared_latency",
      .noun = "the comparison of latencies",
      .fields = {{"margin", text(form::kFactor), "GREEN may take so many times as long as BLUE (1.25x) …"},
                 {"plus", span(Milliseconds{0}, minutes{10}), "… or this much longer, whichever is more (20ms)."},
                 {"levels", shape(ListOf{text(form::kShare), 1}),
                  "The quantiles of BLUE's that are compared, one to four ([50%, 80%, 95%])."},
                 {"ratio", text(form::kFactor), "So many times as many of GREEN's may be slower than that (1x) …"},
                 {"slack", text(form::kShare), "… plus this share of them (1%)."},
                 {"share", numbers(0, 1e6), "Of alpha, relative to the metrics with the same action (1)."},
                 {"then", action_shape(), "What evidence does (rollback)."}},
  }));
}

ShapePointer compared_error_log_shape() {
  std::vector<Field> fields = rate_fields("GREEN may log errors so many times as often as BLUE (5x).",
                                          "A rate of logged errors up to this is never worse; 0%: no floor (0.2%).",
                                          "What evidence does (hold).");
  fields.push_back({"count", shape(Choice{{"requests", "lines"}}),
                    "Requests with an error in the log, or lines where those do not name their request (requests)."});
  return or_off(
      shape(Object{.name = "compared_error_log", .noun = "the comparison of error logs", .fields = std::move(fields)}));
}

std::vector<Field> evidence_fields() {
  return {{"alternatives", shape(ListOf{numbers(0.01, 20), 1}),
           "Eight log odds by which GREEN may be worse than allowed ([0.4, 0.8, 1.4, 2.1, 3, 4, 5.5, 8])."},
          {"cap", numbers(0.01, 100), "The most evidence that one second adds, in nats (2)."},
          {"most_tempering", numbers(1, 1000), "The most that clustered errors divide evidence by; 1: never (10)."},
          {"tempering_prior", numbers(0.1, 1000), "How much must be seen before they do (4)."},
          {"half_life", span(seconds{1}, hours{1}), "Of what is known of BLUE (60s)."},
          {"prior_requests", numbers(0.1, 1e6), "How many requests the prior rates are worth (200)."},
          {"lowest_rate", text(form::kShare), "BLUE's rate is taken to be at least this (0.001%)."},
          {"highest_rate", text(form::kShare), "BLUE's rate is taken to be at most this (98%)."},
          {"hopeless_rate", text(form::kShare), "Where so much is allowed to GREEN nothing is judged (97%)."},
          {"mass_at_start", numbers(0, 1), "How much of the evidence starts with GREEN's first traffic (0.5),"},
          {"mass_at_weight_change", numbers(0, 1), "with each later change of weight (0.1),"},
          {"mass_over_plan", numbers(0, 1), "spread over the planned time (0.4),"},
          {"mass_reserve", numbers(0, 0.5), "and is kept for what takes longer (0.05)."},
          {"planned", span(seconds{1}, hours{24 * 30}), "The planned time (the bakes below 100% together)."},
          {"block_requests", shape(WholeNumber{1, 1'000'000}), "Requests of each colour that are judged at once (2)."},
          {"block_patience", span(seconds{1}, hours{1}), "After this long one of each must do (10s)."},
          {"latency_samples", shape(WholeNumber{1, 1'000'000}), "BLUE's latencies that are needed first (20)."},
          {"slot", span(analysis::kSlotLength, analysis::kLongestSource),
           "What one observation covers: 100ms, or whole seconds (100ms)."}};
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

ShapePointer probes_shape() {
  return shape(Object{
      .name = "probes",
      .noun = "the probes",
      .fields = {{"rate", numbers(0.1, 20), "So many a second are sent to each colour (1)."},
                 {"below", numbers(0.1, 1e6),
                  "While users ask less often than this, a second, both colours together (10)."},
                 {"requests", shape(ListOf{smoke_shape(), 1}),
                  "What is sent, one after the other, and what is expected."}},
  });
}

ShapePointer own_metric_shape() {
  return shape(Object{
      .name = "own_metric",
      .noun = "a metric",
      .fields = {{"source", shape(Choice{{"log", "router", "prometheus", "cloudwatch"}}), "Where it comes from."},
                 {"kind", shape(Choice{{"ratio", "count", "latency"}}), "What it is."},
                 {"field", text(form::kText), "log: a member of the JSON lines, or the JSON pointer of a value."},
                 {"statuses", shape(ListOf{shape(AnyScalar{}), 1}),
                  "router, ratio: the answers that are events, like 429 or 4xx."},
                 {"path", text(form::kRoutePath), "router: only requests with this path or below it."},
                 {"url", text(form::kUrl), "prometheus: where it answers."},
                 {"events", text(form::kText), "ratio, count: a query for the events' counter; cloudwatch: the metric."},
                 {"requests", text(form::kText), "ratio and count: the same for the requests."},
                 {"buckets", text(form::kText), "prometheus, latency: the same for a histogram's buckets, by le."},
                 {"namespace", text(form::kText), "cloudwatch: of the metrics."},
                 {"dimensions", scalars(form::kText, "a dimension"), "cloudwatch: theirs; $label and the like in a value."},
                 {"metric", text(form::kText), "cloudwatch, latency: the metric whose percentiles they are."},
                 {"every", span(seconds{1}, analysis::kLongestSource),
                  "prometheus, cloudwatch: what one observation covers, in whole seconds (15s, 60s)."},
                 {"unit", shape(Choice{{"s", "ms", "us"}}), "latency: of the numbers (log, cloudwatch: ms; prometheus: s)."},
                 {"missing", shape(Choice{{"hold", "ignore"}}),
                  "What no data at the end of a traffic step does (hold)."},
                 {"margin", text(form::kFactor),
                  "GREEN may have so many times as much as BLUE (ratio and count: 1.5x; latency: 1.25x)."},
                 {"slack", text(form::kShare), "And this much more, in absolute terms (0%; latency: 1%)."},
                 {"floor", text(form::kShare), "ratio and count: a rate up to this is never worse (0.25%; count: 0%)."},
                 {"prior", text(form::kShare), "ratio and count: BLUE's rate before BLUE was seen (0.1%)."},
                 {"plus", span(Milliseconds{0}, minutes{10}), "latency: or this much longer (20ms)."},
                 {"levels", shape(ListOf{text(form::kShare), 1}), "latency: the quantiles ([50%, 80%, 95%])."},
                 {"ratio", text(form::kFactor), "latency: so many times as many may be slower than that (1x)."},
                 {"share", numbers(0, 1e6), "Of alpha, relative to the metrics with the same action (1)."},
                 {"then", action_shape(), "What evidence does (rollback)."}},
  });
}

ShapePointer analysis_shape() {
  const ShapePointer enough = shape(Object{
      .name = "step_evidence",
      .noun = "what a traffic step must show",
      .fields = {{"requests", shape(WholeNumber{0, 1'000'000'000}), "GREEN's in the step, at least (50)."},
                 {"at_most_worse", text(form::kShare),
                  "The bound on GREEN's 5xx rate minus BLUE's, at most; 100%: any will do (5%)."},
                 {"extension", span(Milliseconds{0}, hours{24 * 7}),
                  "How much longer than its bake a step may take for it; then it is held (10m)."}},
  });
  std::vector<Field> fields{
      {"alpha", text(form::kShare), "The chance that a GREEN no worse than allowed is rolled back (1%)."},
      {"hold_alpha", text(form::kShare), "The chance that such a GREEN is held (1%)."},
      {"bound_alpha", text(form::kShare), "The chance that GREEN is worse than the bound that is shown (5%)."},
      {"errors", compared_errors_shape(), "5xx answers, or off."},
      {"latency", compared_latency_shape(), "How long answers take, or off."},
      {"error_log", compared_error_log_shape(), "Errors in the services' logs, or off."},
      {"historical_floor", text(form::kShare),
       "At 100% GREEN is compared with BLUE's past; a rate up to this is never worse; 0%: no comparison (1%)."},
      {"enough", enough, "What a traffic step must show before the next one."},
      {"probes", probes_shape(), "Requests of sluice's own to both colours, where users ask too rarely."},
      {"metrics", shape(MapOf{&form::kAlarmName, "a metric", own_metric_shape()}), "Metrics of your own, at most 8."}};
  for (Field& field : evidence_fields()) fields.push_back(std::move(field));
  return or_off(shape(Object{.name = "analysis", .noun = "the analysis", .fields = std::move(fields)}));
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

ShapePointer aws_shape() {
  return shape(Object{
      .name = "aws_service",
      .noun = "a service in AWS",
      .fields = {{"cluster", text(form::kAwsName), "The ECS cluster."},
                 {"service", text(form::kAwsName), "The ECS service; its deployment controller is EXTERNAL."},
                 {"container", text(form::kAwsName), "Its container that takes the traffic and gets the image."},
                 {"target_groups", shape(ListOf{text(form::kAwsName), 1}),
                  "The two target groups of the load balancer."},
                 {"rules", shape(ListOf{text(form::kRuleArn), 1}), "The listener rules whose weights are moved."},
                 {"function", text(form::kFunction), "kind: function: the Lambda function."},
                 {"alias", text(form::kAlias), "kind: function: its alias, by which it is invoked."},
                 {"provisioned_concurrency", shape(WholeNumber{1, 100'000}),
                  "kind: function: provisioned concurrency of each version that has traffic (none)."},
                 {"rest_api", text(form::kApi), "kind: gateway: the id of a REST API."},
                 {"api", text(form::kApi), "kind: gateway: the id of an HTTP or WebSocket API."},
                 {"stage", text(form::kStage), "kind: gateway: its stage, which is pointed at each deployment."},
                 {"definition", text(form::kText),
                  "kind: gateway: OpenAPI file that the API is made of first, relative to sluice.yaml (none: it is "
                  "deployed as it is)."}},
      .replaced_whole = true,
  });
}

ShapePointer services_shape() {
  std::vector<Field> fields{{"kind", shape(Choice{{"container", "function", "gateway", "lambda@edge"}, {"worker"}}),
                             "What is deployed (container). lambda@edge is refused, and why."},
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
      {"analysis", analysis_shape(), "Merged over the file's and the environment's; off: none."},
      {"aws", aws_shape(), "Where the service lives in AWS, for environments with target: aws."}};
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
          {"analysis", analysis_shape(), "The statistical comparison of both colours, or off."},
          later("budgets", "How long each part may take.")};
}

ShapePointer environments_shape() {
  std::vector<Field> fields{{"target", shape(Choice{{"machine", "aws"}}), "Where the environment is (machine)."},
                            {"listen", text(form::kListen), "Address and port of the front door (127.0.0.1:20080)."},
                            {"registry", text(form::kRegistry), "Where images are pushed to and pulled from."},
                            {"region", text(form::kRegion), "target: aws: the region."},
                            {"role", text(form::kRoleArn), "target: aws: the role that sluice takes on there."},
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

const Shape& checks_shape() {
  static const Shape built{Object{.name = "",
                                  .noun = "the file",
                                  .fields = {{"strategy", strategy_shape(), "How traffic moves."},
                                             {"alarms", alarms_shape(), "What is watched, by name."},
                                             {"analysis", analysis_shape(), "The comparison of both colours."}}}};
  return built;
}

}  // namespace sluice::config
