#include "adapters/aws/client_pool.h"

namespace sluice::aws {

namespace {

Result<std::string> region_of(const Surroundings& around) {
  TRY_ASSIGN(const Profiles profiles, Profiles::load(around.files, around.variables));
  if (auto region = default_region(around.variables, profiles)) return *std::move(region);
  return Error{
      ErrorKind::InvalidInput,
      "no region of AWS is known: set AWS_REGION where the controller is started, or write an ARN instead of a "
      "name"};
}

}  // namespace

Result<Client*> ClientPool::get(const std::string& region, const std::string& role_arn) {
  if (region.empty()) {
    TRY_ASSIGN(const std::string known, region_of(around_));
    return get(known, role_arn);
  }
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Client>& client = clients_[{region, role_arn}];
  if (!client) {
    Client::Options options = common_;
    options.region = region;
    options.role_arn = role_arn;
    TRY_ASSIGN(client, Client::create(std::move(options), around_));
  }
  return client.get();
}

}  // namespace sluice::aws
