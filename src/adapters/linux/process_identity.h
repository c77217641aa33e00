// Which process this is, for certain: a process id alone is given again.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::linux_host {

struct ProcessIdentity {
  std::string boot_id;  ///< /proc/sys/kernel/random/boot_id
  pid_t pid = 0;
  unsigned long long start = 0;  ///< Clock ticks after boot, field 22 of /proc/PID/stat (proc(5)).
  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;

  /// `BOOT PID START`, one line.
  std::string to_line() const;
  static std::optional<ProcessIdentity> parse(std::string_view line);
};

/// Nothing when there is no such process, or only its remains (a zombie).
std::optional<ProcessIdentity> identify(pid_t pid);

/// The arguments a process runs with; empty when it is gone.
std::vector<std::string> arguments_of(pid_t pid);

/// All processes of a session but its leader.
std::vector<pid_t> session_members(pid_t session);

/// True when `running` begins with the arguments of `wanted`, the program's own name aside.
bool runs_with(const std::vector<std::string>& running, const std::vector<std::string>& wanted);

/// Leaders of a session that run with `arguments` (and may have added some).
std::vector<pid_t> session_leaders_with(const std::vector<std::string>& arguments);

}  // namespace sluice::linux_host
