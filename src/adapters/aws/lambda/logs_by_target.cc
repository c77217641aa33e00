#include "adapters/aws/lambda/logs_by_target.h"

namespace sluice::aws::lambda {

Result<RevisionLines> LogsByTarget::operator()(const rollout::ServiceKey& service,
                                               const std::set<std::string>& revisions, TimePoint from, TimePoint until,
                                               const std::stop_token& stop) {
  struct Visitor {
    LogsByTarget& self;
    const rollout::ServiceKey& service;
    const std::set<std::string>& revisions;
    TimePoint from;
    TimePoint until;
    const std::stop_token& stop;

    Result<RevisionLines> operator()(const rollout::MachineTarget&) const {
      return Error{ErrorKind::NotFound, service.to_string() + " is not in AWS"};
    }
    Result<RevisionLines> operator()(const rollout::EcsTarget& ecs) const {
      TaskLogs& tasks = ecs.codedeploy ? self.tasks_.codedeploy : ecs.native ? self.tasks_.native : self.tasks_.sluice;
      return tasks.read(ecs, revisions, from, until, stop);
    }
    Result<RevisionLines> operator()(const rollout::LambdaTarget& lambda) const {
      return self.functions_.read(service, lambda, revisions, from, until, stop);
    }
    Result<RevisionLines> operator()(const rollout::GatewayTarget&) const {
      return Error{ErrorKind::NotFound, "no logs are read of the stage of " + service.to_string()};
    }
    Result<RevisionLines> operator()(const rollout::FlagsTarget&) const {
      return Error{ErrorKind::NotFound, "no logs are read of the flags of " + service.to_string()};
    }
  };
  return std::visit(Visitor{*this, service, revisions, from, until, stop}, target_of_(service));
}

}  // namespace sluice::aws::lambda
