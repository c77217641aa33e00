// The lines of a service's log, wherever in AWS it is, and what is logged of its tasks' use of CPU and memory.
#pragma once

#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "adapters/aws/lambda/function_logs.h"
#include "adapters/aws/task_logs.h"
#include "core/rollout/target.h"

namespace sluice::aws::lambda {

/// An aws::LogSource, by `std::ref`. May be used from any number of threads at once.
class LogsByTarget {
 public:
  using TargetOf = std::function<rollout::Target(const rollout::ServiceKey&)>;

  /// Of the tasks by who makes them.
  struct OfTasks {
    TaskLogs& sluice;
    TaskLogs& codedeploy;
    TaskLogs& native;
  };

  /// All must outlive this.
  LogsByTarget(TargetOf target_of, OfTasks tasks, FunctionLogs& functions)
      : target_of_(std::move(target_of)), tasks_(tasks), functions_(functions) {}

  /// Errors: NotFound (the service is not in AWS, or is a gateway or flags), those of TaskLogs and FunctionLogs.
  Result<RevisionLines> operator()(const rollout::ServiceKey& service, const std::set<std::string>& revisions,
                                   TimePoint from, TimePoint until, const std::stop_token& stop);

  /// Likewise of performance log events. Errors: NotFound (no service of ECS), those of TaskLogs.
  Result<RevisionLines> performance(const rollout::ServiceKey& service, const std::set<std::string>& revisions,
                                    TimePoint from, TimePoint until, const std::stop_token& stop);

 private:
  TaskLogs& logs_of(const rollout::EcsTarget& ecs) const;

  TargetOf target_of_;
  OfTasks tasks_;
  FunctionLogs& functions_;
};

}  // namespace sluice::aws::lambda
