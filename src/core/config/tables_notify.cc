// The tables of secrets, and of who is told and where metrics go.
#include "core/config/tables.h"

namespace sluice::config {
namespace {

ShapePointer place(std::string_view name, std::string_view noun, std::vector<Field> fields) {
  return shape(Object{.name = name, .noun = noun, .fields = std::move(fields), .replaced_whole = true});
}

}  // namespace

ShapePointer secret_shape() {
  return shape(Object{
      .name = "secret",
      .noun = "a secret",
      .fields = {{"file", text(form::kText), "File that holds the value; relative to the folder of sluice.yaml."},
                 {"command", texts(1), "Program and arguments whose output is the value."},
                 {"env", text(form::kVariable), "Variable of the process that runs sluice deploy."},
                 {"aws_secret", text(form::kSecretId), "Name or ARN in AWS Secrets Manager."},
                 {"key", text(form::kText), "With aws_secret: the member of the JSON object that it holds."},
                 {"ssm", text(form::kParameter), "Name or ARN of an AWS Systems Manager parameter."}},
      .exactly_one = {"file", "command", "env", "aws_secret", "ssm"},
      .needs = {{"key", "aws_secret"}},
      .replaced_whole = true,
  });
}

ShapePointer notify_shape() {
  const ShapePointer slack =
      place("slack", "a Slack target", {{"webhook", secret_shape(), "The incoming webhook's address.", kRequired}});
  const ShapePointer sns =
      place("sns", "an SNS target", {{"topic", text(form::kTopicArn), "The topic's ARN.", kRequired}});
  const ShapePointer event_bridge = place("event_bridge", "an EventBridge target",
                                          {{"bus", text(form::kEventBus), "The event bus's name or ARN.", kRequired}});
  const ShapePointer pagerduty =
      place("pagerduty", "a PagerDuty target",
            {{"routing_key", secret_shape(), "The key of an integration of the Events API v2.", kRequired},
             {"url", text(form::kUrl),
              "Its service region (https://events.pagerduty.com); https://events.eu.pagerduty.com is the other."}});
  const ShapePointer github_issue = place("github_issue", "a target of GitHub issues",
                                          {{"repository", text(form::kRepository), "OWNER/NAME.", kRequired},
                                           {"token", secret_shape(), "A token that may write its issues.", kRequired}});
  const ShapePointer cloudwatch =
      place("cloudwatch", "a CloudWatch target",
            {{"namespace", text(form::kMetricNamespace), "The namespace of the metrics (Sluice)."},
             {"region", text(form::kRegion), "Where it is (the environment's region)."}});
  const ShapePointer target = shape(Object{
      .name = "notification",
      .noun = "a notification",
      .fields = {{"slack", slack, "Sent to a Slack channel."},
                 {"sns", sns, "Published to a topic of Amazon SNS."},
                 {"event_bridge", event_bridge, "Put onto an event bus of Amazon EventBridge."},
                 {"pagerduty", pagerduty, "An alert of PagerDuty, resolved when a later deployment succeeds."},
                 {"github_issue", github_issue, "An issue for each deployment that went wrong."},
                 {"cloudwatch", cloudwatch, "Metrics of every end of a deployment, in Amazon CloudWatch."},
                 {"on", shape(ListOf{shape(Choice{{"failed", "held", "rolled_back", "succeeded"}}), 1}),
                  "What is told (all; for github_issue failed and rolled_back). Not with cloudwatch."}},
      .exactly_one = {"slack", "sns", "event_bridge", "pagerduty", "github_issue", "cloudwatch"},
  });
  return shape(ListOf{target});
}

}  // namespace sluice::config
