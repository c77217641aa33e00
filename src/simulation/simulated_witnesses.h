// Named alarms in memory: each is what the test says, and is not there before.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ports/witnesses.h"

namespace sluice::simulation {

class SimulatedWitnesses final : public ports::Witnesses {
 public:
  Result<std::vector<rollout::Witness>> look(const rollout::Target& place, const std::vector<std::string>& names,
                                             std::stop_token) override {
    ++looks;
    return read(place, names);
  }
  Result<std::vector<rollout::Witness>> read(const rollout::Target&,
                                             const std::vector<std::string>& names) const override {
    if (failure) return *failure;
    std::vector<rollout::Witness> witnesses;
    for (const std::string& name : names) {
      const auto found = alarms.find(name);
      const rollout::Witness missing{.alarm = name, .state = rollout::WitnessState::Missing};
      witnesses.push_back(found == alarms.end() ? missing : found->second);
    }
    return witnesses;
  }

  void set(const rollout::Witness& witness) { alarms[witness.alarm] = witness; }

  std::map<std::string, rollout::Witness> alarms;
  std::optional<Error> failure;  ///< While it is there, nobody answers.
  int looks = 0;
};

}  // namespace sluice::simulation
