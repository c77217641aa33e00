// Where AWS is asked, and as whom.
#pragma once

#include <compare>
#include <string>

namespace sluice::rollout {

struct AwsAccess {
  std::string region;  ///< Empty: that of an ARN, else that of `AWS_REGION` or the profile of who asks.
  std::string role;    ///< ARN of the role that is taken on; empty: none.
  friend auto operator<=>(const AwsAccess&, const AwsAccess&) = default;
};

}  // namespace sluice::rollout
