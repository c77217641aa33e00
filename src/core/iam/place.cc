#include "core/iam/place.h"

#include <fmt/format.h>

#include <optional>

#include "core/config/arn.h"

namespace sluice::iam {
namespace {

constexpr std::string_view kAnyAccount = "*";

Place place_in(std::string_view arn, const std::string& region) {
  return {std::string(config::arn_part(arn, config::kArnPartition)), region,
          std::string(config::arn_part(arn, config::kArnAccount))};
}

std::string partition_of(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

/// By the role's ARN or the environment's word; empty when neither is there.
std::string said_account(const config::Environment& environment, const std::string& role) {
  return role.empty() ? environment.account : std::string(config::arn_part(role, config::kArnAccount));
}

/// Of what is named by neither an ARN nor a role.
Place place_in_region(const config::Environment& environment, const std::string& region) {
  return {partition_of(region), region, environment.account.empty() ? std::string(kAnyAccount) : environment.account};
}

}  // namespace

std::string Place::arn(std::string_view service, std::string_view resource) const {
  return fmt::format("arn:{}:{}:{}:{}:{}", partition, service, region, account, resource);
}

std::string Place::global_arn(std::string_view service, std::string_view resource) const {
  return fmt::format("arn:{}:{}::{}:{}", partition, service, account, resource);
}

Result<Place> place_of(const config::Environment& environment, const config::Service& service,
                       const rollout::EcsTarget& target) {
  const std::string& rule = target.rules.front();  // the parser answers no target without one
  Place place = place_in(rule, target.region);
  if (place.account.size() == config::kAccountDigits) return place;
  place.account = said_account(environment, target.role);
  if (place.account.size() == config::kAccountDigits) return place;
  return Error{ErrorKind::InvalidInput,
               fmt::format("the listener rule {} of the service '{}' names no account of twelve digits: write its "
                           "whole ARN, or the environment's 'account' or 'role'",
                           rule, service.name)};
}

std::string partition_of(const rollout::JournalPlace& journal, const config::Environment& environment) {
  if (!journal.role.empty()) return std::string(config::arn_part(journal.role, config::kArnPartition));
  if (!journal.region.empty()) return partition_of(journal.region);
  for (const config::Service& service : environment.services) {
    if (const auto* ecs = std::get_if<rollout::EcsTarget>(&service.target)) return partition_of(ecs->region);
    if (const auto* lambda = std::get_if<rollout::LambdaTarget>(&service.target)) return partition_of(lambda->region);
    if (const auto* gateway = std::get_if<rollout::GatewayTarget>(&service.target))
      return partition_of(gateway->region);
  }
  return std::string("aws");
}

Place place_of(const config::Environment& environment, const rollout::LambdaTarget& target) {
  for (const std::string& arn : {target.function, target.role}) {
    if (arn.starts_with("arn:")) return place_in(arn, target.region);
  }
  return place_in_region(environment, target.region);
}

Place place_of(const rollout::GatewayTarget& target) {
  const bool is_known = target.role.starts_with("arn:");
  return {is_known ? place_in(target.role, target.region).partition : partition_of(target.region), target.region, ""};
}

Place place_of(const config::Environment& environment, const rollout::FlagsTarget& target) {
  if (target.role.starts_with("arn:")) return place_in(target.role, target.region);
  return place_in_region(environment, target.region);
}

Place place_of(const config::EcsRunner& runner) {
  for (const std::string& arn : {runner.cluster, runner.execution_role, runner.access.role}) {
    if (arn.starts_with("arn:")) return place_in(arn, runner.access.region);
  }
  return {partition_of(runner.access.region), runner.access.region, std::string(kAnyAccount)};
}

Result<Place> place_of_role(const config::Environment& environment) {
  TRY(check_is_aws(environment));
  if (!environment.access.role.empty()) return place_in(environment.access.role, environment.access.region);
  if (!environment.account.empty()) return place_in_region(environment, environment.access.region);
  std::optional<Place> found;
  for (const config::Service& service : environment.services) {
    Place place;
    if (const auto* lambda = std::get_if<rollout::LambdaTarget>(&service.target)) {
      place = place_of(environment, *lambda);
      if (place.account == kAnyAccount) continue;
    } else if (const auto* ecs = std::get_if<rollout::EcsTarget>(&service.target)) {
      TRY_ASSIGN(place, place_of(environment, service, *ecs));
    } else {
      continue;  // nothing of a stage or of flags names an account
    }
    if (found && found->account != place.account) {
      return Error{ErrorKind::InvalidInput,
                   fmt::format("the services of '{}' are in the accounts {} and {}: name the environment's 'account' "
                               "or 'role'",
                               environment.name, found->account, place.account)};
    }
    found = place;
  }
  if (found) return *found;
  return Error{
      ErrorKind::InvalidInput,
      fmt::format(
          "nothing in '{}' names the account: write the environment's 'account' or 'role', or a function as its "
          "whole ARN",
          environment.name)};
}

Place place_of_environment(const config::Environment& environment) {
  if (!environment.is_aws) return {"aws", "*", std::string(kAnyAccount)};
  if (auto known = place_of_role(environment)) return *std::move(known);
  return place_in_region(environment, environment.access.region);
}

Status check_is_aws(const config::Environment& environment) {
  if (environment.is_aws) return {};
  return Error{ErrorKind::InvalidInput,
               fmt::format("the environment '{}' is not in AWS and needs no policy of IAM: name one with 'target: aws'",
                           environment.name)};
}

}  // namespace sluice::iam
