// How a service of ECS is taken over from rolling updates, CodeDeploy or Copilot: a service beside it whose deployment
// controller is EXTERNAL, and the listener rules moved to that. AWS names no way to make a service EXTERNAL that is
// there, so the old one stays as it is until somebody deletes it.
//
// Facts in, steps out: after each step the world is looked at again and the plan is made anew, so that a plan that was
// ended in the middle goes on where it was.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/weight.h"
#include "core/adoption/facts.h"
#include "core/rollout/strategy.h"

namespace sluice::adoption {

struct Wanted {
  std::string cluster;
  std::string service;    ///< The one beside, which sluice.yaml names.
  std::string container;  ///< Likewise.
  std::string from;       ///< The old one's name; empty: it is found by the rules.
  std::vector<rollout::TrafficStep> steps;
  Milliseconds drain{0};  ///< Before the service beside is deleted, on the way back.
};

/// Makes a target group of this name like another one: protocol, port, network, health check, attributes.
struct MakeGroup {
  std::string name;
  std::string like;  ///< ARN
  friend bool operator==(const MakeGroup&, const MakeGroup&) = default;
};
/// Names a group in the rules with weight 0: its health checks run only then, and ECS wants it so.
struct NameInRules {
  std::string group;   ///< As sluice.yaml has it.
  std::string beside;  ///< ARN of the group that has the traffic.
  friend bool operator==(const NameInRules&, const NameInRules&) = default;
};
struct MakeService {
  std::string name;
  std::string like;  ///< Name of the old one.
  friend bool operator==(const MakeService&, const MakeService&) = default;
};
struct MakeTaskSet {
  std::string external_id;
  std::string like;  ///< Name of the old service.
  std::string task_definition;
  std::string group;  ///< As sluice.yaml has it.
  std::string container;
  int port = 0;
  friend bool operator==(const MakeTaskSet&, const MakeTaskSet&) = default;
};
/// Until all tasks that are wanted run and are healthy in the group.
struct AwaitHealthy {
  std::string group;
  friend bool operator==(const AwaitHealthy&, const AwaitHealthy&) = default;
};
/// The share of requests that `group` gets in every rule; the rest stays with `beside`.
struct Shift {
  std::string group;
  std::string beside;  ///< ARN
  Weight share = Weight::none();
  Milliseconds bake{0};
  friend bool operator==(const Shift&, const Shift&) = default;
};
/// The mark of a finished adoption: until then `sluice deploy` finds no primary task set and refuses.
struct MakePrimary {
  std::string task_set;
  friend bool operator==(const MakePrimary&, const MakePrimary&) = default;
};
struct DeleteService {
  std::string name;
  friend bool operator==(const DeleteService&, const DeleteService&) = default;
};

using Step =
    std::variant<MakeGroup, NameInRules, MakeService, MakeTaskSet, AwaitHealthy, Shift, MakePrimary, DeleteService>;

struct Plan {
  std::string from;             ///< The old service.
  std::string controller;       ///< Its own.
  std::string task_definition;  ///< That both run.
  int desired = 0;
  std::vector<Step> steps;         ///< Empty: all is done.
  std::vector<std::string> notes;  ///< What a person should know before.
};

/// The external id of the first task set: what the service beside has besides is no adoption's.
std::string external_id_of(const std::string& from);

/// `baked`: the share that has baked already in this run; the step that the rules are at is otherwise baked anew.
/// Errors: NotFound, Conflict, InvalidInput: why it cannot be taken over, and what to do.
Result<Plan> plan_adoption(const Wanted& wanted, const Facts& facts, Weight baked = Weight::none());

/// The way back, as long as nothing was deployed to the service beside: all requests to the old one, then the service
/// beside is deleted. Target groups stay. Errors: as above; Conflict too when the old one cannot serve.
Result<Plan> plan_way_back(const Wanted& wanted, const Facts& facts);

/// What became of the tasks that were to be healthy: fewer than are wanted.
std::string progress_of(const Wanted& wanted, const Facts& facts);

/// The smallest and the largest share of the requests that the service beside has in any of the rules: they differ
/// while not all of them are written. Error: as of the plans.
struct Shares {
  Weight least = Weight::none();
  Weight most = Weight::none();
};
Result<Shares> shares_of(const Wanted& wanted, const Facts& facts);

/// True when the group of the first task set has healthy targets.
bool can_serve(const Wanted& wanted, const Facts& facts);
/// The first task set of the service beside; null while there is none.
const AdoptedTaskSet* task_set_of(const Facts& facts);

/// For people, in the imperative.
std::string describe(const Step& step);
/// What IAM must allow for these steps, with what is looked at; sorted, `ecs:CreateService`.
std::vector<std::string> actions_of(const std::vector<Step>& steps);

}  // namespace sluice::adoption
