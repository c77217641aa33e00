#include "adapters/aws/account.h"

namespace sluice::aws {

std::optional<Account> account_of(const rollout::Target& place) {
  return std::visit(
      [](const auto& target) -> std::optional<Account> {
        if constexpr (requires { target.role; }) return Account{target.region, target.role};
        return std::nullopt;
      },
      place);
}

}  // namespace sluice::aws
