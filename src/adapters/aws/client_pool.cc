#include "adapters/aws/client_pool.h"

namespace sluice::aws {

Result<Client*> ClientPool::get(const std::string& region, const std::string& role_arn) {
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
