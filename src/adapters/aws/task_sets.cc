#include "adapters/aws/task_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "adapters/aws/performance_events.h"
#include "adapters/aws/task_definition.h"

namespace sluice::aws {
const TaskSet* primary_of(const std::vector<TaskSet>& sets) {
  const auto found = std::ranges::find(sets, kPrimary, &TaskSet::status);
  return found == sets.end() ? nullptr : &*found;
}

Error no_primary(const EcsService& service) {
  return {
      ErrorKind::NotFound,
      fmt::format("the {} has no primary task set, so there is no task definition to carry over: create its first task "
                  "set with CreateTaskSet and UpdateServicePrimaryTaskSet",
                  service.name())};
}

bool both_colours_run(const std::vector<TaskSet>& sets) {
  return std::ranges::count_if(sets, [](const TaskSet& set) { return set.status != kDraining; }) > 1;
}

ports::Replica replica_of(const TaskSet& set) {
  return {.name = set.id,
          .index = 0,
          .address = set.target_group,
          .port = set.port,
          .running = set.running > 0 && set.status != kDraining};
}

bool has_no_room(const Error& refusal) {
  return refusal.kind == ErrorKind::InvalidInput &&
         refusal.message.find("exceeds the maximum limit") != std::string::npos;
}

Error no_room(const EcsService& service, const std::vector<TaskSet>& sets, Milliseconds waited) {
  std::string names;
  for (const TaskSet& set : sets) names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", set.id, set.status);
  const bool any_drains = std::ranges::find(sets, kDraining, &TaskSet::status) != sets.end();
  const std::string what = any_drains ? fmt::format(
                                            "some drain still after {}: begin again once their tasks have stopped, or "
                                            "delete those that are not needed",
                                            format_duration(waited))
                                      : "delete those that are not needed, and begin again";
  return {ErrorKind::Conflict, fmt::format("the {} has {} task sets, and ECS takes no more: {}; {}", service.name(),
                                           sets.size(), names, what)};
}

const std::string& carried_over(const rollout::EcsTarget& place, const TaskSet& primary) {
  return place.terms.task_definition.empty() ? primary.task_definition : place.terms.task_definition;
}

Result<int> port_for(const rollout::EcsTarget& place, const EcsService& service, const TaskSet& primary,
                     const std::string& definition, const std::stop_token& stop) {
  if (place.terms.port != 0) return place.terms.port;
  if (primary.port != 0) return primary.port;
  TRY_ASSIGN(const auto described, service.task_definition(definition, stop));
  return only_port_of(described, place.container);
}

std::string describe_failures(const std::vector<std::string>& failures) {
  if (failures.empty()) return "no task of it has failed";
  return fmt::format("{} task{} of it failed: {}", failures.size(), failures.size() == 1 ? "" : "s", failures.front());
}

Result<ports::Serving> serving_of(const EcsService& service, const TargetGroupPair& groups, const TaskSet& primary,
                                  const rollout::Revision& wanted, const std::string& revision) {
  const auto& place = std::get<rollout::EcsTarget>(wanted.target);
  TRY_ASSIGN(const auto described, service.task_definition(primary.task_definition, {}));
  boost::json::object base = described;
  if (!place.terms.task_definition.empty()) {
    TRY_ASSIGN(base, service.task_definition(place.terms.task_definition, {}));
  }
  TRY(with_change(base, place.container, change_of(wanted, {})));  // names the containers that there are
  if (place.terms.port != 0) TRY(check_port(base, place.container, place.terms.port));
  const auto group = std::ranges::find(groups, primary.target_group);
  if (group == groups.end()) {
    return Error{
        ErrorKind::Conflict,
        fmt::format("the primary task set {} of the {} has the container {} in the target group {}, which is none of "
                    "'target_groups'",
                    primary.id, service.name(), place.container,
                    primary.target_group.empty() ? "(none)" : primary.target_group)};
  }
  ports::Serving result{.revision = as_it_is(described, place.container, wanted),
                        .slot = group == groups.begin() ? rollout::Slot::A : rollout::Slot::B};
  std::get<rollout::EcsTarget>(result.revision.target).terms = {};  // those of `wanted`, not of what serves
  result.revision.id = revision;
  result.revision.label = family_and_revision(primary.task_definition);
  return result;
}

}  // namespace sluice::aws
