// The tables of secrets, and of who is told.
#include "core/config/tables.h"

namespace sluice::config {
namespace {}  // namespace

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

}  // namespace sluice::config
