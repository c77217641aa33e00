// Where secret values come from, and what is kept of them: never a value.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/rollout/aws_access.h"

namespace sluice::rollout {

/// Where a secret's value is read from when a replica starts. The value itself is in no journal.
struct SecretFile {
  std::string path;  ///< Relative to the folder of sluice.yaml.
  friend bool operator==(const SecretFile&, const SecretFile&) = default;
};
struct SecretCommand {
  std::vector<std::string> argv;
  friend bool operator==(const SecretCommand&, const SecretCommand&) = default;
};
struct SecretVariable {
  std::string name;  ///< An environment variable of the process that runs `sluice deploy`.
  friend bool operator==(const SecretVariable&, const SecretVariable&) = default;
};
/// A secret of AWS Secrets Manager: its version AWSCURRENT.
struct AwsSecret {
  std::string id;   ///< Its name or ARN.
  std::string key;  ///< The member of the JSON object that it holds; empty: the whole value.
  AwsAccess access;
  friend bool operator==(const AwsSecret&, const AwsSecret&) = default;
};
/// A parameter of AWS Systems Manager, decrypted where it is a SecureString.
struct AwsParameter {
  std::string name;  ///< Or its ARN.
  AwsAccess access;
  friend bool operator==(const AwsParameter&, const AwsParameter&) = default;
};
using SecretSource = std::variant<SecretFile, SecretCommand, SecretVariable, AwsSecret, AwsParameter>;

/// Whether the target itself can read it there, by a reference.
inline bool is_in_aws(const SecretSource& source) {
  return std::holds_alternative<AwsSecret>(source) || std::holds_alternative<AwsParameter>(source);
}

struct SecretReference {
  SecretSource source;
  /// Keyed hash of the value (hex), so that a changed secret is a new revision; of a reference, what tells its version.
  std::string fingerprint;
  /// What the target reads the value by, itself; empty where sluice reads it.
  std::string value_from = {};
  friend bool operator==(const SecretReference&, const SecretReference&) = default;
};

}  // namespace sluice::rollout
