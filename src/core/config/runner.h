// Where jobs of workflows run, when that is not this machine.
#pragma once

#include <string>
#include <vector>

#include "core/rollout/aws_access.h"

namespace sluice::config {

/// Tasks of AWS Fargate, one a job.
struct EcsRunner {
  std::string name;           ///< The label of `runs-on` that chooses it.
  rollout::AwsAccess access;  ///< As whom AWS is asked; with a region.
  std::string cluster;        ///< Name or ARN.
  std::vector<std::string> subnets;
  std::vector<std::string> security_groups;  ///< Empty: the network's default one.
  bool public_ip = false;                    ///< For subnets whose way out is an internet gateway.
  std::string execution_role;                ///< ARN of the role that pulls the image; empty: none.
  std::string task_role;                     ///< ARN of the role that steps have; empty: none.
  std::string image;                         ///< With its registry.
  int cpu = 1024;                            ///< In units of 1/1024 vCPU.
  int memory_mib = 2048;
  std::string bucket;  ///< Through which files and output go.
  std::string prefix;  ///< In front of every object's name, with its slash.
  friend bool operator==(const EcsRunner&, const EcsRunner&) = default;
};

}  // namespace sluice::config
