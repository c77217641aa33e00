#include "simulation/simulated_processes.h"

namespace sluice::simulation {

using namespace std::chrono_literals;

Result<ports::ProcessResult> SimulatedProcesses::run(const ports::ProcessRequest& request, std::stop_token stop) {
  const std::string& program = request.argv.front();
  TRY(call(world_, program, [&]() -> Status { return {}; }));
  const TimePoint ends = program == "hang" ? TimePoint::max() : world_.now() + world_.chance.between(1ms, 700ms);
  const TimePoint give_up = request.timeout ? world_.now() + *request.timeout : TimePoint::max();
  while (world_.now() < ends) {
    if (stop.stop_requested()) return Error{ErrorKind::Cancelled, program + " was ended"};
    if (world_.now() >= give_up) return Error{ErrorKind::TimedOut, program + " did not end"};
    world_.executor.pause(100ms);
  }
  return ports::ProcessResult{program == "fail" ? 1 : 0, "", program == "fail" ? "no" : ""};
}

}  // namespace sluice::simulation
