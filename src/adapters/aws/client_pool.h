// The clients in use, one for each account (by its role) and region, made when they are first needed.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/aws/client.h"

namespace sluice::aws {

/// May be used from any number of threads at once. Calls of one account and region share one budget.
class ClientPool {
 public:
  /// `common`: its region and role are replaced.
  ClientPool(Client::Options common, Surroundings around) : common_(std::move(common)), around_(std::move(around)) {}

  /// Lives as long as the pool. Without a region: that of `AWS_REGION`, else of the profile. Error: InvalidInput (no
  /// name of a region, or none is known).
  Result<Client*> get(const std::string& region, const std::string& role_arn);

 private:
  Client::Options common_;
  Surroundings around_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Client>> clients_;
};

}  // namespace sluice::aws
