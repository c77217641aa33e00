// A cgroup2 folder for the processes of one run, so that all of them can be ended, also those that left their
// process group with setsid. Needs no cgroup controllers: it works on a hybrid host's `unified` mount too.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace sluice::posix {

class ProcessCgroup {
 public:
  /// The folder under which this process may make cgroups that know `cgroup.kill` (Linux 5.14), or nothing.
  static std::optional<std::string> find_parent();

  /// Ends what processes of this program that are gone left behind under `parent`.
  static void end_abandoned(const std::string& parent);

  /// Makes a fresh folder under `parent`; nothing when that fails.
  static std::optional<ProcessCgroup> create(const std::string& parent);

  ProcessCgroup(ProcessCgroup&&) = default;
  ProcessCgroup& operator=(ProcessCgroup&&) = default;
  /// Kills what is left in it and removes the folder.
  ~ProcessCgroup();

  /// Open for writing: a process that writes "0" to it joins.
  int members_descriptor() const { return members_.number(); }
  std::vector<pid_t> members() const;
  void signal_all(int signal) const;
  /// Sends SIGKILL to all members at once, those that fork meanwhile included, and waits (bounded) until none is left.
  void kill_all() const;

 private:
  ProcessCgroup(std::string path, Descriptor members) : path_(std::move(path)), members_(std::move(members)) {}

  std::string path_;
  Descriptor members_;
};

}  // namespace sluice::posix
