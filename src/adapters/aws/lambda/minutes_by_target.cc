#include "adapters/aws/lambda/minutes_by_target.h"

namespace sluice::aws::lambda {

Result<MinutesOfBoth> MinutesByTarget::operator()(const rollout::ServiceKey& service, TimePoint from, TimePoint until,
                                                  const std::stop_token& stop) {
  struct Visitor {
    MinutesByTarget& self;
    const rollout::ServiceKey& service;
    TimePoint from;
    TimePoint until;
    const std::stop_token& stop;

    Result<MinutesOfBoth> operator()(const rollout::MachineTarget&) const {
      return Error{ErrorKind::NotFound, service.to_string() + " is not in AWS"};
    }
    Result<MinutesOfBoth> operator()(const rollout::EcsTarget& ecs) const {
      return self.groups_.read(ecs, from, until, stop);
    }
    Result<MinutesOfBoth> operator()(const rollout::LambdaTarget& lambda) const {
      return self.versions_.read(service, lambda, from, until, stop);
    }
    Result<MinutesOfBoth> operator()(const rollout::GatewayTarget&) const {
      return Error{ErrorKind::NotFound, "no figures are read of the stage of " + service.to_string()};
    }
    Result<MinutesOfBoth> operator()(const rollout::FlagsTarget&) const {
      return Error{ErrorKind::NotFound, "no figures are read of the flags of " + service.to_string()};
    }
  };
  return std::visit(Visitor{*this, service, from, until, stop}, target_of_(service));
}

}  // namespace sluice::aws::lambda
