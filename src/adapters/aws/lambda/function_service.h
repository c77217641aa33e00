// One function of AWS Lambda, and the calls that a rollout makes of it.
// Source: "Actions" of AWS Lambda's API reference.
#pragma once

#include <boost/json/fwd.hpp>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/aws/client.h"
#include "core/rollout/function_code.h"
#include "core/rollout/target.h"

namespace sluice::aws::lambda {

/// A version's configuration as far as a rollout looks at it.
struct FunctionConfiguration {
  std::string version;  ///< `$LATEST` or a number.
  std::string revision_id;
  std::string code_sha256;
  std::string description;
  std::string package_type;  ///< `Zip` or `Image`
  std::string state;         ///< `Pending`, `Active`, `Inactive`, `Failed`; empty of a very old function.
  std::string state_reason;
  std::string last_update_status;  ///< `InProgress`, `Successful`, `Failed`; of `$LATEST` only.
  std::string last_update_reason;
  std::string log_group;  ///< `/aws/lambda/overflow`, where its logging configuration names no other; may be empty.

  /// "Lambda function states" of the developer guide: no further update is taken meanwhile.
  bool is_changing() const { return state == "Pending" || last_update_status == "InProgress"; }
};

struct Alias {
  std::string function_version;
  std::map<std::string, double> weights;  ///< AdditionalVersionWeights: of one further version at most.
  std::string revision_id;
};

struct ProvisionedConcurrency {
  int requested = 0;
  std::string status;  ///< `IN_PROGRESS`, `READY`, `FAILED`
  std::string status_reason;
};

/// May be used from any number of threads at once.
class FunctionService {
 public:
  /// `client` must outlive this.
  FunctionService(Client& client, rollout::LambdaTarget place) : client_(client), place_(std::move(place)) {}

  const rollout::LambdaTarget& place() const { return place_; }
  std::string name() const;  ///< For messages: `function overflow`.

  /// `qualifier`: a version or an alias; empty: `$LATEST`. Error: NotFound.
  Result<FunctionConfiguration> configuration(const std::string& qualifier, const std::stop_token& stop) const;
  /// Of published versions, oldest first.
  Result<std::vector<FunctionConfiguration>> versions(const std::stop_token& stop) const;

  /// Puts code into `$LATEST`, if that still has `revision_id`. `zip_bytes` is for a ZipFile. Never repeated. Errors:
  /// Conflict (another update is in progress, or another RevisionId), InvalidInput (code that Lambda does not take),
  /// UnknownOutcome.
  Result<FunctionConfiguration> update_code(const rollout::FunctionCode& code, const std::string& zip_bytes,
                                            const std::string& revision_id, const std::stop_token& stop) const;
  /// Publishes `latest` as a version; nothing new is made where nothing has changed since the last one. Never repeated.
  /// Errors: Conflict, InvalidInput (`$LATEST` has other code), UnknownOutcome.
  Result<FunctionConfiguration> publish(const FunctionConfiguration& latest, const std::string& description,
                                        const std::stop_token& stop) const;

  /// Nothing where there is no such alias. Error: NotFound (no such function).
  Result<std::optional<Alias>> alias(Priority priority, const std::stop_token& stop) const;
  /// Never repeated. Error: Conflict (it is there).
  Status create_alias(const std::string& version, const std::stop_token& stop) const;
  /// The alias's version and all of its additional weights, if it still has `revision_id`. Never repeated. Errors:
  /// Conflict, InvalidInput, UnknownOutcome.
  Status update_alias(const Alias& alias, const std::stop_token& stop) const;
  /// None there: success.
  Status delete_alias(const std::stop_token& stop) const;

  /// Nothing where none is set. `qualifier` is a version or an alias.
  Result<std::optional<ProvisionedConcurrency>> provisioned(const std::string& qualifier,
                                                            const std::stop_token& stop) const;
  Status provision(const std::string& version, int executions, const std::stop_token& stop) const;
  /// None there: success.
  Status unprovision(const std::string& version, const std::stop_token& stop) const;

 private:
  Call call(std::string operation, std::string method, const std::string& path, Repeat repeat = Repeat::Safe) const;

  Client& client_;
  rollout::LambdaTarget place_;
};

}  // namespace sluice::aws::lambda
