#include "adapters/aws/appconfig/flag_histories.h"

#include "adapters/aws/appconfig/flags_api.h"

namespace sluice::aws::appconfig {

Result<FlagHistory> FlagHistories::now(const rollout::ServiceKey& service, const rollout::FlagsTarget& place,
                                       Priority priority) {
  TRY_ASSIGN(Client* const client, clients_.get(place.region, place.role));
  TRY_ASSIGN(FlagHistory history, FlagsApi(*client, place).history(priority, {}));
  looks_.saw(service, history);
  return history;
}

Result<FlagHistory> FlagHistories::recent(const rollout::ServiceKey& service, const rollout::FlagsTarget& place) {
  if (auto seen = looks_.recent(service)) return std::move(*seen);
  return now(service, place);
}

}  // namespace sluice::aws::appconfig
