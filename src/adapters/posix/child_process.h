// Starts one program with its streams, folder, environment, process group and cgroup set before its first
// instruction.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace sluice::posix {

struct ChildRequest {
  std::string program;                   ///< A path; nothing is looked up.
  std::vector<std::string> argv;         ///< argv[0] included.
  std::vector<std::string> environment;  ///< `NAME=value`.
  std::string directory;                 ///< Empty: inherited.
  int input = -1;                        ///< Becomes descriptors 0, 1 and 2; all others are closed.
  int output = -1;
  int error = -1;
  int cgroup_members = -1;  ///< The child joins this cgroup (`cgroup.procs`, open for writing); -1: none.
};

struct Child {
  pid_t pid = -1;  ///< Leads a process group of its own with the same number.
  Descriptor pidfd;
};

/// Starts the program in a process group of its own, with default signal handlers and no signal blocked.
/// Errors: NotFound (no such program or folder), Denied, Unavailable (out of processes, memory or descriptors).
///
/// vfork and not posix_spawn: joining a cgroup between fork and exec is the only way in which no grandchild can be
/// missed, and posix_spawn of glibc 2.36 cannot do it. vfork costs the same for a large parent, as it copies nothing.
Result<Child> start_child(const ChildRequest& request);

}  // namespace sluice::posix
