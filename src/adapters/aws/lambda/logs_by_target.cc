#include "adapters/aws/lambda/logs_by_target.h"

namespace sluice::aws::lambda {

TaskLogs& LogsByTarget::logs_of(const rollout::EcsTarget& ecs) const {
  return ecs.codedeploy ? tasks_.codedeploy : ecs.native ? tasks_.native : tasks_.sluice;
}

Result<RevisionLines> LogsByTarget::performance(const rollout::ServiceKey& service,
                                                const std::set<std::string>& revisions, TimePoint from, TimePoint until,
                                                const std::stop_token& stop) {
  const rollout::Target target = target_of_(service);
  const auto* const ecs = std::get_if<rollout::EcsTarget>(&target);
  if (ecs != nullptr) return logs_of(*ecs).read_performance(*ecs, revisions, from, until, stop);
  return Error{ErrorKind::NotFound, service.to_string() + " is no service of ECS, and nothing tells what it uses"};
}

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
      return self.logs_of(ecs).read(ecs, revisions, from, until, stop);
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
