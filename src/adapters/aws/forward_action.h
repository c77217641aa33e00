// The actions of a listener rule, of which only the weights of two target groups are changed.
#pragma once

#include <array>
#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace sluice::aws {

/// ARNs of the target groups of router slots A and B.
using TargetGroupPair = std::array<std::string, 2>;

/// Weights of a forward action, 0 to 999 each (ALB's range); 0 too for a group that the action does not name.
struct ForwardWeights {
  int a = 0;
  int b = 0;
  bool has_a = false;  ///< The action names it.
  bool has_b = false;
  friend bool operator==(const ForwardWeights&, const ForwardWeights&) = default;
};

struct WeightedGroup {
  std::string arn;
  int weight = 0;
  friend bool operator==(const WeightedGroup&, const WeightedGroup&) = default;
};

/// The target groups of the action that forwards, in its order; none when no action does.
std::vector<WeightedGroup> forwarded_groups(const boost::json::array& actions);

/// `actions` as `answer_of_xml` gives them (numbers as text). Errors: Conflict when no action forwards, when it names
/// neither group, or when a third group has weight: then somebody else changed the rule.
Result<ForwardWeights> weights_of(const boost::json::array& actions, const TargetGroupPair& groups);

/// What becomes of one of the two groups that the action does not name and that shall have weight 0.
enum class Unnamed { Add, LeaveOut };

/// The same actions with these weights: authentication, stickiness, order and all else as they are. What AWS does not
/// give back is put as AWS wants it: an OIDC action keeps the client secret that it has. Errors: as `weights_of`.
Result<boost::json::array> with_weights(const boost::json::array& actions, const TargetGroupPair& groups, int a, int b,
                                        Unnamed unnamed = Unnamed::Add);

}  // namespace sluice::aws
