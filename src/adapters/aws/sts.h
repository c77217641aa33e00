// The calls of AWS's Security Token Service that turn one identity into another.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/aws/surroundings.h"

namespace sluice::aws {

struct RoleToAssume {
  std::string role_arn;
  std::string session_name = "sluice";  ///< Stands in CloudTrail; 2 to 64 of letters, digits and `+=,.@-_`.
  std::string external_id;              ///< Empty: none.
  std::optional<int> duration_seconds;  ///< Nothing: AWS's default, one hour.
};

class Sts {
 public:
  explicit Sts(const Surroundings& surroundings) : around_(surroundings) {}

  /// Signed with `base`. Errors name the role; Denied when its trust policy does not let `base` in.
  Result<Credentials> assume_role(const RoleToAssume& role, const Credentials& base, const std::stop_token& stop) const;
  /// Not signed: the token is the proof.
  Result<Credentials> assume_role_with_web_identity(const RoleToAssume& role, const Secret& token,
                                                    const std::stop_token& stop) const;

 private:
  Result<Credentials> ask(const std::string& operation, const boost::json::object& input, const Credentials* base,
                          const RoleToAssume& role, const std::stop_token& stop) const;

  const Surroundings& around_;
};

}  // namespace sluice::aws
