// The first process of a container, watched by a pidfd: what podman records about it may be wrong.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "base/time.h"

namespace sluice::podman {

class ContainerProcess {
 public:
  /// Nothing when no process of that id belongs to the container (by its control group).
  static std::optional<ContainerProcess> open(int pid, const std::string& container_id);
  ~ContainerProcess();
  ContainerProcess(ContainerProcess&& from) noexcept;
  ContainerProcess& operator=(ContainerProcess&&) = delete;

  bool alive() const;
  /// Waits until it ends, `span` is over or `stop`; true when it ended.
  bool ends_within(Milliseconds span, const std::stop_token& stop) const;
  void signal(int number) const;
  /// Whether the kernel has killed anything in its control group for lack of memory: `oom_kill` of
  /// memory.oom_control (cgroup v1) or memory.events (v2). Also readable for a moment after its end.
  bool out_of_memory() const;

 private:
  ContainerProcess(int pidfd, std::string memory_file) : pidfd_(pidfd), memory_file_(std::move(memory_file)) {}
  int pidfd_;
  std::string memory_file_;
};

}  // namespace sluice::podman
