// Programs of lifecycle hooks: `pass` exits 0, `fail` exits 1, `hang` never ends.
#pragma once

#include "ports/processes.h"
#include "simulation/world.h"

namespace sluice::simulation {

class SimulatedProcesses final : public ports::Processes {
 public:
  explicit SimulatedProcesses(World& world) : world_(world) {}

  Result<ports::ProcessResult> run(const ports::ProcessRequest& request, std::stop_token stop) override;

 private:
  World& world_;
};

}  // namespace sluice::simulation
