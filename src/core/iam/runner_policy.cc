#include <boost/json.hpp>

#include "core/iam/place.h"
#include "core/iam/policy.h"
#include "core/iam/statement.h"

namespace sluice::iam {

namespace json = boost::json;

// "Actions, resources, and condition keys for Amazon Elastic Container Service" of the service authorization reference.
json::object policy_of(const config::EcsRunner& runner, const Names& kms_keys) {
  const Place place = place_of(runner);
  const std::string cluster = runner.cluster.substr(runner.cluster.rfind('/') + 1);
  const Names definitions{place.arn("ecs", "task-definition/sluice-ci-" + runner.name + "-*:*")};
  const std::string bucket = "arn:" + place.partition + ":s3:::" + runner.bucket;
  const json::object in_cluster{
      {"ArnEquals", json::object{{"ecs:cluster", json::array{place.arn("ecs", "cluster/" + cluster)}}}}};
  json::array statements;
  statements.push_back(statement("StartJobs", {"ecs:RunTask"}, definitions, in_cluster));
  statements.push_back(statement("Jobs", {"ecs:DescribeTasks", "ecs:StopTask"},
                                 {place.arn("ecs", "task/" + cluster + "/*")}, in_cluster));
  statements.push_back(statement("JobsLeftOver", {"ecs:ListTasks"}, {"*"}, in_cluster));
  statements.push_back(statement("JobDefinitions", {"ecs:RegisterTaskDefinition"}, definitions));
  statements.push_back(statement("LookAtJobDefinitions", {"ecs:DescribeTaskDefinition"}, {"*"},
                                 equals("aws:RequestedRegion", runner.access.region.c_str())));
  Names roles;
  for (const std::string& role : {runner.execution_role, runner.task_role}) {
    if (!role.empty()) roles.insert(role);
  }
  if (!roles.empty()) {
    statements.push_back(
        statement("RolesOfJobs", {"iam:PassRole"}, roles, equals("iam:PassedToService", "ecs-tasks.amazonaws.com")));
  }
  statements.push_back(statement("FilesOfJobs", {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
                                 {bucket + "/" + runner.prefix + "*"}));
  // S3 tells nobody else that an object is not there yet.
  statements.push_back(statement("WhatJobsLack", {"s3:ListBucket"}, {bucket}));
  // Jobs fetch and send their files by addresses that sluice has signed, with sluice's rights.
  if (!kms_keys.empty()) {
    statements.push_back(statement("KeysOfJobs", {"kms:Decrypt", "kms:GenerateDataKey"}, kms_keys));
  }
  return {{"Version", kPolicyVersion}, {"Statement", std::move(statements)}};
}

}  // namespace sluice::iam
