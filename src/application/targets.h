// Which service runs where, as far as anybody here has said: what picks the ports of a target.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "core/rollout/service_key.h"
#include "core/rollout/target.h"
#include "ports/journal.h"

namespace sluice::application {

/// May be used from any number of threads at once.
class Targets {
 public:
  /// What the journal knows: live services, and deployments that are under way or wait. Errors: those of the journal.
  Status learn(ports::Journal& journal);
  void learn(const rollout::ServiceKey& service, const rollout::Target& target);
  /// The same, where nobody has told of the service yet.
  void learn_if_new(const rollout::ServiceKey& service, const rollout::Target& target);

  /// The machine, of a service that nobody has told of.
  rollout::Target of(const rollout::ServiceKey& service) const;
  bool is_machine(const rollout::ServiceKey& service) const;
  /// Nothing of a service of another target.
  template <typename T>
  std::optional<T> as(const rollout::ServiceKey& service) const {
    const rollout::Target target = of(service);
    const T* const found = std::get_if<T>(&target);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }
  /// Whether any service that it was told of is of the machine.
  bool has_machine_services() const;
  /// Services of ECS whose task sets sluice makes.
  std::vector<rollout::ServiceKey> ecs_services() const;

 private:
  mutable std::mutex mutex_;
  std::map<rollout::ServiceKey, rollout::Target> targets_;
};

}  // namespace sluice::application
