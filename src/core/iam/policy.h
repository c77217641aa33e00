// The least that an environment in AWS must be allowed to do, as a policy document of IAM.
#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "core/config/configuration.h"
#include "core/rollout/journal_place.h"

namespace sluice::iam {

/// Of the policy language; the other one is from before it.
inline constexpr const char* kPolicyVersion = "2012-10-17";
/// Characters that a managed policy may have, white space not counted (quotas of IAM, "IAM and STS character limits").
inline constexpr int kMostInManagedPolicy = 6'144;
/// Likewise the sum of the policies that stand in a role itself.
inline constexpr int kMostInRole = 10'240;

/// What a deployment may need that sluice.yaml does not say.
struct AlsoNeeded {
  std::optional<rollout::JournalPlace> journal;
  /// `BUCKET/PREFIX`, below which the zips of functions are that `sluice deploy --code` names. The prefix may be empty.
  std::set<std::string> packages;
  /// ARNs of the keys that secrets, packages and the journal are encrypted with, other than AWS's own.
  std::set<std::string> kms_keys;
};

/// Allows what sluice calls for the environment's services, each action on the narrowest resource that AWS's service
/// authorization reference knows for it; where that is `*`, limited by `ecs:cluster`, `ecs:service` or the region. What
/// the configuration does not say stays open within the account: the family of the task definitions, and the roles of
/// the tasks, which can be passed to ECS only. Whether a rule is its listener's default one is not said either, so the
/// listeners may be changed, too. Taking on the environment's role is not among it: that is the right of the keys which
/// do so, and these are the rights of the role. Of a machine's environment: what it reads and tells in AWS. Errors:
/// InvalidInput (needs nothing of AWS; no account is named).
///
/// With a journal in S3, its objects may be read and written; and the bucket listed, since S3 tells nobody else that an
/// object is not there (GetObject, "Permissions"). Lambda reads a zip with the rights of whoever calls it
/// (UpdateFunctionCode); so does Secrets Manager decrypt a value, and SSM. Who writes an object that S3 encrypts with a
/// key of KMS must be allowed to have a data key made of it ("Using server-side encryption with AWS KMS keys",
/// "Permissions").
Result<boost::json::object> policy_of(const config::Environment& environment, const AlsoNeeded& also = {});

/// The least that a runner must be allowed to do: its tasks, in its cluster alone, and its objects. What the steps may
/// do in AWS is the matter of their task role. `kms_keys`: ARNs of those that the bucket's objects are encrypted with,
/// other than AWS's own.
boost::json::object policy_of(const config::EcsRunner& runner, const std::set<std::string>& kms_keys = {});

}  // namespace sluice::iam
