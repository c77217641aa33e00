// Programs of this machine, run to their end.
//
// Each run has a cgroup of its own where the machine lets us make one, so that whatever a program leaves behind is
// ended with it. Elsewhere its process group is ended, which a daemon that called setsid escapes.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "adapters/posix/process_cgroup.h"
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
  void end_group(const std::string& group) override;

  Containment containment() const { return cgroup_parent_ ? Containment::Cgroup : Containment::ProcessGroup; }

 private:
  std::shared_ptr<ProcessCgroup> cgroup_of(const std::string& group);

  std::optional<std::string> cgroup_parent_;
  std::mutex groups_mutex_;
  std::map<std::string, std::shared_ptr<ProcessCgroup>> groups_;
};

}  // namespace sluice::posix
