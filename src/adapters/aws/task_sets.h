// What the fleets of ECS read out of a service's task sets, whoever makes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/ecs_service.h"
#include "adapters/aws/forward_action.h"
#include "ports/fleet.h"

namespace sluice::aws {

inline constexpr std::string_view kPrimary = "PRIMARY";
inline constexpr std::string_view kDraining = "DRAINING";

/// Null when none is.
const TaskSet* primary_of(const std::vector<TaskSet>& sets);
Error no_primary(const EcsService& service);

/// BLUE and GREEN both run.
bool both_colours_run(const std::vector<TaskSet>& sets);

/// The replica that a task set is to its users: its address is its target group.
ports::Replica replica_of(const TaskSet& set);

/// The task definition that gets a revision's image: that of an AppSpec file, else the primary task set's.
const std::string& carried_over(const rollout::EcsTarget& place, const TaskSet& primary);

/// The port of a new task set's container: of an AppSpec file, else as BLUE has it, else the only one of the
/// definition; 0: nobody says.
Result<int> port_for(const rollout::EcsTarget& place, const EcsService& service, const TaskSet& primary,
                     const std::string& definition, const std::stop_token& stop);

/// ECS makes no task set beside the five that the service has, those that drain among them
/// (aws-samples/ecs-bg-external-controller#6).
bool has_no_room(const Error& refusal);
/// What to do about that. `waited` for those of `sets` that drain.
Error no_room(const EcsService& service, const std::vector<TaskSet>& sets, Milliseconds waited);

/// `3 tasks of it failed: …`, the newest reason.
std::string describe_failures(const std::vector<std::string>& failures);

/// What serves, as a revision called `revision`; `groups` are those of the target of `wanted`. Errors: InvalidInput (no
/// such container or port in the definition that `wanted` is made of), Conflict (the primary task set is in none of the
/// two groups).
Result<ports::Serving> serving_of(const EcsService& service, const TargetGroupPair& groups, const TaskSet& primary,
                                  const rollout::Revision& wanted, const std::string& revision);

}  // namespace sluice::aws
