// The table of runners.
#include "core/config/tables.h"

namespace sluice::config {

ShapePointer runners_shape() {
  const ShapePointer runner = shape(Object{
      .name = "runner",
      .noun = "a runner",
      .fields = {{"kind", shape(Choice{{"ecs"}}), "ecs: each job is a task of AWS Fargate.", kRequired},
                 {"region", text(form::kRegion), "The region of the cluster.", kRequired},
                 {"role", text(form::kRoleArn), "The role that sluice takes on to start tasks."},
                 {"cluster", text(form::kAwsName), "Name or ARN of the cluster.", kRequired},
                 {"subnets", shape(ListOf{text(form::kSubnet), 1}), "Where tasks are in the network.", kRequired},
                 {"security_groups", shape(ListOf{text(form::kSecurityGroup), 1}),
                  "Of the tasks; they need only ways out (the network's default one)."},
                 {"public_ip", shape(Flag{}), "Tasks have an address of their own, in subnets without a NAT (false)."},
                 {"execution_role", text(form::kRoleArn),
                  "The role with which ECS pulls the image, for private registries."},
                 {"task_role", text(form::kRoleArn), "The role that steps have in AWS (none)."},
                 {"image", text(form::kText), "Of jobs without a 'container'.", kRequired},
                 {"cpu", shape(WholeNumber{256, 16384}), "In units of 1/1024 vCPU (1024)."},
                 {"memory", text(form::kSize), "Of a task (the least that Fargate has for its cpu)."},
                 {"bucket", text(form::kBucket), "The bucket of S3 through which files and output go.", kRequired},
                 {"prefix", text(form::kText), "In front of its objects' names (sluice-ci)."}},
      .replaced_whole = true});
  return shape(MapOf{&form::kName, "a runner", runner});
}

}  // namespace sluice::config
