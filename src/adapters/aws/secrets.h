// Secrets in AWS Secrets Manager, and parameters of AWS Systems Manager.
#pragma once

#include <string>

#include "adapters/aws/client_pool.h"
#include "ports/secrets.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class Secrets final : public ports::Secrets {
 public:
  /// `clients` must outlive this.
  explicit Secrets(ClientPool& clients) : clients_(clients) {}

  /// The version AWSCURRENT of a secret, or one member of the JSON object that it holds: a text as it is, a number or
  /// a truth value as JSON has it. The newest version of a parameter, decrypted. Errors: as the port has it, and
  /// InvalidInput (a binary secret, no such member, one of another type, or one on this machine).
  Result<Secret> read(const rollout::SecretSource& source, const std::string& base_directory) override;

  /// `valueFrom` of ECS: a secret's ARN with member and version, a parameter's ARN, which always means its newest
  /// version. A secret that rotates by itself is not fixed to a version: what it was before may be valid no more when
  /// a task starts again. Reads no value (DescribeSecret, GetParameter without decryption).
  /// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html)
  Result<rollout::SecretReference> refer(const rollout::SecretSource& source) override;

 private:
  ClientPool& clients_;
};

/// The member `key` of the JSON object `text`, as `read` says. No message shows a part of the text.
Result<std::string> member_of_secret(const std::string& text, const std::string& key);

/// Of an answer of DescribeSecret. Error: NotFound (it has no version AWSCURRENT, or is about to be deleted).
Result<rollout::SecretReference> reference_of(const boost::json::object& described, const rollout::AwsSecret& secret);

}  // namespace sluice::aws
