// A listener rule of an Application Load Balancer, read whole and written back whole.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/client.h"

namespace sluice::aws {

/// All of these calls are urgent: they move traffic.
class ListenerRules {
 public:
  explicit ListenerRules(Client& client) : client_(client) {}

  /// What DescribeRules answers of each ARN, in their order. Error: NotFound naming the ones that are not there.
  Result<std::vector<boost::json::object>> read(const std::vector<std::string>& arns,
                                                const std::stop_token& stop) const;

  /// The same, with nothing in the place of each that is not there.
  Result<std::vector<std::optional<boost::json::object>>> look(const std::vector<std::string>& arns,
                                                               const std::stop_token& stop) const;

  /// Sets a rule's actions, and leaves all else of it; a listener's default rule by way of its listener.
  Status write_actions(const boost::json::object& rule, const boost::json::array& actions,
                       const std::stop_token& stop) const;

 private:
  Client& client_;
};

/// Of a rule as DescribeRules answers it.
boost::json::array actions_of(const boost::json::object& rule);

/// `app/NAME/LB`: the value of the dimension LoadBalancer in CloudWatch.
std::string load_balancer_of(const std::string& rule_arn);

}  // namespace sluice::aws
