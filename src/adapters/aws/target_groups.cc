#include "adapters/aws/target_groups.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "adapters/aws/json_member.h"

namespace sluice::aws {
namespace {

namespace json = boost::json;

Result<std::string> arn_of(Client& client, const std::string& group, Priority priority, const std::stop_token& stop) {
  if (group.starts_with("arn:")) return group;
  const Call call{.service = "elbv2",
                  .operation = "DescribeTargetGroups",
                  .resource = fmt::format("target group {}", group),
                  .priority = priority};
  TRY_ASSIGN(const json::value answer, client.call(call, {{"Names", json::array{group}}}, stop));
  const json::array* found = answer.is_object() ? array_member(answer.get_object(), "TargetGroups") : nullptr;
  if (found != nullptr && found->size() == 1 && (*found)[0].is_object()) {
    return text_member((*found)[0].get_object(), "TargetGroupArn");
  }
  return Error{ErrorKind::NotFound, fmt::format("there is no target group {} in {}", group, client.region())};
}

}  // namespace

Result<TargetGroupPair> target_groups_of(Client& client, const rollout::EcsTarget& place, Priority priority,
                                         const std::stop_token& stop) {
  TargetGroupPair groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    TRY_ASSIGN(groups[i], arn_of(client, place.target_groups.at(i), priority, stop));
  }
  return groups;
}

Result<TargetGroupPair> target_groups_there(Client& client, const rollout::EcsTarget& place, Priority priority,
                                            const std::stop_token& stop) {
  TargetGroupPair groups;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    auto arn = arn_of(client, place.target_groups.at(i), priority, stop);
    if (!arn && arn.error().kind != ErrorKind::NotFound) return std::move(arn.error());
    if (arn) groups[i] = *std::move(arn);
  }
  if (!groups[0].empty() || !groups[1].empty()) return groups;
  return Error{ErrorKind::NotFound, fmt::format("neither of the target groups {} and {} is there in {} any more",
                                                place.target_groups[0], place.target_groups[1], client.region())};
}

Result<TargetCounts> count_targets(Client& client, const std::string& group, const std::stop_token& stop) {
  const Call call{.service = "elbv2", .operation = "DescribeTargetHealth", .resource = group};
  TRY_ASSIGN(const json::value answer, client.call(call, {{"TargetGroupArn", group}}, stop));
  const json::array* found =
      answer.is_object() ? array_member(answer.get_object(), "TargetHealthDescriptions") : nullptr;
  TargetCounts counts;
  for (std::size_t i = 0; found != nullptr && i < found->size(); ++i) {
    const json::object* target = (*found)[i].if_object();
    const json::object* health = target == nullptr ? nullptr : object_member(*target, "TargetHealth");
    const std::string state = health == nullptr ? "" : text_member(*health, "State");
    if (state != "draining") ++counts.targets;
    if (state == "healthy") ++counts.healthy;
  }
  return counts;
}

}  // namespace sluice::aws
