// What is there before and while a service of ECS is taken over from another controller, as AWS tells it. The nouns are
// AWS's own.
#pragma once

#include <string>
#include <vector>

namespace sluice::adoption {

/// A service that a target group belongs to today.
struct ServiceOfToday {
  std::string name;
  std::string controller;  ///< `ECS`, `CODE_DEPLOY` or `EXTERNAL`
  std::string task_definition;
  std::string container;     ///< The one in the target group.
  int port = 0;              ///< Of the container, in the target group.
  std::string target_group;  ///< ARN; of its primary task set, where it has task sets.
  int desired = 0;
  int running = 0;
  bool is_moving = false;                ///< A deployment of it is under way.
  std::vector<std::string> uncarriable;  ///< What it has and a task set cannot have, each with the reason.
};

struct AdoptedTaskSet {
  std::string id;
  std::string external_id;
  std::string target_group;  ///< ARN
  bool is_primary = false;
  bool is_steady = false;
  int desired = 0;
  int running = 0;
  int failures = 0;          ///< Tasks of it that stopped and should not have.
  std::string last_failure;  ///< The newest one's reason.
};

/// The service beside it, if there is one of its name.
struct ServiceBeside {
  std::string status;  ///< `ACTIVE`, `DRAINING`; empty: there is none.
  std::string controller;
  std::vector<AdoptedTaskSet> task_sets;  ///< Without those that drain.
  bool is_there() const { return !status.empty() && status != "INACTIVE"; }
};

/// `shop-blue` of the ARN of a target group, or of the name itself.
std::string name_of_group(const std::string& name_or_arn);

struct Group {
  std::string name;  ///< As sluice.yaml has it: a name or an ARN.
  std::string arn;   ///< Empty: there is none.
  int targets = 0;   ///< Registered ones that do not drain.
  int healthy = 0;
  std::string label() const { return name_of_group(arn.empty() ? name : arn); }
};

struct ForwardedGroup {
  std::string arn;
  int weight = 0;  ///< 0 to 999
};

struct Rule {
  std::string arn;
  std::vector<ForwardedGroup> groups;  ///< Empty: it does not forward.
};

struct Facts {
  std::vector<Rule> rules;                 ///< Those that sluice.yaml names.
  std::vector<Group> groups;               ///< The two that sluice.yaml names.
  std::vector<Group> groups_of_today;      ///< Of the services of today.
  std::vector<ServiceOfToday> candidates;  ///< The one that was asked for; else all in the cluster with a target group.
  ServiceBeside beside;
  std::vector<std::string> other_rules;  ///< ARNs of rules that forward to a group of today and are not named.
  std::string scaling;                   ///< How the old service is scaled, for people; empty: not at all.
};

}  // namespace sluice::adoption
