// The tables of what is deployed.
#include "core/config/tables.h"

namespace sluice::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

ShapePointer hooks_shape() {
  const ShapePointer hook = shape(Object{
      .name = "lifecycle_hook",
      .noun = "a lifecycle hook",
      .fields = {{"http", text(form::kUrl), "POSTed a JSON object about the deployment; 2xx passes."},
                 {"command", texts(1), "Program and arguments, run in the folder of sluice.yaml; exit 0 passes."},
                 {"lambda", text(form::kHookFunction),
                  "target: aws: a Lambda function that is invoked with the same object; its answer is the verdict."},
                 {"within", span(Milliseconds{100}, hours{1}), "The hook fails after this long (2m)."}},
      .exactly_one = {"http", "command", "lambda"},
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
  const ShapePointer test_traffic = shape(Object{
      .name = "test_traffic",
      .noun = "test traffic",
      .fields = {{"rule", text(form::kRuleArn), "A listener rule that sluice points at GREEN alone.", kRequired},
                 {"url", text(form::kUrl), "Where requests enter that it takes.", kRequired}},
      .replaced_whole = true,
  });
  return shape(Object{
      .name = "aws_service",
      .noun = "a service in AWS",
      .fields = {{"cluster", text(form::kAwsName), "The ECS cluster."},
                 {"service", text(form::kAwsName),
                  "The ECS service; its deployment controller is EXTERNAL, or CODE_DEPLOY or ECS with their engines."},
                 {"engine", shape(Choice{{"sluice", "codedeploy", "ecs-native"}}),
                  "What moves the traffic of a container service (sluice)."},
                 {"application", text(form::kAwsName),
                  "engine: codedeploy: CodeDeploy's application. kind: flags: the id of the AppConfig application."},
                 {"deployment_group", text(form::kAwsName), "engine: codedeploy: its deployment group."},
                 {"deployment_config", text(form::kAwsName),
                  "engine: codedeploy: the deployment configuration, which must move the traffic as `steps` say."},
                 {"every", span(minutes{1}, hours{48}),
                  "engine: codedeploy: the minutes between its increments, of a configuration of your own."},
                 {"container", text(form::kAwsName), "Its container that takes the traffic and gets the image."},
                 {"target_groups", shape(ListOf{text(form::kAwsName), 1}),
                  "The two target groups of the load balancer."},
                 {"rules", shape(ListOf{text(form::kRuleArn), 1}), "The listener rules whose weights are moved."},
                 {"url", text(form::kUrl), "Where requests enter, where that of the environment is another's."},
                 {"test", test_traffic, "How GREEN can be asked before it has traffic."},
                 {"function", text(form::kFunction), "kind: function: the Lambda function."},
                 {"alias", text(form::kAlias), "kind: function: its alias, by which it is invoked."},
                 {"provisioned_concurrency", shape(WholeNumber{1, 100'000}),
                  "kind: function: provisioned concurrency of each version that has traffic (none)."},
                 {"rest_api", text(form::kApi), "kind: gateway: the id of a REST API."},
                 {"api", text(form::kApi), "kind: gateway: the id of an HTTP or WebSocket API."},
                 {"stage", text(form::kStage), "kind: gateway: its stage, which is pointed at each deployment."},
                 {"definition", text(form::kText),
                  "kind: gateway: OpenAPI file that the API is made of first, relative to sluice.yaml (none: it is "
                  "deployed as it is). kind: flags: the file of the flags."},
                 {"profile", text(form::kAppConfigId),
                  "kind: flags: the id of its configuration profile, of the type AWS.AppConfig.FeatureFlags."},
                 {"environment", text(form::kAppConfigId), "kind: flags: the id of its environment."},
                 {"deployment_strategy", text(form::kDeploymentStrategy),
                  "kind: flags: how AppConfig gives a new version to more and more clients "
                  "(AppConfig.Linear20PercentEvery6Minutes)."},
                 {"within", span(seconds{1}, hours{49}),
                  "kind: flags: a deployment by that strategy has failed after this long (2h)."},
                 {"alarms", shape(ListOf{text(form::kText), 1}), "Names of CloudWatch alarms that count, too."},
                 {"scan_findings", or_off(scan_findings_shape()),
                  "What ECR's scan of the image must not have found before anything starts; off: nothing is asked, "
                  "whatever the environment says."}},
      .replaced_whole = true,
  });
}

}  // namespace

ShapePointer scan_findings_shape() {
  const ShapePointer severity = shape(Choice{{"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNKNOWN"}});
  return shape(Object{
      .name = "scan_findings",
      .noun = "the gate on findings of ECR's scan",
      .fields = {{"block", shape(ListOf{severity, 1}),
                  "Severities that stop a deployment (CRITICAL, HIGH). UNKNOWN: UNDEFINED and UNTRIAGED of ECR."},
                 {"allow", shape(ListOf{text(form::kText), 1}), "Findings that do not count, by name: CVE-2024-1234."},
                 {"within", span(seconds{1}, hours{24}), "How long a scan that is not over is waited for (5m)."}},
  });
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

ShapePointer services_shape() {
  std::vector<Field> fields{
      {"kind", shape(Choice{{"container", "function", "gateway", "flags", "lambda@edge"}, {"worker"}}),
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

}  // namespace sluice::config
