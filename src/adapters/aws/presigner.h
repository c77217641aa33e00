// Addresses of objects in S3 for whoever has no keys.
#pragma once

#include <stop_token>
#include <string>

#include "adapters/aws/credential_chain.h"
#include "adapters/aws/surroundings.h"
#include "base/result.h"

namespace sluice::aws {

/// May be used from any number of threads at once.
class Presigner {
 public:
  /// `role_arn`: as CredentialChain has it. The region is that of `around`.
  Presigner(Surroundings around, std::string role_arn)
      : around_(around), credentials_(std::move(around), std::move(role_arn)) {}

  /// With it whoever has it can `method` (`GET`, `PUT`) the object `key` until `lifetime` is over or the credentials of
  /// now end. Errors: those of credentials and endpoints; S3 is not asked.
  Result<std::string> address(const std::string& method, const std::string& bucket, const std::string& key,
                              Milliseconds lifetime, const std::stop_token& stop = {});

 private:
  Surroundings around_;
  CredentialChain credentials_;
};

}  // namespace sluice::aws
