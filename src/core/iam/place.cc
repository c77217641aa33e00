#include "core/iam/place.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice::iam {
namespace {

constexpr int kPartitionPart = 1;
constexpr int kAccountPart = 4;
constexpr std::size_t kAccountDigits = 12;

/// `arn:partition:service:region:account:resource`, counted from 0.
std::string part_of(std::string_view arn, int part) {
  for (int i = 0; i < part; ++i) arn.remove_prefix(std::min(arn.find(':'), arn.size() - 1) + 1);
  return std::string(arn.substr(0, arn.find(':')));
}

}  // namespace

std::string Place::arn(std::string_view service, std::string_view resource) const {
  return fmt::format("arn:{}:{}:{}:{}:{}", partition, service, region, account, resource);
}

std::string Place::global_arn(std::string_view service, std::string_view resource) const {
  return fmt::format("arn:{}:{}::{}:{}", partition, service, account, resource);
}

Result<Place> place_of(const config::Service& service, const rollout::EcsTarget& target) {
  const std::string& rule = target.rules.front();  // the parser answers no target without one
  Place place{part_of(rule, kPartitionPart), target.region, part_of(rule, kAccountPart)};
  if (place.account.size() == kAccountDigits) return place;
  if (target.role.empty()) {
    return Error{ErrorKind::InvalidInput,
                 fmt::format("the listener rule {} of the service '{}' names no account of twelve digits: write its "
                             "whole ARN, or the environment's 'role'",
                             rule, service.name)};
  }
  place.account = part_of(target.role, kAccountPart);
  return place;
}

Result<Place> place_of_role(const config::Environment& environment) {
  TRY(check_is_aws(environment));
  std::optional<Place> found;
  for (const config::Service& service : environment.services) {
    const auto& target = std::get<rollout::EcsTarget>(service.target);
    if (!target.role.empty()) {
      return Place{part_of(target.role, kPartitionPart), target.region, part_of(target.role, kAccountPart)};
    }
    TRY_ASSIGN(const Place place, place_of(service, target));
    if (found && found->account != place.account) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("the services of '{}' are in the accounts {} and {}: name the environment's 'role', "
                               "whose account is then meant",
                               environment.name, found->account, place.account)};
    }
    found = place;
  }
  return *found;  // an environment has at least one service
}

Status check_is_aws(const config::Environment& environment) {
  if (environment.is_aws) return {};
  return Error{ErrorKind::InvalidInput,
               fmt::format("the environment '{}' is not in AWS and needs no policy of IAM: name one with 'target: aws'",
                           environment.name)};
}

}  // namespace sluice::iam
