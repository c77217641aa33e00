// Programs of this machine, run to their end.
//
// Each run has a cgroup of its own where the machine lets us make one, so that whatever a program leaves behind is
// ended with it. Elsewhere its process group is ended, which a daemon that called setsid escapes.
#pragma once

#include <optional>
#include <string>

#include "ports/processes.h"

namespace sluice::posix {

enum class Containment { Cgroup, ProcessGroup };

/// Any thread may call `run`, several at once; each call blocks its own thread.
class Processes final : public ports::Processes {
 public:
  /// Finds out whether cgroups can be made, and ends what a crashed process of this program left in its own.
  Processes();
  /// Uses no more than the given means, for tests of the machine that has no cgroups.
  explicit Processes(Containment containment);

  Result<ports::ProcessResult> run(const ports::ProcessRequest& request, std::stop_token stop) override;

  Containment containment() const { return cgroup_parent_ ? Containment::Cgroup : Containment::ProcessGroup; }

 private:
  std::optional<std::string> cgroup_parent_;
};

}  // namespace sluice::posix
